package actors

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// throttleTimeout is how long the actor library's count of dead letters keeps
// a goroutine.
const throttleTimeout = time.Second

// world is a node under test. When its test ends it is stopped, and must then
// have logged no error and survived no panic that the test didn't announce. It
// lives in a bubble, which must be left by all goroutines.
type world struct {
	*Node
	t        testing.TB
	store    *testStore
	encoder  *testEncoder
	log      *logBuffer
	clients  []*client
	connects int // how often a client has connected

	panicsWanted uint64
	errorsWanted bool
}

func newWorld(t testing.TB, store persistence.Store) *world {
	t.Helper()
	return newWorldOf(t, Config{Store: store})
}

// startWorld is newWorld with other settings.
func startWorld(t testing.TB, store persistence.Store, set func(*Config)) *world {
	t.Helper()
	config := Config{Store: store}
	set(&config)
	return newWorldOf(t, config)
}

// newWorldOf is newWorld with the settings of a configuration.
func newWorldOf(t testing.TB, config Config) *world {
	t.Helper()
	w := &world{t: t, encoder: &testEncoder{}, log: &logBuffer{}}
	w.store, _ = config.Store.(*testStore)
	if w.store == nil {
		w.store = &testStore{Store: config.Store}
	}
	config.Store, config.Encoder, config.Logger = w.store, w.encoder, testLogger(w.log)
	config.nearRoomsMax = 1 // so that lists are read from the store
	n, err := Start(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Node = n
	t.Cleanup(w.close)
	return w
}

// inBubble runs a test in a bubble of its own time, with a world on a store in
// memory.
func inBubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t, persistence.NewMemory())) })
}

// close ends the world, once.
func (w *world) close() {
	for _, c := range w.clients {
		c.connection.Close()
	}
	synctest.Wait()
	w.Stop()
	time.Sleep(throttleTimeout)
	synctest.Wait() // the library's own sleep may end at this very moment
	w.clients = nil
	wantEntries(w.t, w.store.Store)
	if got := w.Panics(); got != w.panicsWanted && w.panicsWanted != anyPanics {
		w.t.Errorf("%d panics, want %d:\n%s", got, w.panicsWanted, w.log)
	}
	if logged := w.log.String(); !w.errorsWanted && strings.Contains(logged, "level=ERROR") {
		w.t.Errorf("errors were logged:\n%s", logged)
	}
}

// anyPanics as world.panicsWanted says that their number is not known.
const anyPanics = 1<<64 - 1

// announce says how many panics there will be.
func (w *world) announce(panics uint64) { w.panicsWanted, w.errorsWanted = panics, true }

// actors counts what is alive in the actor system.
func (w *world) actors() int {
	synctest.Wait()
	n := int(w.counts.accounts.Load()) // which have no process
	for _, bucket := range w.system.ProcessRegistry.LocalPIDs.LocalPIDs {
		n += bucket.Count()
	}
	return n
}

// connect brings a connection of this user.
func (w *world) connect(user string) *client {
	w.t.Helper()
	return w.connectFrom("", user)
}

// connectFrom is connect from some address.
func (w *world) connectFrom(origin, user string) *client {
	w.t.Helper()
	c := &client{t: w.t, user: room.User{ID: user, Name: strings.ToUpper(user)}, origin: origin}
	w.connects++
	c.id = room.ConnectionID(fmt.Sprintf("%s-%d", user, w.connects))
	connection, err := w.Connect(c.user, c.id, c)
	if err != nil {
		w.t.Fatal(err)
	}
	c.connection = connection
	w.clients = append(w.clients, c)
	return c
}

// inside returns how many users a newcomer finds in a room, itself not counted.
// It leaves again.
func (w *world) inside(roomID string) int {
	w.t.Helper()
	c := w.connect("newcomer")
	joined, ok := c.ask(roomID, room.Join{}).(room.JoinReply)
	if !ok {
		w.t.Fatalf("newcomer can't join %s", roomID)
	}
	c.ask(roomID, room.Leave{})
	return joined.Room.UserCount - 1
}

// client is a connection with what it was told, replies and events in one
// order.
type client struct {
	t          testing.TB
	user       room.User
	id         room.ConnectionID
	origin     string
	connection *Connection

	mu     sync.Mutex
	asked  int
	seen   []any // told, directoryTold, *replied or admitted
	offset string
	why    []Why
	owed   int // deliveries
}

// told is an event of a room that a client has received.
type told struct {
	room     string
	event    room.Event
	volatile bool
}

// directoryTold is an event of the directory that a client has received.
type directoryTold struct{ event room.DirectoryEvent }

// noticed is a notice of the user's account that a client has received.
type noticed struct{ notice user.Notice }

// replied is a reply that a client has received.
type replied struct {
	number  int // of the command, from 0
	room    string
	command room.Command
	reply   room.Reply
	at      time.Time
}

func (c *client) Offer(f Frame)              { c.see(f, false) }
func (c *client) Hold()                      {}
func (c *client) Release()                   {}
func (c *client) Owe(deliveries int)         { c.mu.Lock(); c.owed += deliveries; c.mu.Unlock() }
func (c *client) Origin() string             { return c.origin }
func (c *client) OfferVolatile(f Frame) bool { c.see(f, true); return true }
func (c *client) CloseTransport(why Why)     { c.mu.Lock(); c.why = append(c.why, why); c.mu.Unlock() }

