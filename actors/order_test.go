package actors

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"roomd/actors/room"
)

// TestOneOrder has 20 connections join without waiting for the reply, and send
// at once: all see one order, each event once, from their join on.
func TestOneOrder(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		t.Run(fmt.Sprintf("persistent=%v", persistent), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) { testOneOrder(t, w, persistent) })
		})
	}
}

func testOneOrder(t *testing.T, w *world, persistent bool) {
	const rounds = 40
	keeper := w.connect("keeper")
	keeper.must("r", create(room.Settings{Persistent: persistent}))
	var clients []*client
	for i := range 20 {
		clients = append(clients, w.connect(fmt.Sprintf("user%d", i)))
	}
	begin := time.Now()
	var senders sync.WaitGroup
	for _, c := range clients {
		senders.Go(func() {
			c.do("r", room.Join{})
			for i := range rounds {
				c.do("r", send(fmt.Sprintf("%s/%d", c.id, i)))
				c.do("r", emit(fmt.Sprintf("%s/%d", c.id, i)))
			}
		})
	}
	senders.Wait()
	all := spoken(keeper.events("r"))
	if want := 2 * rounds * len(clients); len(all) != want {
		t.Fatalf("keeper saw %d events, want %d", len(all), want)
	}
	for _, c := range clients {
		checkFromJoin(t, c, all)
	}
	checkSenders(t, all)
	if waited := time.Since(begin); waited != 0 {
		t.Errorf("a command waited %v", waited)
	}
}

// spoken returns the events that everyone is told, without those who came and
// went.
func spoken(events []room.Event) []room.Event {
	var all []room.Event
	for _, e := range events {
		switch e.(type) {
		case room.MessageSent, room.Emitted:
			all = append(all, e)
		}
	}
	return all
}

// checkFromJoin wants the join's reply first, then everything from then on, and
// the reply to each message before the message.
func checkFromJoin(t *testing.T, c *client, all []room.Event) {
	t.Helper()
	seen := c.ofRooms()
	first, ok := seen[0].(*replied)
	if !ok {
		t.Fatalf("%s saw %+v before the reply to its join", c.id, seen[0])
	}
	joined := first.reply.(room.JoinReply)
	events := spoken(c.events("r"))
	if missing := len(all) - len(events); missing < 0 || !reflect.DeepEqual(events, all[missing:]) {
		t.Errorf("%s saw another order", c.id)
	}
	if history := joined.Messages; len(history) > 0 && history[len(history)-1].Seq != joined.Seq {
		t.Errorf("%s: history ends at %d, seq is %d", c.id, history[len(history)-1].Seq, joined.Seq)
	}
	next := joined.Seq + 1
	acked := map[uint64]bool{}
	for _, s := range seen {
		switch s := s.(type) {
		case *replied:
			if r, ok := s.reply.(room.SendReply); ok {
				acked[r.Seq] = true
			}
		case told:
			sent, ok := s.event.(room.MessageSent)
			if !ok {
				continue
			}
			if sent.Message.Seq != next {
				t.Fatalf("%s saw message %d, want %d", c.id, sent.Message.Seq, next)
			}
			if sent.Message.Sender == c.user && !acked[next] {
				t.Errorf("%s saw its message %d before the reply", c.id, next)
			}
			next++
		}
	}
}

// checkSenders wants each sender's events in the order in which it sent them.
func checkSenders(t *testing.T, all []room.Event) {
	t.Helper()
	messages, emitted := map[string]int{}, map[string]int{}
	for _, e := range all {
		switch e := e.(type) {
		case room.MessageSent:
			id := string(connectionOf(e.Message.Text))
			if want := fmt.Sprintf("%s/%d", id, messages[id]); e.Message.Text != want {
				t.Fatalf("got %s, want %s", e.Message.Text, want)
			}
			messages[id]++
		case room.Emitted:
			id := string(connectionOf(e.Name))
			if want := fmt.Sprintf("%s/%d", id, emitted[id]); e.Name != want || messages[id] != emitted[id]+1 {
				t.Fatalf("got %s after %d messages, want %s", e.Name, messages[id], want)
			}
			emitted[id]++
		}
	}
}

