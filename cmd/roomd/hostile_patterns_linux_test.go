package main

import (
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
)

// A hostilePattern is what is done to the server, and what must be seen of it.
type hostilePattern struct {
	name string
	run  func(a *attack)
	want string // a regular expression; empty: anything
}

func (p hostilePattern) isSeen(outcome string) bool {
	return regexp.MustCompile(p.want).MatchString(outcome)
}

// stallPattern is the one that TestStalledReaders uses too.
const stallPattern = "readers that stall"

var hostilePatterns = []hostilePattern{
	{"slow headers", func(a *attack) { a.drip("GET /socket.io/ HTTP/1.1\r\nHost: roomd\r\nX-Slow: ") }, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"slow body of a page", func(a *attack) { a.drip("POST / HTTP/1.1\r\nHost: roomd\r\nContent-Length: 200000\r\n\r\n") }, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"slow body of packets", slowPost, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"slow frame header", func(a *attack) {
		a.sockets(func(c *rawClient) error {
			c.conn.Write([]byte{0x81})
			return a.drain(c)
		})
	}, "held|ping timeout"},
	{"slow frame", func(a *attack) {
		a.sockets(func(c *rawClient) error {
			return a.dripTo(c.conn, string(frameHeader(1, true, 900_000))+"\x00\x00\x00\x00")
		})
	}, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"no namespace", func(a *attack) { a.sockets(a.drain) }, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"pages not read", func(a *attack) {
		a.each(a.clients, func(conn net.Conn) error {
			for {
				if _, err := io.WriteString(conn, "GET /app.js HTTP/1.1\r\nHost: roomd\r\n\r\n"); err != nil {
					return err
				}
			}
		})
	}, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"polls not read", func(a *attack) {
		a.each(a.clients, func(conn net.Conn) error {
			for {
				if _, err := io.WriteString(conn, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: roomd\r\n\r\n"); err != nil {
					return err
				}
			}
		})
	}, ""},
	{"huge headers", func(a *attack) {
		a.request("GET / HTTP/1.1\r\nHost: roomd\r\nX-Huge: " + strings.Repeat("x", 100<<10) + "\r\n\r\n")
	}, "431|hung up on"},
	{"connection flood", func(a *attack) {
		a.each(20*a.clients, func(conn net.Conn) error {
			_, err := conn.Read(make([]byte, 1))
			return err
		})
	}, "hung up on"},
	{"session flood", func(a *attack) {
		a.request("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: roomd\r\n\r\n")
	}, "429"},
	{"giant JSON", func(a *attack) {
		a.send(maskedFrame(1, true, `42["sendMessage",{"roomId":"r","text":"`+strings.Repeat("x", 2<<20)+`"}]`))
	}, "payload too large|hung up on"},
	{"deep JSON", func(a *attack) {
		a.send(maskedFrame(1, true, `42["sendMessage",`+strings.Repeat("[", 400_000)+strings.Repeat("]", 400_000)+`]`))
	}, "parse error"},
	{"wide JSON", func(a *attack) {
		a.send(maskedFrame(1, true, `42["sendMessage"`+strings.Repeat(",0", 400_000)+`]`))
	}, "parse error"},
	{"JSON that is wide inside", func(a *attack) {
		a.send(maskedFrame(1, true, `42["emitToRoom",{"roomId":"r","event":"e","data":[0`+strings.Repeat(",0", 400_000)+`]}]`))
	}, ""},
	{"many namespaces", func(a *attack) {
		var frames []byte
		for i := range 1000 {
			frames = append(frames, maskedFrame(1, true, fmt.Sprintf("40/n%d,", i))...)
		}
		a.flood(true, frames)
	}, ""},
	{"repeated CONNECT", func(a *attack) { a.send(maskedFrame(1, true, "40")) }, "parse error"},
	{"attachments that never complete", func(a *attack) {
		a.send(maskedFrame(1, true, `4510-["emitToRoom",{"roomId":"r","event":"e","data":{"_placeholder":true,"num":0}}]`),
			[]byte(strings.Repeat(string(maskedFrame(2, true, strings.Repeat("x", 100_000))), 9)))
	}, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"WebSocket pings", func(a *attack) { a.flood(true, repeatedFrame(9, true, strings.Repeat("p", 125))) }, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"WebSocket pings not read", func(a *attack) { a.flood(false, repeatedFrame(9, true, strings.Repeat("p", 125))) }, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"pongs", func(a *attack) { a.flood(true, repeatedFrame(1, true, "3")) }, "held|hung up on|ping timeout|connect timeout|attachments timeout"},
	{"fragments without end", func(a *attack) {
		a.flood(true, append(maskedFrame(1, false, "4"), repeatedFrame(0, false, "")...))
	}, ""},
	{"closes", func(a *attack) { a.send(maskedFrame(8, true, "\x03\xe8")) }, ""},
	{"acks not read", func(a *attack) { a.flood(false, repeatedFrame(1, true, `421["getHistory",{"roomId":"hostile"}]`)) }, ""},
	{"a hot room", func(a *attack) {
		a.flood(true, repeatedFrame(1, true, `421["sendMessage",{"roomId":"hostile","text":"`+strings.Repeat("x", 1000)+`"}]`))
	}, ""},
	{"wrong passwords", wrongPasswords, "wrong_password"},
	{"names of rooms", func(a *attack) {
		a.users(func(c *rawClient, user string) error {
			for i := range 20 {
				if err := c.send(fmt.Sprintf(`421["joinRoom","%s-%d"]`, user, i)); err != nil {
					return err
				}
			}
			return a.answers(c, 20)
		})
	}, "success|rate_limited"},
	{stallPattern, func(a *attack) { a.stall("crowd-0") }, "held|hung up on|ping timeout"},
	{"compressed bodies", compressedPost, "400"},
}