func (c *client) see(f Frame, volatile bool) {
	if frames, ok := f.(joinedFrame); ok {
		for _, f := range frames {
			c.see(f, volatile)
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f := f.(type) {
	case roomFrame:
		c.seen, c.offset = append(c.seen, told{f.room, f.event, volatile}), f.offset
	case directoryFrame:
		c.seen, c.offset = append(c.seen, directoryTold{f.event}), f.offset
	case noticeFrame:
		c.seen, c.offset = append(c.seen, noticed{f.notice}), f.offset
	}
}

// do gives a command and doesn't wait. More than one reply fails the test.
func (c *client) do(roomID string, command room.Command) {
	c.doThen(roomID, command, func(room.Reply) {})
}

func (c *client) doThen(roomID string, command room.Command, then func(room.Reply)) {
	if join, ok := command.(room.Join); ok {
		join.Implicit = true // as a gateway says of clients that may make rooms
		command = join
	}
	c.mu.Lock()
	number := c.asked
	c.asked++
	c.mu.Unlock()
	var once bool
	c.connection.Do(roomID, command, func(r room.Reply) {
		c.mu.Lock()
		if once {
			c.t.Errorf("%s: command %d was answered twice", c.id, number)
		}
		once = true
		c.seen = append(c.seen, &replied{number, roomID, command, r, time.Now()})
		c.mu.Unlock()
		then(r)
	})
}

// commandsUnderWay returns how many hold a credit.
func (c *Connection) commandsUnderWay() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.underWay)
}

// askUser gives a command to the client's own account and waits for its reply.
func (c *client) askUser(command user.Command) user.Reply {
	reply := make(chan user.Reply, 1)
	c.connection.DoUser(command, func(r user.Reply) { reply <- r })
	return <-reply
}

// list asks the directory and waits for its reply.
func (c *client) list(query room.ListRooms) room.Reply {
	reply := make(chan room.Reply, 1)
	c.connection.List(query, func(r room.Reply) { reply <- r })
	return <-reply
}

// watch says whether the client wants the directory's feed, and waits.
func (c *client) watch(on bool) {
	done := make(chan room.Reply, 1)
	c.connection.Watch(on, func(r room.Reply) { done <- r })
	<-done
}

// ask gives a command and waits for its reply.
func (c *client) ask(roomID string, command room.Command) room.Reply {
	reply := make(chan room.Reply, 1)
	c.doThen(roomID, command, func(r room.Reply) { reply <- r })
	return <-reply
}

// must asks and wants no refusal.
func (c *client) must(roomID string, command room.Command) room.Reply {
	c.t.Helper()
	r := c.ask(roomID, command)
	if err, refused := r.(*room.Error); refused {
		c.t.Fatalf("%s: %T: %v", c.id, command, err)
	}
	return r
}

// refused asks and wants this refusal.
func (c *client) refused(roomID string, command room.Command, code room.Code) {
	c.t.Helper()
	if r := c.ask(roomID, command); codeOf(r) != code {
		c.t.Fatalf("%s: %T: got %+v, want %s", c.id, command, r, code)
	}
}

// codeOf returns a refusal's code, or nothing.
func codeOf(r room.Reply) room.Code {
	if err, refused := r.(*room.Error); refused {
		return err.Code
	}
	return ""
}

func (c *client) everything() []any {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]any(nil), c.seen...)
}

// ofRooms returns replies and what was told of rooms.
func (c *client) ofRooms() []any {
	return slices.DeleteFunc(c.everything(), func(s any) bool {
		switch s.(type) {
		case told, *replied:
			return false
		}
		return true
	})
}

// events returns what was told of a room.
func (c *client) events(roomID string) []room.Event {
	var events []room.Event
	for _, s := range c.everything() {
		if t, ok := s.(told); ok && t.room == roomID {
			events = append(events, t.event)
		}
	}
	return events
}

// texts returns the messages told of a room.
func (c *client) texts(roomID string) []string {
	var texts []string
	for _, e := range c.events(roomID) {
		if sent, ok := e.(room.MessageSent); ok {
			texts = append(texts, sent.Message.Text)
		}
	}
	return texts
}

// directory returns what was told of the directory.
func (c *client) directory() []room.DirectoryEvent {
	var events []room.DirectoryEvent
	for _, s := range c.everything() {
		if t, ok := s.(directoryTold); ok {
			events = append(events, t.event)
		}
	}
	return events
}

// notices returns what was told by the user's account.
func (c *client) notices() []user.Notice {
	var notices []user.Notice
	for _, s := range c.everything() {
		if n, ok := s.(noticed); ok {
			notices = append(notices, n.notice)
		}
	}
	return notices
}

func (c *client) replies() []*replied {
	var replies []*replied
	for _, s := range c.everything() {
		if r, ok := s.(*replied); ok {
			replies = append(replies, r)
		}
	}
	return replies
}

// reasons returns why the transport was closed, if it was.
func (c *client) reasons() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	var reasons []string
	for _, why := range c.why {
		reasons = append(reasons, string(why))
	}
	return strings.Join(reasons, ", ")
}
