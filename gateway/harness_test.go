package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway/engineio"
)

// fakeNode makes ids and hashes that a test can expect, notes what it is
// ordered to do, and replies with what the test has chosen.
type fakeNode struct {
	Node

	mu     sync.Mutex
	orders []order
	reply  room.Reply // nil: room.Done
	hashes int
	origin string // whose the last hash was
	closed int
	life   []string // what sessions have said of theirs
	user   room.User
	out    Outbox
}

func (*fakeNode) NewRoomID() string { return "made-by-the-server" }

func (*fakeNode) DirectRoomID(a, b string) string { return "direct:" + min(a, b) + ":" + max(a, b) }

func (n *fakeNode) HashPassword(origin, password string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hashes++
	n.origin = origin
	return "hash of " + password, nil
}

func (n *fakeNode) Connect(u room.User, _ room.ConnectionID, out Outbox) (Connection, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.user, n.out = u, out
	return fakeConnection{n, out}, nil
}

// note keeps an order, and returns the reply to it.
func (n *fakeNode) note(o order) room.Reply {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.orders = append(n.orders, o)
	if n.reply == nil {
		return room.Done{}
	}
	return n.reply
}

// take returns what the node was ordered to do since the last time.
func (n *fakeNode) take() []order {
	n.mu.Lock()
	defer n.mu.Unlock()
	orders := n.orders
	n.orders = nil
	return orders
}

func (n *fakeNode) replyWith(reply room.Reply) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.reply = reply
}

// connections returns how many were closed.
func (n *fakeNode) closedConnections() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

type fakeConnection struct {
	node *fakeNode
	out  Outbox
}

func (c fakeConnection) Do(roomID string, command room.Command, reply func(room.Reply)) {
	reply(c.node.note(roomOrder{roomID: roomID, command: command}))
}

func (c fakeConnection) DoUser(command user.Command, reply func(user.Reply)) {
	reply(c.node.note(accountOrder{command}))
}

func (c fakeConnection) List(query room.ListRooms, reply func(room.Reply)) {
	reply(c.node.note(listOrder{query}))
}

func (c fakeConnection) Watch(on bool, reply func(room.Reply)) {
	reply(c.node.note(watchOrder{on}))
}

func (c fakeConnection) Tell(encode func(string) *engineio.Frame) {
	c.out.Offer(encode(""))
}

func (c fakeConnection) Keep(pid, arrived string)     { c.end("keep " + arrived) }
func (c fakeConnection) TakePlaces(room.ConnectionID) {}

func (c fakeConnection) ExpireAt(time.Time) {}
func (c fakeConnection) Confirm(Outbox)     { c.end("confirm") }
func (c fakeConnection) Detach(Outbox)      { c.close("detach") }
func (c fakeConnection) Quit(Outbox)        { c.close("quit") }

func (c fakeConnection) close(how string) {
	c.end(how)
	c.node.mu.Lock()
	defer c.node.mu.Unlock()
	c.node.closed++
}

// end notes what a session has said of its life.
func (c fakeConnection) end(what string) {
	c.node.mu.Lock()
	defer c.node.mu.Unlock()
	c.node.life = append(c.node.life, what)
}

// world is a gateway on a fake node, in a bubble of its own time.
type world struct {
	*Gateway
	t    *testing.T
	node *fakeNode
	log  *bytes.Buffer // complete once all has come to rest
}

// inBubble runs a test with a gateway in development mode, but for what the
// test configures.
func inBubble(t *testing.T, configure func(*Config), test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, node: &fakeNode{}, log: &bytes.Buffer{}}
		config := Config{
			Node: w.node, Development: true, ImplicitRooms: true,
			Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}
		if configure != nil {
			configure(&config)
		}
		var err error
		if w.Gateway, err = New(config); err != nil {
			t.Fatal(err)
		}
		defer func() {
			w.Close()
			synctest.Wait()
			if strings.Contains(w.log.String(), "panic") {
				t.Errorf("the log has a panic:\n%s", w.log)
			}
		}()
		test(t, w)
	})
}

// polling is a client on long-polling. It answers pings.
type polling struct {
	world   *world
	url     string
	packets []string // that have come and were not taken
}

// open begins a session, without a namespace yet.
func (w *world) open() *polling {
	w.t.Helper()
	c := &polling{world: w, url: "/socket.io/?EIO=4&transport=polling"}
	status, opened := c.do(http.MethodGet, "")
	var terms struct{ SID string }
	if status != http.StatusOK || json.Unmarshal([]byte(opened[1:]), &terms) != nil {
		w.t.Fatalf("handshake: %d %s", status, opened)
	}
	c.url += "&sid=" + terms.SID
	return c
}

