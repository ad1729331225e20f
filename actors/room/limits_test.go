package room

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// newTestRoom returns a room of these settings with its creator inside.
func newTestRoom(s Settings) *Room {
	r := New("r")
	s.Name = "R"
	r.do(requestOf("creator", 1, Create{Settings: s}))
	return r
}

func requestOf(user string, tab int, c Command) Request {
	return Request{
		From: User{ID: user, Name: user}, Connection: ConnectionID(fmt.Sprintf("%s/%d", user, tab)),
		At: scriptStart, Command: c, Epoch: "e1",
	}
}

// do decides a request and applies what comes of it.
func (r *Room) do(q Request) Decision {
	d := r.Decide(q)
	for _, e := range d.Events {
		r.Apply(e)
	}
	return d
}

// seat brings users in without asking whether there is room: a host that
// restores a room does the same.
func (r *Room) seat(count int) {
	for i := range count {
		id := fmt.Sprintf("u%d", i)
		r.Apply(Joined{User: User{ID: id, Name: id}, Connection: ConnectionID(id + "/1"), TookSeat: true})
	}
}

func wantReply(t *testing.T, d Decision, code Code) {
	t.Helper()
	err, refused := d.Reply.(*Error)
	switch {
	case refused && err.Code != code:
		t.Errorf("got %v, want %q", err, code)
	case !refused && code != "":
		t.Errorf("got %T, want %q", d.Reply, code)
	}
}

func TestHistoryIsBoundedByCount(t *testing.T) {
	r := newTestRoom(Settings{})
	for i := range 10_000 {
		r.do(requestOf("creator", 1, Send{Text: "a", ClientID: fmt.Sprint(i)}))
	}
	h := r.history
	if len(h.entries) != historyEntriesMax || h.first() != 9_701 {
		t.Errorf("%d messages from %d, want 300 from 9701", len(h.entries), h.first())
	}
	if len(h.sent) != historyEntriesMax {
		t.Errorf("%d client ids are known, want 300", len(h.sent))
	}
	if cap(h.entries) > 4*historyEntriesMax {
		t.Errorf("the messages lie in an array of %d", cap(h.entries))
	}
}

func TestHistoryIsBoundedByBytes(t *testing.T) {
	r := newTestRoom(Settings{})
	for range 2 * historyEntriesMax { // a long array, for large messages to move through
		r.do(requestOf("creator", 1, Send{Text: "a"}))
	}
	before := heapBytes()
	for i := range 500 { // 40 MB
		r.do(requestOf("creator", 1, Send{
			Text:        strings.Repeat("x", textBytesMax),
			Attachments: []json.RawMessage{object(attachmentsBytesMax)},
			ClientID:    fmt.Sprint(i),
		}))
		held := 0
		for _, e := range r.history.entries {
			held += entryBytes(e)
		}
		if held != r.history.bytes || held > historyBytesMax {
			t.Fatalf("%d bytes are held, %d counted, at most %d wanted", held, r.history.bytes, historyBytesMax)
		}
		if i%50 > 0 {
			continue
		}
		if grown := heapBytes() - before; grown > 2*historyBytesMax {
			t.Fatalf("the room takes %d bytes of memory, want about %d", grown, historyBytesMax)
		}
	}
	if r.history.bytes < historyBytesMax*9/10 {
		t.Errorf("only %d bytes are held", r.history.bytes)
	}
}

// TestClientIDOutlivesItsMessage: large messages push others out of the
// history, but not the names of the newest 300.
func TestClientIDOutlivesItsMessage(t *testing.T) {
	r := newTestRoom(Settings{})
	first := r.do(requestOf("creator", 1, Send{Text: "a", ClientID: "c"}))
	for range historyEntriesMax - 1 {
		r.do(requestOf("creator", 1, Send{Text: strings.Repeat("x", textBytesMax)}))
	}
	if len(r.history.entries) > 50 {
		t.Fatalf("%d messages are held", len(r.history.entries))
	}
	if again := r.do(requestOf("creator", 1, Send{Text: "a", ClientID: "c"})); again.Reply != first.Reply {
		t.Errorf("got %+v, want %+v", again.Reply, first.Reply)
	}
	r.do(requestOf("creator", 1, Send{Text: "one too many"}))
	if again := r.do(requestOf("creator", 1, Send{Text: "a", ClientID: "c"})); again.Reply == first.Reply {
		t.Errorf("the name is known after %d messages", historyEntriesMax)
	}
}

// TestHistoryCountsWhatGoesOnTheWire: a text of control characters is six
// times as long there.
func TestHistoryCountsWhatGoesOnTheWire(t *testing.T) {
	for text, want := range map[string]int{"a": 1, "é": 2, "🍵": 4, "\"": 2, "\\": 2, "\x01": 6, "\n": 6, "\u2028": 6} {
		if got := jsonBytes(text); got != want {
			t.Errorf("%q counts as %d, want %d", text, got, want)
		}
	}
}

