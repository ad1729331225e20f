package bench

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

func TestEndpoint(t *testing.T) {
	tests := []struct{ server, want string }{
		{"http://127.0.0.1:3000", "ws://127.0.0.1:3000/socket.io/?EIO=4&transport=websocket"},
		{"http://127.0.0.1:3000/", "ws://127.0.0.1:3000/socket.io/?EIO=4&transport=websocket"},
		{"ws://[::1]:3000", "ws://[::1]:3000/socket.io/?EIO=4&transport=websocket"},
		{"http://h/chat/", "ws://h/chat/?EIO=4&transport=websocket"},
		{"https://h", ""},
		{"127.0.0.1:3000", ""},
		{"http:///x", ""},
		{"", ""},
	}
	for _, test := range tests {
		got, err := endpoint(test.server)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%q: %q, %v; want %q", test.server, got, err, test.want)
		}
	}
}

// scriptedServer accepts one WebSocket and runs a script on it. It returns its
// endpoint.
func scriptedServer(t *testing.T, script func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		server, err := listener.Accept()
		if err != nil {
			return
		}
		defer server.Close()
		server.SetDeadline(time.Now().Add(testTimeout))
		if _, err := ws.Upgrade(server); err == nil {
			script(server)
		}
	}()
	t.Cleanup(func() { listener.Close(); <-ended })
	return "ws://" + listener.Addr().String() + "/socket.io/?EIO=4&transport=websocket"
}

// hold keeps the server's end open until the client closes its own.
func hold(server net.Conn) { server.Read(make([]byte, 1)) }

func TestHandshake(t *testing.T) {
	endpoint := scriptedServer(t, func(server net.Conn) {
		server.Write(textFrames(`0{"sid":"x"}`))
		expectFrame(t, server, ws.OpText, `40{"userId":"u","username":"n"}`)
		server.Write(textFrames("2"))
		expectFrame(t, server, ws.OpText, "3")
		rest := textFrames(`40{"sid":"y"}`, `42["roomsList",[]]`, `42["cut",1]`)
		server.Write(rest[:len(rest)-3])
		hold(server)
	})
	netConn, partial, err := handshake(t.Context(), endpoint, &identity{UserID: "u", Username: "n"})
	if err != nil {
		t.Fatal(err)
	}
	defer netConn.Close()
	want := textFrames(`42["cut",1]`)
	if len(partial) > 0 && string(partial) != string(want[:len(want)-3]) {
		t.Errorf("left over %q, want the frame that was cut", partial)
	}
}

func TestHandshakeWithoutIdentityEndsAtTheOpenPacket(t *testing.T) {
	endpoint := scriptedServer(t, func(server net.Conn) {
		server.Write(textFrames(`0{"sid":"x"}`))
		hold(server)
	})
	netConn, _, err := handshake(t.Context(), endpoint, nil)
	if err != nil {
		t.Fatal(err)
	}
	netConn.Close()
}

func TestHandshakeFails(t *testing.T) {
	tests := []struct {
		name   string
		script func(net.Conn)
		want   string
	}{
		{"refused", func(server net.Conn) {
			server.Write(textFrames(`0{"sid":"x"}`, `44{"message":"Authentication failed"}`))
			hold(server)
		}, "Authentication failed"},
		{"no open packet", func(server net.Conn) { server.Write(textFrames("hello")); hold(server) }, "want an open packet"},
		{"closed", func(server net.Conn) { server.Write(serverFrame(ws.OpClose, nil)); hold(server) }, "closed by the server"},
		{"gone", func(net.Conn) {}, "EOF"},
		{"garbage", func(server net.Conn) { server.Write([]byte{0xff, 0xff}); hold(server) }, "reserved bits"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			netConn, _, err := handshake(t.Context(), scriptedServer(t, test.script), &identity{})
			if err == nil {
				netConn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// However far a handshake has come: the first deadlines pass while it dials.
func TestHandshakeIsBounded(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Microsecond, 20 * time.Microsecond, 100 * time.Microsecond, 50 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		_, _, err := handshake(ctx, scriptedServer(t, hold), &identity{})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: %v, want the deadline", timeout, err)
		}
	}
}

// A socket's deadline may pass before that of the context that it is from.
func TestOrEnded(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := orEnded(ctx, os.ErrDeadlineExceeded); err != context.DeadlineExceeded {
		t.Error(err)
	}
	if err := orEnded(t.Context(), errRefused); err != errRefused {
		t.Error(err)
	}
}
