package engineio

import (
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

// readers counts the goroutines that read from sessions.
func readers() int {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return strings.Count(string(stacks), "(*Session).serve(")
}

func wantNoReader(t *testing.T) {
	t.Helper()
	eventually(t, "no reader", func() bool { return readers() == 0 })
}

// An idle connection has no reader, and loses nothing for that.
func TestIdleConnectionHasNoReader(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	c, _ := s.openWebSocket()
	for _, text := range []string{"a", strings.Repeat("long", 3*readBlockBytes), "b"} {
		wantNoReader(t)
		c.send("4" + text)
		c.want("4" + text)
	}
	// A frame that has come in part keeps its reader waiting.
	wantNoReader(t)
	frame := clientFrame(ws.OpText, true, "4in two parts")
	c.conn.Write(frame[:5])
	eventually(t, "a reader", func() bool { return readers() == 1 })
	c.conn.Write(frame[5:])
	c.want("4in two parts")
	// So does a message.
	wantNoReader(t)
	c.conn.Write(clientFrame(ws.OpText, false, "4frag"))
	eventually(t, "a reader", func() bool { return readers() == 1 })
	c.conn.Write(clientFrame(ws.OpContinuation, true, "ments"))
	c.want("4fragments")
}

// Whatever ends the session of a parked connection, it is closed.
func TestParkedConnectionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*Session, *socket)
		want Reason
	}{
		"orderly":   {func(s *Session, _ *socket) { s.Close(ReasonForcedClose) }, ReasonForcedClose},
		"at once":   {func(s *Session, _ *socket) { s.abandon(ReasonPingTimeout, nil) }, ReasonPingTimeout},
		"lost":      {func(s *Session, _ *socket) { s.mu.Lock(); s.lose(ReasonTransportError, io.EOF); s.mu.Unlock() }, ReasonTransportError},
		"by client": {func(_ *Session, c *socket) { c.conn.Close() }, ReasonTransportClose},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTCPServer(t, quietConfig())
			client, _ := s.openWebSocket()
			wantNoReader(t)
			r := s.recorder(0)
			c.end(r.session, client)
			r.wantReason(t, c.want)
			if name != "by client" {
				client.wantEnd()
			}
		})
	}
}

// More connections than one look at the poller finds are all served.
func TestManyParkedConnectionsAtOnce(t *testing.T) {
	s := newTCPServer(t, quietConfig())
	clients := make([]*socket, pollEventsMax+20)
	for i := range clients {
		clients[i], _ = s.openWebSocket()
	}
	wantNoReader(t)
	for _, c := range clients {
		c.send("4hello")
	}
	for _, c := range clients {
		c.want("4hello")
	}
	wantNoReader(t)
}

// What can't be watched is nobody's: its descriptor is soon another connection's.
func TestWatchFails(t *testing.T) {
	p, err := newPoller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd := int(file.Fd())
	if err := p.watch(fd, &Session{}, true); err == nil { // files are always readable
		t.Error("a file is watched")
	}
	if p.parked[fd] != nil {
		t.Error("its session is kept")
	}
}