// wrongPasswords has many users guess the password of a room: the server hashes
// each guess that the rates allow.
func wrongPasswords(a *attack) {
	room := "locked-" + a.local
	made := sync.OnceValue(func() error {
		c, err := openFrom(a.local, a.address)
		if err != nil {
			return err
		}
		a.keep(c.conn) // the room is there for as long as its creator
		if err := c.connect(a.user()); err != nil {
			return err
		}
		if err := c.send(`421["createRoom",{"roomId":"` + room + `","password":"right"}]`); err != nil {
			return err
		}
		_, err = c.readUntil("431[")
		go a.drain(c)
		return err
	})
	a.users(func(c *rawClient, _ string) error {
		if err := made(); err != nil {
			return err
		}
		for range 20 {
			if err := c.send(`421["joinRoom",{"roomId":"` + room + `","password":"wrong"}]`); err != nil {
				return err
			}
		}
		return a.answers(c, 20)
	})
}

// slowPost opens sessions and drips their first POST.
func slowPost(a *attack) {
	a.each(a.clients, func(conn net.Conn) error {
		sid, err := pollingSID(conn)
		if err != nil {
			return err
		}
		return a.dripTo(conn, "POST /socket.io/?EIO=4&transport=polling&sid="+sid+" HTTP/1.1\r\nHost: roomd\r\nContent-Length: 900000\r\n\r\n4")
	})
}

// repeatedFrame is a block of the same frame.
func repeatedFrame(op byte, final bool, payload string) []byte {
	return []byte(strings.Repeat(string(maskedFrame(op, final, payload)), 200))
}

// compressedPost posts a few KiB to sessions that would be some MiB of packets.
// The server doesn't unpack what clients send: it is a payload that makes no
// sense.
func compressedPost(a *attack) {
	body := gzipped(strings.Repeat("4x\x1e", 1<<20))
	a.each(a.clients, func(conn net.Conn) error {
		sid, err := pollingSID(conn)
		if err != nil {
			return err
		}
		fmt.Fprintf(conn, "POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: roomd\r\n"+
			"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", sid, len(body), body)
		return a.readStatus(conn)
	})
}
