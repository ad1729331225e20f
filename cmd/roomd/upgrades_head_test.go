package main

import (
	"fmt"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// heads are those of stock clients: of Node, with and without compression, and of
// Chromium.
var heads = []string{
	"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
		"Connection: Upgrade\r\nUpgrade: websocket\r\nHost: localhost:3000\r\n\r\n",
	"GET /socket.io/?EIO=4&transport=websocket&sid=lv_VI97HAXpY6yYWAAAC HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive, Upgrade\r\n" +
		"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n",
	"GET /socket.io/?userId=a%20b&EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nConnection: Upgrade\r\nPragma: no-cache\r\n" +
		"Cache-Control: no-cache\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n" +
		"Upgrade: websocket\r\nOrigin: http://127.0.0.1:4000\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
		"Accept-Language: en-US,en;q=0.9\r\nCookie: a=b; c=\"d\"\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nSec-Fetch-Dest: websocket\r\n\r\n",
}

// readBoth reads what was said with both parsers.
func readBoth(t *testing.T, said string) (plain, general *http.Request) {
	t.Helper()
	g, other := new(greeting), greetings.Get().(*greeting)
	defer other.release()
	if !isUpgrade([]byte(said)) {
		return nil, nil
	}
	plain, general = g.readPlainHead([]byte(said)), other.readHead(nil, []byte(said))
	if plain == nil {
		return nil, general
	}
	if general == nil {
		t.Fatalf("%q is read, which is refused", said)
	}
	if other.reader.Buffered() > 0 {
		t.Fatalf("%q: something behind it is lost", said)
	}
	if got, want := show(plain), show(general); got != want || !reflect.DeepEqual(plain.URL, general.URL) || !reflect.DeepEqual(plain.Header, general.Header) {
		t.Fatalf("%q is read as\n%s\nnot as\n%s", said, got, want)
	}
	return plain, general
}

// show is all that a request says.
func show(r *http.Request) string {
	return fmt.Sprintf("%s %#v %s %d %d %q %d %v %t %q %q %q %t", r.Method, *r.URL, r.Proto, r.ProtoMajor, r.ProtoMinor, r.Header, r.ContentLength,
		r.TransferEncoding, r.Close, r.Host, r.Trailer, r.RequestURI, r.Body == http.NoBody)
}

// The heads that clients send are read with little work, and as the general parser
// reads them.
func TestPlainHeads(t *testing.T) {
	for _, head := range heads {
		if plain, _ := readBoth(t, head); plain == nil {
			t.Errorf("%q is not plain", head)
		}
	}
}

// What could be read in another way is left to the general parser.
func TestHeadsThatAreNotPlain(t *testing.T) {
	ordinary := heads[0]
	with := func(field string) string { return strings.Replace(ordinary, "Host:", field+"\r\nHost:", 1) }
	many := "X-0: 0"
	for i := range fieldsMax {
		many += fmt.Sprintf("\r\nX-%d: 0", i+1)
	}
	for _, head := range []string{
		with("Content-Length: 0"), with("Transfer-Encoding: chunked"), with("Trailer: X"), with("Expect: 100-continue"),
		with("Host: b.test"), with("Pragma: no-cache"), with("X: 1\r\nx: 2"), with(": 1"), with("X"), with(" X: 1"), with(many),
		strings.Replace(ordinary, "Connection: Upgrade", "Connection: Upgrade, close", 1),
		strings.Replace(ordinary, "localhost:3000", "", 1), strings.Replace(ordinary, "localhost", "a b", 1),
		strings.Replace(ordinary, "Host: localhost:3000\r\n", "", 1),
		strings.Replace(ordinary, "?EIO", "?x=\"&EIO", 1), strings.Replace(ordinary, "?EIO", "#?EIO", 1),
		strings.Replace(ordinary, "HTTP/1.1", "HTTP/1.0", 1), strings.Replace(ordinary, "/socket.io/", "/socket.io", 1),
		strings.Replace(ordinary, "?EIO=4&transport=websocket", "", 1), ordinary + "x",
	} {
		if plain, _ := readBoth(t, head); plain != nil {
			t.Errorf("%q is read as plain", head)
		}
	}
	few := strings.Join(strings.Split(many, "\r\n")[:fieldsMax-strings.Count(ordinary, ": ")], "\r\n")
	if plain, _ := readBoth(t, with(few)); plain == nil {
		t.Errorf("%d fields are not plain", fieldsMax)
	}
	if plain, _ := readBoth(t, with(few+"\r\nX: 0")); plain != nil {
		t.Errorf("%d fields are plain", fieldsMax+1)
	}
}

// A greeting that is used again knows nothing of who had it before.
func TestGreetingForgets(t *testing.T) {
	g := greetings.New().(*greeting)
	if g.readPlainHead([]byte(heads[2])) == nil {
		t.Fatal("not plain")
	}
	g.respond(nil).Header().Set("Retry-After", "1")
	g.forget()
	r := g.readPlainHead([]byte(heads[0]))
	if want := []string{"Connection", "Sec-Websocket-Key", "Sec-Websocket-Version", "Upgrade"}; len(r.Header) != len(want) ||
		slices.ContainsFunc(want, func(name string) bool { return r.Header[name] == nil }) {
		t.Errorf("the next has %q", r.Header)
	}
	if w := g.respond(nil); len(w.Header()) > 0 || w.hijacked || w.status != 0 {
		t.Errorf("the next response begins with %v", w)
	}
}

// The address that limits are by is the same, however it is written.
func TestAddressText(t *testing.T) {
	for _, ip := range []string{"127.0.0.1", "203.0.113.7", "2001:db8::7", "::1", "fe80::1", "::ffff:203.0.113.7", "2001:db8:0:1:0:0:0:1"} {
		for _, zone := range []string{"", "eth0"} {
			address := &net.TCPAddr{IP: net.ParseIP(ip), Port: 4321, Zone: zone}
			if address.IP.To4() != nil && zone != "" {
				continue // there is none
			}
			if got, want := addressText(address), address.String(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	}
	if got := addressText(&net.UnixAddr{Name: "x"}); got != "x" {
		t.Errorf("%q", got)
	}
}

// FuzzPlainHead wants of both parsers the same, of all that the plain one reads.
func FuzzPlainHead(f *testing.F) {
	for _, head := range heads {
		f.Add(head)
		f.Add(strings.Replace(head, "Connection: ", "Connection: close, ", 1))
		f.Add(strings.Replace(head, "Host:", "X: \t1 \r\nHost:", 1))
		f.Add(strings.Replace(head, "?", "??", 1))
	}
	f.Fuzz(func(t *testing.T, said string) {
		if len(said) <= firstBytesMax {
			readBoth(t, said)
		}
	})
}