func connectionOf(text string) room.ConnectionID {
	for i := range len(text) {
		if text[i] == '/' {
			return room.ConnectionID(text[:i])
		}
	}
	return ""
}

// TestPipelines has connections create or join, send and leave again and again
// without ever waiting for a reply.
func TestPipelines(t *testing.T) {
	const rounds = 50
	tests := []struct {
		name   string
		keeper bool // someone else is inside, so that the room stays the same
		enter  room.Command
	}{
		{"join", true, room.Join{}},
		{"join an implicit room", false, room.Join{}},
		{"create", false, create(room.Settings{})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				keeper := w.connect("keeper")
				if test.keeper {
					keeper.must("room0", room.Join{})
				}
				var senders sync.WaitGroup
				var clients []*client
				for i := range 4 {
					c := w.connect(fmt.Sprintf("user%d", i))
					clients = append(clients, c)
					id := "room0"
					if !test.keeper {
						id = fmt.Sprintf("room%d", i) // each its own: it comes and goes with it
					}
					senders.Go(func() {
						for i := range rounds {
							c.do(id, test.enter)
							c.do(id, send(fmt.Sprintf("%s/%d", c.id, i)))
							c.do(id, room.Leave{})
						}
					})
				}
				senders.Wait()
				for _, c := range clients {
					checkPipeline(t, c, 3*rounds)
				}
				if test.keeper {
					checkVisits(t, keeper.events("room0"), rounds*len(clients))
				}
			})
		})
	}
}

// checkPipeline wants every command to have succeeded, in order, and each
// message to have come back between its reply and that of the leave.
func checkPipeline(t *testing.T, c *client, commands int) {
	t.Helper()
	replies := c.replies()
	if len(replies) != commands {
		t.Fatalf("%s got %d replies, want %d", c.id, len(replies), commands)
	}
	for i, r := range replies {
		if r.number != i || codeOf(r.reply) != "" {
			t.Fatalf("%s: reply %d is to command %d: %+v", c.id, i, r.number, r.reply)
		}
	}
	own := 0
	seen := c.ofRooms()
	for i, s := range seen {
		event, ok := s.(told)
		if !ok {
			continue
		}
		sent, ok := event.event.(room.MessageSent)
		if !ok || sent.Message.Sender != c.user {
			continue
		}
		own++
		if r, ok := seen[i-1].(*replied); !ok || r.reply.(room.SendReply).Seq != sent.Message.Seq {
			t.Errorf("%s: message %s doesn't follow its reply", c.id, sent.Message.Text)
		}
	}
	if own != commands/3 {
		t.Errorf("%s got %d of its messages back, want %d", c.id, own, commands/3)
	}
}

// checkVisits wants each user to come, speak and go, in turn.
func checkVisits(t *testing.T, events []room.Event, visits int) {
	t.Helper()
	if len(events) != 3*visits {
		t.Errorf("%d events, want %d", len(events), 3*visits)
	}
	step := map[string]int{}
	for _, e := range events {
		var user string
		var is int
		switch e := e.(type) {
		case room.Joined:
			user, is = e.User.ID, 0
		case room.MessageSent:
			user, is = e.Message.Sender.ID, 1
		case room.Left:
			user, is = e.User.ID, 2
		}
		if step[user]%3 != is {
			t.Fatalf("%s: %T out of turn", user, e)
		}
		step[user]++
	}
}

// TestReplyBeforeEvents wants every kind of command answered before its own
// events are told.
func TestReplyBeforeEvents(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{AutoDelete: true}))
		b.must("r", room.Join{})
		b.must("r", send("hello"))
		b.must("r", emit("wave"))
		b.must("r", room.Act{})
		a.must("r", room.Leave{})
		var got []string
		for _, s := range b.everything() {
			switch s := s.(type) {
			case *replied:
				got = append(got, fmt.Sprintf("%T", s.reply))
			case told:
				got = append(got, fmt.Sprintf("%T", s.event))
			}
		}
		want := []string{
			"room.JoinReply",
			"room.SendReply", "room.MessageSent",
			"room.Done", "room.Emitted",
			"room.Done", "room.Acted",
			"room.Left", "room.Removed",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %v\nwant %v", got, want)
		}
	})
}