func heapBytes() int {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

// TestSmallMessagesAreCounted: what a message takes beside its text is not
// forgotten, so that the count of bytes means memory.
func TestSmallMessagesAreCounted(t *testing.T) {
	var attachments []json.RawMessage
	for range attachmentsMax {
		attachments = append(attachments, json.RawMessage(`{}`))
	}
	m := Message{Text: "a", Attachments: attachments}
	if got := messageBytes(m); got < 500 {
		t.Errorf("counted as %d bytes", got)
	}
}

func TestNewestMessageIsKept(t *testing.T) {
	var h history
	for seq := range uint64(3) {
		h.add(Entry{Message: &Message{Seq: seq + 1, Text: strings.Repeat("x", 2*historyBytesMax)}})
		if len(h.entries) != 1 || h.first() != seq+1 {
			t.Fatalf("%d messages are kept", len(h.entries))
		}
	}
}

// TestRepeatedClientIDIsKept: a name that is used again for a newer message
// (the older one being unknown when it was decided) is that message's.
func TestRepeatedClientIDIsKept(t *testing.T) {
	var h history
	h.add(Entry{Message: &Message{Seq: 1, ClientID: "c"}})
	for seq := uint64(2); seq <= historyEntriesMax; seq++ {
		h.add(Entry{Message: &Message{Seq: seq}})
	}
	h.add(Entry{Message: &Message{Seq: historyEntriesMax + 1, ClientID: "c"}})
	if m, ok := h.find("", "c"); !ok || m.seq != historyEntriesMax+1 {
		t.Errorf("found %+v, %v", m, ok)
	}
}

func TestRepliesAreBounded(t *testing.T) {
	for _, c := range []struct {
		inside, listed int
		self           bool
	}{
		{usersListedMax - 1, usersListedMax, true},
		{usersListedMax, usersListedMax, false},
		{usersListedMax + 50, usersListedMax, false},
	} {
		r := newTestRoom(Settings{})
		r.seat(c.inside - 1)
		reply := r.do(requestOf("late", 1, Join{})).Reply.(JoinReply)
		if len(reply.Users) != c.listed || len(reply.Room.Users) != c.listed || reply.Room.UserCount != c.inside+1 {
			t.Errorf("%d inside: %d users, %d ids, count %d", c.inside, len(reply.Users), len(reply.Room.Users), reply.Room.UserCount)
		}
		if self := reply.Users[c.listed-1].ID == "late"; self != c.self {
			t.Errorf("%d inside: listed itself: %v", c.inside, self)
		}
		again := r.do(requestOf("late", 1, Join{})).Reply.(JoinReply)
		if len(again.Users) != c.listed || len(again.Room.Users) != c.listed || again.Room.UserCount != c.inside+1 {
			t.Errorf("%d inside, again: %d users, count %d", c.inside, len(again.Users), again.Room.UserCount)
		}
	}
}

func TestSeatConnectionsMax(t *testing.T) {
	r := newTestRoom(Settings{MaxUsers: 2})
	for tab := range seatConnectionsMax {
		wantReply(t, r.do(requestOf("anna", tab, Join{})), "")
	}
	wantReply(t, r.do(requestOf("anna", seatConnectionsMax, Join{})), CodeTooLarge)
	wantReply(t, r.do(requestOf("anna", 0, Join{})), "") // inside already
	wantReply(t, r.do(requestOf("creator", 2, Join{})), "")
	wantReply(t, r.do(requestOf("anna", 7, Leave{})), "")
	wantReply(t, r.do(requestOf("anna", seatConnectionsMax, Join{})), "")
	if n := len(r.Connections()); n != seatConnectionsMax+2 {
		t.Errorf("%d connections are inside, want %d", n, seatConnectionsMax+2)
	}
}

func TestDirectConnectionsMax(t *testing.T) {
	r := New("r")
	for tab := range seatConnectionsMax {
		wantReply(t, r.do(requestOf("anna", tab, Open{Peer: "bob"})), "")
	}
	wantReply(t, r.do(requestOf("anna", seatConnectionsMax, Open{Peer: "bob"})), CodeTooLarge)
	wantReply(t, r.do(requestOf("bob", 1, Open{Peer: "anna"})), "")
}

func TestSeatsMax(t *testing.T) {
	for _, s := range []Settings{{}, {MaxUsers: usersMax}} {
		r := newTestRoom(s)
		r.seat(usersMax - 2)
		wantReply(t, r.do(requestOf("last", 1, Join{})), "")
		wantReply(t, r.do(requestOf("late", 1, Join{})), CodeRoomFull)
		wantReply(t, r.do(requestOf("last", 2, Join{})), "")
		wantReply(t, r.do(requestOf("u7", 1, Leave{})), "")
		wantReply(t, r.do(requestOf("late", 1, Join{})), "")
		if r.UserCount() != usersMax {
			t.Errorf("%d seats are taken, want %d", r.UserCount(), usersMax)
		}
	}
}

func TestMembersMax(t *testing.T) {
	r := newTestRoom(Settings{Persistent: true})
	for i := range usersMax - 2 {
		r.Apply(MemberAdded{User: User{ID: fmt.Sprint(i)}, At: scriptStart})
	}
	wantReply(t, r.do(requestOf("last", 1, Join{})), "")
	wantReply(t, r.do(requestOf("late", 1, Join{})), CodeTooLarge)
	wantReply(t, r.do(requestOf("7", 1, Join{})), "")
	wantReply(t, r.do(requestOf("last", 1, Leave{})), "")
	wantReply(t, r.do(requestOf("late", 1, Join{})), "")
	if r.MemberCount() != usersMax {
		t.Errorf("%d members, want %d", r.MemberCount(), usersMax)
	}
}