// connect begins a session in the main namespace, and returns what CONNECT was
// answered with.
func (w *world) connect(auth string) (c *polling, answer string) {
	w.t.Helper()
	c = w.open()
	c.send("40" + auth)
	return c, c.next()
}

// anna is a client in the main namespace, of a user of that name.
func (w *world) anna() *polling {
	w.t.Helper()
	c, answer := w.connect(`{"userId":"anna","username":"Anna"}`)
	if !strings.HasPrefix(answer, "40") {
		w.t.Fatalf("not connected: %s", answer)
	}
	return c
}

func (c *polling) do(method, body string) (status int, answer string) {
	c.world.t.Helper()
	recorder := httptest.NewRecorder()
	c.world.ServeHTTP(recorder, httptest.NewRequest(method, c.url, strings.NewReader(body)))
	return recorder.Code, recorder.Body.String()
}

func (c *polling) send(packets ...string) {
	c.world.t.Helper()
	if status, answer := c.do(http.MethodPost, strings.Join(packets, "\x1e")); status != http.StatusOK {
		c.world.t.Fatalf("POST %.200q: %d %s", packets, status, answer)
	}
}

// next returns the next packet, however long that takes, without the digit of
// a message; "closed" at the end.
func (c *polling) next() string {
	c.world.t.Helper()
	for {
		if len(c.packets) == 0 {
			status, answer := c.do(http.MethodGet, "")
			if status != http.StatusOK {
				return "closed"
			}
			c.packets = strings.Split(answer, "\x1e")
		}
		p := c.packets[0]
		c.packets = c.packets[1:]
		switch {
		case p == "2":
			c.send("3")
		case p == "1" || p == "6":
			return "closed"
		default:
			return p
		}
	}
}

// endOfReply is asked for and waited for: what comes before is the reply to
// what was asked before.
const endOfReply = `42["error",{"message":"Unknown event","code":"unknown_event","event":"end"}]`

// say emits an event without an ack, and returns all that it is answered with.
func (c *polling) say(event, argument string, attachments ...string) []string {
	c.world.t.Helper()
	c.send(append([]string{emitted("", event, argument, attachments)}, attachments...)...)
	return c.rest()
}

// ask emits an event with an ack, and returns that.
func (c *polling) ask(event, argument string, attachments ...string) string {
	c.world.t.Helper()
	c.send(append([]string{emitted("7", event, argument, attachments)}, attachments...)...)
	replies := c.rest()
	if len(replies) != 1 || !strings.HasPrefix(replies[0], "437[") {
		c.world.t.Fatalf("%s %s: got %q, want one ack", event, argument, replies)
	}
	return strings.TrimSuffix(strings.TrimPrefix(replies[0], "437["), "]")
}

func (c *polling) rest() []string {
	c.world.t.Helper()
	c.send(`42["end"]`)
	var replies []string
	for {
		switch p := c.next(); p {
		case endOfReply:
			return replies
		case "closed":
			c.world.t.Fatalf("closed after %q", replies)
		default:
			replies = append(replies, p)
		}
	}
}

func emitted(ackID, event, argument string, attachments []string) string {
	kind := "42"
	if len(attachments) > 0 {
		kind = fmt.Sprintf("45%d-", len(attachments))
	}
	if argument != "" {
		argument = "," + argument
	}
	return kind + ackID + `["` + event + `"` + argument + `]`
}

// frameText returns a frame as a client on long-polling gets it.
func frameText(f *engineio.Frame) string {
	server := engineio.NewServer(engineio.Config{}, func(s *engineio.Session) engineio.Receiver {
		s.Send(f)
		return nobody{}
	})
	defer server.Close(engineio.ReasonServerShutdown)
	url := "/?EIO=4&transport=polling"
	do := func(method, body string) string {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(method, url, strings.NewReader(body)))
		return w.Body.String()
	}
	var terms struct{ SID string }
	if err := json.Unmarshal([]byte(do(http.MethodGet, ""))[1:], &terms); err != nil {
		return err.Error()
	}
	url += "&sid=" + terms.SID
	defer do(http.MethodPost, "1")
	return do(http.MethodGet, "")
}

// nobody hears nothing.
type nobody struct{}

func (nobody) Receive(engineio.Message) {}
func (nobody) Closed(engineio.Reason)   {}

func dump(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
