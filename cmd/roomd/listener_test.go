package main

import (
	"bytes"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"roomd/gateway/ratelimit"
)

// listening is a boundedListener that is being accepted from.
type listening struct {
	*boundedListener
	t        *testing.T
	accepted chan net.Conn
}

func listenBounded(t *testing.T, l *boundedListener) *listening {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Listener, l.byAddress = plain, map[netip.Addr]int{}
	s := &listening{l, t, make(chan net.Conn)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.accepted <- conn
		}
	}()
	t.Cleanup(func() {
		plain.Close()
		<-done
	})
	return s
}

// An address opens so many connections at once, and then so many a second; the
// proxies that are trusted are many.
func TestNewConnectionsOfAnAddress(t *testing.T) {
	for _, c := range []struct {
		name    string
		trusted []netip.Prefix
		want    int
	}{
		{"an address", nil, 3},
		{"a proxy", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := listenBounded(t, &boundedListener{
				trusted: c.trusted, log: slog.New(slog.DiscardHandler),
				newcomers: ratelimit.NewAddresses(ratelimit.Rate{PerSecond: 0.001, Burst: 3}),
			})
			accepted := 0
			for range 5 {
				if conn := s.dial(); conn != nil {
					accepted++
					conn.Close() // and yet it counts
				}
			}
			refused := s.stats().refused[reasonAddressFast]
			if accepted != c.want || refused != uint64(5-c.want) {
				t.Errorf("%d are accepted, %d refused", accepted, refused)
			}
		})
	}
}

// dial connects, and returns the server's end; nil if it was refused.
func (s *listening) dial() net.Conn {
	s.t.Helper()
	client, err := net.Dial("tcp", s.Addr().String())
	if err != nil { // hung up on before it knew that it was connected
		return nil
	}
	s.t.Cleanup(func() { client.Close() })
	refused := make(chan struct{}, 1)
	go func() {
		client.Read(make([]byte, 1)) // nothing is ever said
		refused <- struct{}{}
	}()
	select {
	case server := <-s.accepted:
		s.t.Cleanup(func() { server.Close() })
		return server
	case <-refused:
		return nil
	case <-time.After(startDeadline):
		s.t.Fatal("neither accepted nor refused")
		return nil
	}
}

func TestBoundedListener(t *testing.T) {
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	for _, c := range []struct {
		name               string
		max, perAddressMax int
		trusted            []netip.Prefix
		want               int
		reason             string
	}{
		{"in all", 2, 0, nil, 2, reasonServerFull},
		{"an address", 5, 3, nil, 3, reasonAddressFull},
		{"a proxy is many", 4, 3, []netip.Prefix{loopback}, 4, reasonServerFull},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			s := listenBounded(t, &boundedListener{
				max: c.max, perAddressMax: c.perAddressMax, trusted: c.trusted, log: slog.New(slog.NewTextHandler(&log, nil)),
			})
			var last net.Conn
			for range c.want {
				if last = s.dial(); last == nil {
					t.Fatal("refused too early")
				}
			}
			for range 3 {
				if s.dial() != nil {
					t.Fatal("one too many is inside")
				}
			}
			if _, ok := last.(interface{ CloseWrite() error }); !ok {
				t.Error("it is no TCP connection any more")
			}
			last.Close()
			last.Close() // counts once
			if s.dial() == nil {
				t.Error("the place was not given back")
			}
			if s.dial() != nil {
				t.Error("closing twice gave two places back")
			}
			if n := strings.Count(log.String(), "reason=\""+c.reason+"\""); n != 1 {
				t.Errorf("logged %d times:\n%s", n, &log)
			}
		})
	}
}
