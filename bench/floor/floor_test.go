package floor

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"
)

const testTimeout = 20 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T) *Server {
	t.Helper()
	s, err := Listen("127.0.0.1:0", false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// client speaks with the floor, a packet a line.
type client struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader // of conn, and of what came with the handshake
}

func dial(t *testing.T, s *Server) *client {
	t.Helper()
	conn, ahead, _, err := ws.Dial(t.Context(), "ws://"+s.Address()+"/socket.io/?EIO=4&transport=websocket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(testTimeout))
	c := &client{t: t, conn: conn, reader: bufio.NewReader(conn)}
	if ahead != nil {
		c.reader = ahead
	}
	c.expect(`0{"sid":"`)
	return c
}

// enter connects a user and joins the room.
func enter(t *testing.T, s *Server, user string) *client {
	t.Helper()
	c := dial(t, s)
	c.send(fmt.Sprintf(`40{"userId":%q,"username":"The %s"}`, user, user))
	c.expect(`40{"sid":"`)
	c.send(`420["joinRoom",{"roomId":"r"}]`)
	c.expect(`430[{"success":true,"roomId":"r",`)
	return c
}

func (c *client) send(packet string) {
	c.t.Helper()
	if err := ws.WriteFrame(c.conn, ws.MaskFrame(ws.NewTextFrame([]byte(packet)))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) expect(prefix string) string {
	c.t.Helper()
	packet, _, err := readPacket(c.reader)
	if err != nil {
		c.t.Fatalf("%v, want %q", err, prefix)
	}
	if !strings.HasPrefix(string(packet), prefix) {
		c.t.Fatalf("got %q, want %q", packet, prefix)
	}
	return string(packet)
}

func (c *client) expectClosed() {
	c.t.Helper()
	if packet, _, err := readPacket(c.reader); err == nil {
		c.t.Errorf("got %q, want the end", packet)
	} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
		c.t.Error("still open")
	}
}

func TestOpenPacket(t *testing.T) {
	var open map[string]any
	if err := json.Unmarshal(openPacket()[1:], &open); err != nil {
		t.Fatal(err)
	}
	if len(open) != 5 || open["pingInterval"] != 25e3 || open["pingTimeout"] != 20e3 || open["maxPayload"] != 1e6 || len(open["upgrades"].([]any)) != 0 {
		t.Errorf("open packet %v", open)
	}
}

func TestMessageReachesEveryMember(t *testing.T) {
	s := start(t)
	members := []*client{enter(t, s, "ann"), enter(t, s, "bob"), enter(t, s, "cyd")}
	members[1].send(`427["sendMessage",{"roomId":"r","text":"h\u00e9 \"x\""}]`)
	members[1].expect(`437[{"success":true,"messageId":"`) // before the sender's own copy
	for _, member := range members {
		packet := member.expect(`42["newMessage",{"id":"`)
		var event []json.RawMessage
		var got struct {
			ID                   string
			Seq                  int
			RoomID, UserID, Text string
			Sender               struct{ ID, Username string }
			Attachments          []any
			CreatedAt, Timestamp time.Time
		}
		if err := json.Unmarshal([]byte(packet[2:]), &event); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(event[1], &got); err != nil {
			t.Fatal(err)
		}
		if got.ID == "" || got.Seq != 1 || got.RoomID != "r" || got.UserID != "bob" || got.Text != `hé "x"` ||
			got.Sender.ID != "bob" || got.Sender.Username != "The bob" || got.Attachments == nil ||
			time.Since(got.CreatedAt) > time.Minute || got.Timestamp != got.CreatedAt {
			t.Errorf("event %+v", got)
		}
	}
}

func TestAttachmentReachesEveryMember(t *testing.T) {
	s := start(t)
	anna, ben := enter(t, s, "anna"), enter(t, s, "ben")
	anna.send(`451-7["emitToRoom",{"roomId":"r","event":"shot","data":{"_placeholder":true,"num":0},"includeSelf":true}]`)
	if err := ws.WriteFrame(anna.conn, ws.MaskFrame(ws.NewBinaryFrame([]byte("bytes")))); err != nil {
		t.Fatal(err)
	}
	anna.expect(`437[{"success":true}]`)
	for _, c := range []*client{anna, ben} {
		c.expect(`451-["shot",{"_placeholder":true,"num":0},{"roomId":"r","sender":{"id":"anna","username":"The anna"},"at":"`)
		if attachment, binary, err := readPacket(c.reader); err != nil || !binary || string(attachment) != "bytes" {
			t.Errorf("attachment %q, %v", attachment, err)
		}
	}
	anna.send(`451-["emitToRoom",{"roomId":"r","event":"shot","data":{"_placeholder":true,"num":0}}]`)
	anna.send(`42["sendMessage",{}]`) // in the attachment's place
	anna.expectClosed()
}

func TestOneOrder(t *testing.T) {
	const senders, messages = 4, 25
	s := start(t)
	var members []*client
	for i := range senders {
		members = append(members, enter(t, s, fmt.Sprint("user", i)))
	}
	for range messages {
		for _, member := range members {
			member.send(`42["sendMessage",{"roomId":"r","text":"hello"}]`)
		}
	}
	for _, member := range members {
		for seq := 1; seq <= senders*messages; seq++ {
			if packet := member.expect(`42["newMessage",`); !strings.Contains(packet, fmt.Sprintf(`"seq":%d,`, seq)) {
				t.Fatalf("got %s, want seq %d", packet, seq)
			}
		}
	}
}

func TestJoinTakesBothForms(t *testing.T) {
	c := dial(t, start(t))
	c.send(`40`)
	c.expect(`40{"sid":"`)
	c.send(`420["joinRoom","r"]`)
	c.expect(`430[{"success":true,"roomId":"r",`)
	c.send(`421["joinRoom",{"roomId":"r"}]`) // again: still one copy of each message
	c.expect(`431[{"success":true,`)
	c.send(`42["sendMessage",{"roomId":"r","text":"a"}]`)
	c.send(`422["leaveRoom","r"]`)
	c.expect(`42["newMessage",`)
	c.expect(`432[{"success":false,`)
}

func TestLeaving(t *testing.T) {
	s := start(t)
	ann, bob := enter(t, s, "ann"), enter(t, s, "bob")
	ann.conn.Close()
	bob.send(`42["sendMessage",{"roomId":"r","text":"a"}]`)
	bob.expect(`42["newMessage",`)
	bob.send("3") // a pong is nothing
	bob.conn.Close()
	enter(t, s, "cyd")
}

func TestBadInputEndsTheConnection(t *testing.T) {
	tests := []struct{ name, packet string }{
		{"no packet", ``},
		{"an unknown type", `9`},
		{"no event", `42`},
		{"no JSON", `42["joinRoom",`},
		{"no argument", `42["joinRoom"]`},
		{"no name", `42[1,2]`},
		{"a room that is a number", `42["joinRoom",5]`},
		{"a message that is a string", `42["sendMessage","r"]`},
		{"a message without text", `42["sendMessage",{"roomId":"r"}]`},
		{"an auth that is a list", `40[]`},
		{"DISCONNECT", `41`},
		{"too much", strings.Repeat("4", packetBytesMax+1)},
	}
	s := start(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, s)
			frame := ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(test.packet))))
			c.conn.Write(frame) // the server need not read all of it
			c.expectClosed()
		})
	}
	enter(t, s, "ann") // the others are well
}

