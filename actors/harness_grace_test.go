package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// Times of grace under test.
const (
	testGrace     = 30 * time.Second
	testUnnoticed = 45 * time.Second
)

// inGrace is inBubble with a node that keeps those who are away.
func inGrace(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		test(t, newWorldOf(t, Config{Store: persistence.NewMemory(), Grace: testGrace, Unnoticed: testUnnoticed}))
	})
}

// admitted is CONNECT's reply to a client that has come back.
type admitted struct{ id room.ConnectionID }

// arrive brings a connection that may come back, when it was told all that it is
// told at first.
func (w *world) arrive(user string) *client {
	w.t.Helper()
	c := w.connect(user)
	c.connection.Keep(c.key(), "")
	synctest.Wait()
	return c
}

// key is what the client comes back by.
func (c *client) key() string { return "key of " + string(c.id) }

// lose ends the client's transport.
func (c *client) lose() {
	c.connection.Detach(c)
	synctest.Wait()
}

// last is the offset of the last event that the client has received.
func (c *client) last() string {
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset
}

// comeBack is the client with another transport, which has brought this offset;
// nil: it can't come back.
func (w *world) comeBack(c *client, offset string) *client {
	w.t.Helper()
	again := &client{t: w.t, user: c.user, id: c.id, offset: offset}
	again.connection = w.Resume(c.user, c.key(), offset, again, func(id room.ConnectionID, missed []Frame) {
		for _, f := range missed {
			again.Offer(f)
		}
		again.mu.Lock()
		defer again.mu.Unlock()
		again.seen = append(again.seen, admitted{id})
	})
	synctest.Wait()
	if again.connection == nil {
		return nil
	}
	return again
}

// missed returns the texts of messages that came before CONNECT's reply.
func (c *client) missed() (texts []string) {
	for _, s := range c.everything() {
		switch s := s.(type) {
		case admitted:
			return texts
		case told:
			if sent, ok := s.event.(room.MessageSent); ok {
				texts = append(texts, sent.Message.Text)
			}
		}
	}
	return append(texts, "no reply to CONNECT")
}

// presence returns what a client was told of others' coming and going in a room.
func (c *client) presence(roomID string) (told []string) {
	for _, e := range c.events(roomID) {
		switch e := e.(type) {
		case room.Joined:
			if e.TookSeat {
				told = append(told, e.User.ID+" joined")
			}
			if e.Returned {
				told = append(told, e.User.ID+" returned")
			}
		case room.Left:
			if e.GaveUpSeat {
				told = append(told, e.User.ID+" left")
			}
		case room.CameBack:
			if e.Returned {
				told = append(told, e.User.ID+" returned")
			}
		}
	}
	return told
}
