package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// testTimeout bounds what a test waits for; it is long, for busy machines.
const testTimeout = 20 * time.Second

// recorder is a receiver that tells a test what it gets, a line each.
type recorder chan string

func (r recorder) event(packet []byte, _ time.Duration) { r <- "event " + string(packet) }
func (r recorder) attachment(data []byte, _ time.Duration) {
	r <- "attachment " + string(data)
}
func (r recorder) ack(id uint64, arguments []byte) { r <- fmt.Sprintf("ack %d %s", id, arguments) }
func (r recorder) closed(err error)                { r <- "closed: " + err.Error() }

func (r recorder) expect(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-r:
		if !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	case <-time.After(testTimeout):
		t.Fatalf("nothing came, want %q", want)
	}
}

// connect returns a client's connection in a loop of its own, and the server's
// end of it.
func connect(t *testing.T) (*conn, recorder, net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	server.SetDeadline(time.Now().Add(testTimeout))
	l, err := newLoop(newClock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	events := make(recorder, 100)
	c := newConn(events, nil)
	if err := l.add(client, &c.stream); err != nil {
		t.Fatal(err)
	}
	return c, events, server
}

func textFrames(packets ...string) []byte {
	var data []byte
	for _, packet := range packets {
		data = append(data, serverFrame(ws.OpText, []byte(packet))...)
	}
	return data
}

func expectFrame(t *testing.T, server net.Conn, opcode ws.OpCode, want string) {
	t.Helper()
	header, err := ws.ReadHeader(server)
	if err != nil {
		t.Fatalf("server's end: %v, want %q", err, want)
	}
	if !header.Masked {
		t.Error("a client's frame must be masked")
	}
	payload := make([]byte, min(header.Length, 1000))
	if _, err := io.ReadFull(server, payload); err != nil {
		t.Fatal(err)
	}
	ws.Cipher(payload, header.Mask, 0)
	if header.OpCode != opcode || string(payload) != want {
		t.Errorf("server got %v %q, want %v %q", header.OpCode, payload, opcode, want)
	}
}

func TestConnReceives(t *testing.T) {
	_, events, server := connect(t)
	large := strings.Repeat("x", 3*readBufferBytes)
	server.Write(textFrames(`42["a",1]`, `430[{"success":true}]`, "6", `42["`+large+`"]`))
	events.expect(t, `event 2["a",1]`)
	events.expect(t, `ack 0 [{"success":true}]`)
	events.expect(t, `event 2["`+large+`"]`)
}

func TestConnReceivesByteByByte(t *testing.T) {
	_, events, server := connect(t)
	for _, b := range textFrames(`42["a",1]`, `4312[]`, `42["b",2]`) {
		if _, err := server.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	events.expect(t, `event 2["a",1]`)
	events.expect(t, `ack 12 []`)
	events.expect(t, `event 2["b",2]`)
}

// However the bytes are cut, the packets are the same, and an idle connection
// keeps none of them.
func TestConnFeedAtEveryCut(t *testing.T) {
	data := textFrames(`42["a",1]`, `42["b",2]`, `430[]`)
	for cut := range len(data) {
		events := make(recorder, 10)
		c := newConn(events, nil)
		if err := errors.Join(c.feed(data[:cut], 0), c.feed(data[cut:], 0)); err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		events.expect(t, `event 2["a",1]`)
		events.expect(t, `event 2["b",2]`)
		events.expect(t, `ack 0 []`)
		if c.partial != nil {
			t.Errorf("cut at %d: %d bytes kept", cut, len(c.partial))
		}
	}
}

func TestConnAnswersHeartbeats(t *testing.T) {
	_, _, server := connect(t)
	server.Write(textFrames("2"))
	expectFrame(t, server, ws.OpText, "3")
	server.Write(serverFrame(ws.OpPing, []byte("hello")))
	expectFrame(t, server, ws.OpPong, "hello")
}

func TestConnEmits(t *testing.T) {
	c, _, server := connect(t)
	if err := c.emit(5, "sendMessage", []byte(`{"text":"hello"}`)); err != nil {
		t.Fatal(err)
	}
	expectFrame(t, server, ws.OpText, `425["sendMessage",{"text":"hello"}]`)
}

func TestConnEnds(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"by the socket's end", nil, "closed: EOF"},
		{"by a close frame", serverFrame(ws.OpClose, ws.NewCloseFrameBody(1008, "slow consumer")), "closed: closed by the server: code 1008 slow consumer"},
		{"by an Engine.IO close", textFrames("1"), "closed: closed by the server"},
		{"by a DISCONNECT", textFrames("41"), "closed: closed by the server: DISCONNECT"},
		{"by a wrong frame", []byte{0x01, 0}, "closed: fragmented"},
		{"by a frame too large", []byte{0x81, 127, 0, 0, 0, 0, 1, 0, 0, 1}, "closed: frame larger"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, events, server := connect(t)
			server.Write(append(textFrames(`42["a",1]`), test.data...))
			if test.data == nil {
				server.Close()
			}
			events.expect(t, `event 2["a",1]`)
			events.expect(t, test.want)
			if err := c.emit(0, "x", []byte("1")); err == nil {
				t.Error("an ended connection still sends")
			}
		})
	}
}

// A client that measures must not wait for a server that doesn't read, nor
// queue for it.
func TestConnEndsWhenTheServerStopsReading(t *testing.T) {
	c, events, _ := connect(t)
	argument := []byte(`"` + strings.Repeat("x", 64<<10) + `"`)
	for range 10_000 { // far more than any socket's buffer
		if err := c.emit(0, "x", argument); err != nil {
			events.expect(t, "closed: write: ")
			return
		}
	}
	t.Fatal("640 MB fit in a socket's buffer")
}

func TestLoopCloseEndsConnections(t *testing.T) {
	c, events, server := connect(t)
	server.Write(textFrames(`42["a",1]`))
	events.expect(t, `event 2["a",1]`)
	c.close(net.ErrClosed)
	if _, err := bufio.NewReader(server).ReadByte(); err != io.EOF {
		t.Errorf("server's end: %v, want EOF", err)
	}
	if len(events) != 0 {
		t.Errorf("told %q of the client's own close", <-events)
	}
}
