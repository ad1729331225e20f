package actors

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
	"roomd/actors/user"
)

// TestContacts wants a contact's coming and going told, whoever comes first,
// once however many connections the contact has, and to all of one's own.
func TestContacts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.mustUser(user.AddContact{UserID: "b"})
		wantNotes(t, a)
		b := w.connect("b")
		wantNotes(t, a, "B comes")
		b2 := w.connect("b")
		b.connection.Close()
		wantNotes(t, a, "B comes")
		a2 := w.connect("a") // the contact was there first
		wantNotes(t, a2, "B comes")
		b2.connection.Close()
		wantNotes(t, a, "B comes", "B goes")
		wantNotes(t, a2, "B comes", "B goes")
		w.connect("b")
		wantNotes(t, a, "B comes", "B goes", "B comes")
		a.mustUser(user.RemoveContact{UserID: "b"})
		w.connect("c")
		a.mustUser(user.AddContact{UserID: "c"}) // online already
		wantNotes(t, a, "B comes", "B goes", "B comes", "C comes")
		wantNotes(t, b2)
	})
}

// TestContactsLast wants contacts to be there again on the next node.
func TestContactsLast(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		w.connect("a").mustUser(user.AddContact{UserID: "b"})
		w = restart(w)
		a := w.connect("a")
		b := w.connect("b")
		synctest.Wait()
		b.connection.Close()
		wantNotes(t, a, "B comes", "B goes")
	})
}

// TestBlocked wants a blocked user to see what he would of one who is offline.
func TestBlocked(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.mustUser(user.AddContact{UserID: "b"})
		b.mustUser(user.Block{UserID: "a"})
		wantNotes(t, a, "B comes", "B goes")
		w.connect("b")
		wantNotes(t, w.connect("a"))
		b.mustUser(user.Unblock{UserID: "a"})
		wantNotes(t, a, "B comes", "B goes", "B comes")
	})
}

// TestPresenceOfTabs wants rooms told of users, not of their connections.
func TestPresenceOfTabs(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		keeper, one, two := w.connect("keeper"), w.connect("b"), w.connect("b")
		keeper.must("r", room.Join{})
		one.must("r", room.Join{})
		two.must("r", room.Join{})
		one.connection.Close()
		two.connection.Close()
		var seats []bool
		for _, e := range keeper.events("r") {
			switch e := e.(type) {
			case room.Joined:
				seats = append(seats, e.TookSeat)
			case room.Left:
				seats = append(seats, e.GaveUpSeat)
			}
		}
		if fmt.Sprint(seats) != "[true false false true]" {
			t.Errorf("seats taken and given up: %v", seats)
		}
	})
}

// TestConnectionsOfUserMax wants the connection beyond a user's limit closed, and
// no other.
func TestConnectionsOfUserMax(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const limit = 1000
		for range limit + 1 {
			w.connect("a")
			synctest.Wait()
		}
		for i, c := range w.clients {
			want := ""
			if i == limit {
				want = string(WhyTooManyConnections)
			}
			if why := c.reasons(); why != want {
				t.Errorf("connection %d was closed: %q, want %q", i, why, want)
			}
		}
		w.clients[0].connection.Close()
		synctest.Wait()
		if why := w.connect("a").reasons(); why != "" {
			t.Errorf("closed: %q", why)
		}
		w.connect("b")
	})
}

// TestAccountEnds wants no account in memory that nobody needs, and one that is
// watched to stay.
func TestAccountEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		before := w.actors()
		a := w.connect("a")
		alone := w.actors()
		a.mustUser(user.AddContact{UserID: "b"})
		if n := w.actors(); n != alone+1 {
			t.Errorf("%d accounts more, want that of b", n-alone)
		}
		a.mustUser(user.RemoveContact{UserID: "b"})
		if n := w.actors(); n != alone {
			t.Errorf("%d accounts are left that nobody watches", n-alone)
		}
		a.mustUser(user.AddContact{UserID: "b"})
		a.connection.Close()
		synctest.Wait()
		w.region.route(&errand{user: "a", command: user.Connect{Connection: a.id}}) // it came too late
		if n := w.actors(); n != before {
			t.Errorf("%d actors are left", n-before)
		}
	})
}

// TestAccountRaces has users come and go in several tabs at once, with contacts
// among each other, while their accounts leave memory and come back. In the end
// accounts know exactly the connections there are, contacts what is so, and
// nothing is left behind.
func TestAccountRaces(t *testing.T) {
	for seed := range uint64(*seeds) {
		inBubble(t, func(t *testing.T, w *world) { testAccountRaces(t, w, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func testAccountRaces(t *testing.T, w *world, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 7))
	users := []string{"a", "b", "c"}
	for i, id := range users {
		c := w.connect(id)
		for _, other := range append(users[i+1:len(users):len(users)], users[:i]...) {
			c.mustUser(user.AddContact{UserID: other})
		}
		c.connection.Close()
	}
	before := w.actors()
	for range 40 {
		id := users[random.IntN(len(users))]
		switch open := w.open(id); {
		case len(open) > 0 && random.IntN(2) == 0:
			go open[random.IntN(len(open))].connection.Close()
		case random.IntN(4) == 0:
			w.region.route(&errand{user: id, command: user.EndInvitation{RoomID: "none"}})
		default:
			c := w.connect(id)
			c.connection.DoUser(user.ListInvitations{}, func(user.Reply) {})
		}
		if random.IntN(3) == 0 {
			synctest.Wait()
		}
	}
	synctest.Wait()
	for _, id := range users {
		w.region.route(&errand{user: id, command: user.Read{RoomID: "probe"}})
	}
	for _, c := range w.clients {
		notes := c.notes()
		probed := len(notes) > 0 && notes[len(notes)-1] == "read probe to 0, 0 unread"
		if ended := c.connection.hasEnded(); probed == ended {
			t.Errorf("%s, ended %v, is told %v", c.id, ended, probed)
		}
		if !c.connection.hasEnded() {
			checkContacts(t, w, c, users)
		}
	}
	for _, c := range w.clients {
		c.connection.Close()
	}
	if left := w.actors() - before; left != 0 {
		t.Errorf("%d actors are left", left)
	}
}

// open returns the connections of a user that have not ended.
func (w *world) open(id string) []*client {
	var open []*client
	for _, c := range w.clients {
		if c.user.ID == id && !c.connection.hasEnded() {
			open = append(open, c)
		}
	}
	return open
}

// checkContacts wants what a connection was told of the others' presence to come
// out right.
func checkContacts(t *testing.T, w *world, c *client, users []string) {
	t.Helper()
	online := map[string]bool{}
	for _, n := range c.notices() {
		switch n := n.(type) {
		case user.ContactOnline:
			if online[n.User.ID] {
				t.Errorf("%s was told twice that %s comes", c.id, n.User.ID)
			}
			online[n.User.ID] = true
		case user.ContactOffline:
			delete(online, n.User.ID)
		}
	}
	for _, id := range users {
		if id != c.user.ID && online[id] != (len(w.open(id)) > 0) {
			t.Errorf("%s believes %s online: %v", c.id, id, online[id])
		}
	}
}