func TestOnlyWebSocketsAtOnePath(t *testing.T) {
	s := start(t)
	if _, _, _, err := ws.Dial(t.Context(), "ws://"+s.Address()+"/chat/?EIO=4&transport=websocket"); err == nil {
		t.Error("accepted at another path")
	}
	response, err := http.Get("http://" + s.Address() + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if response.StatusCode < 400 {
		t.Errorf("polling got %s", response.Status)
	}
}

func TestCloseEndsConnections(t *testing.T) {
	s := start(t)
	c := enter(t, s, "ann")
	s.Close()
	c.expectClosed()
	s.Close() // once more does nothing
}

// A member that reads nothing stops the room, as the package says, but not
// Close.
func TestCloseDespiteAStalledMember(t *testing.T) {
	s := start(t)
	enter(t, s, "stalled")
	sender := dial(t, s)
	packet := `42["sendMessage",{"roomId":"r","text":"` + strings.Repeat("x", 500_000) + `"}]`
	sender.conn.SetDeadline(time.Now().Add(time.Second))
	for range 100 { // until the stalled member's buffers are full, then ours
		if ws.WriteFrame(sender.conn, ws.MaskFrame(ws.NewTextFrame([]byte(packet)))) != nil {
			break
		}
	}
	closed := make(chan struct{})
	go func() { s.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(testTimeout):
		t.Fatal("Close hangs")
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	s := start(t)
	s.mu.Lock()
	for range connectionsMax {
		s.conns[&net.TCPConn{}] = struct{}{}
	}
	s.mu.Unlock()
	if _, _, _, err := ws.Dial(t.Context(), "ws://"+s.Address()+"/socket.io/?EIO=4&transport=websocket"); err == nil {
		t.Error("accepted one too many")
	}
}

func TestListenFails(t *testing.T) {
	if s, err := Listen(start(t).Address(), false); err == nil {
		s.Close()
		t.Error("two on one address")
	}
}

// What parses must parse the same when it is written anew.
func FuzzParseEvent(f *testing.F) {
	f.Fuzz(func(t *testing.T, packet []byte) {
		ackID, name, argument, err := parseEvent(packet)
		if err != nil {
			return
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		again := fmt.Appendf(nil, "%s[%s,%s]", ackID, quoted, argument)
		ackID2, name2, argument2, err := parseEvent(again)
		if err != nil || ackID2 != ackID || name2 != name || string(argument2) != string(argument) {
			t.Fatalf("%q: %q %q %s; written anew: %q %q %s %v", packet, ackID, name, argument, ackID2, name2, argument2, err)
		}
	})
}

// TestNews: with it those inside are told who joins, and only they.
func TestNews(t *testing.T) {
	s, err := Listen("127.0.0.1:0", true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	anna := enter(t, s, "anna")
	ben := enter(t, s, "ben")
	const joined = `42["userJoined",{"roomId":"r","userId":%q,"user":{"id":%[1]q,"username":"The %[1]s"}},`
	anna.expect(fmt.Sprintf(joined, "ben"))
	enter(t, s, "cleo")
	anna.expect(fmt.Sprintf(joined, "cleo"))
	ben.expect(fmt.Sprintf(joined, "cleo"))
	ben.send(`421["joinRoom","r"]`) // again: no news
	ben.expect(`431[{"success":true,`)
	anna.send(`421["sendMessage",{"roomId":"r","text":"x"}]`)
	anna.expect(`431[{"success":true,`)
}
