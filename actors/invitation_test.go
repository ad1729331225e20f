package actors

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// TestInvitations wants an invitation told to every device, and again with each
// connect, also on another node, until it is accepted by joining.
func TestInvitations(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a, b, b2 := w.connect("a"), w.connect("b"), w.connect("b")
		a.must("r", create(room.Settings{Persistent: true, Private: true}))
		a.must("r", room.Invite{UserID: "b"})
		a.must("r", room.Invite{UserID: "never seen"})
		wantNotes(t, b, "a invites to r")
		wantNotes(t, b2, "a invites to r")
		wantNotes(t, a)
		w = restart(w)
		b = w.connect("b")
		wantNotes(t, b, "a invites to r")
		wantInvitations(t, b, "r")
		wantNotes(t, w.connect("never seen"), "a invites to r")
		b.must("r", room.Join{})
		wantInvitations(t, b)
		wantNotes(t, w.connect("b"))
		w = restart(w)
		wantNotes(t, w.connect("b"))
	})
}

// TestInvitationEnds wants an invitation gone with what it was to.
func TestInvitationEnds(t *testing.T) {
	tests := map[string]func(a, b *client){
		"declined":              func(_, b *client) { b.must("r", room.Decline{}) },
		"room deleted":          func(a, _ *client) { a.must("r", room.Delete{}) },
		"kicked before he came": func(a, _ *client) { a.must("r", room.Kick{UserID: "b"}) },
		"banned":                func(a, _ *client) { a.must("r", room.Ban{UserID: "b"}) },
		"blocked":               func(_, b *client) { b.mustUser(user.Block{UserID: "a"}) },
	}
	for name, end := range tests {
		for _, persistent := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					a, b := w.connect("a"), w.connect("b")
					a.must("r", create(room.Settings{Persistent: persistent, Private: true}))
					a.must("r", room.Invite{UserID: "b"})
					synctest.Wait()
					end(a, b)
					synctest.Wait()
					wantInvitations(t, b)
					wantNotes(t, w.connect("b"))
					if name == "declined" { // a stranger again
						b.refused("r", room.Join{}, room.CodeRoomPrivate)
					}
				})
			})
		}
	}
}

// TestInvitationOfBlocked wants nothing to come of it, and the giver not to
// notice.
func TestInvitationOfBlocked(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		b.mustUser(user.Block{UserID: "a"})
		a.must("r", create(room.Settings{Private: true}))
		a.must("r", room.Invite{UserID: "b"})
		wantNotes(t, b)
		wantInvitations(t, b)
	})
}

// TestInvitationToLostRoom wants invitations gone whose rooms have ended with
// the server.
func TestInvitationToLostRoom(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		a := w.connect("a")
		a.must("ephemeral", create(room.Settings{Private: true}))
		a.must("persistent", create(room.Settings{Persistent: true, Private: true}))
		a.must("ephemeral", room.Invite{UserID: "b"})
		a.must("persistent", room.Invite{UserID: "b"})
		w.Drain() // or the end of the room is its last seat's
		w = restart(w)
		b := w.connect("b")
		synctest.Wait()
		wantInvitations(t, b, "persistent")
		wantNotes(t, w.connect("b"), "a invites to persistent")
	})
}

// TestInvitationUnknownToRoom: its end was lost with the server, after the room
// had stored it.
func TestInvitationUnknownToRoom(t *testing.T) {
	for _, private := range []bool{true, false} {
		inBubble(t, func(t *testing.T, w *world) {
			a := w.connect("a")
			a.must("r", create(room.Settings{Persistent: true, Private: private}))
			data, err := user.EncodeRecord(user.InvitationKept{Invitation: user.Invitation{RoomID: "r", By: a.user}})
			if err != nil {
				t.Fatal(err)
			}
			change := persistence.Change{Key: userKey("b"), Owner: ownerEpoch, Records: []persistence.Record{{Number: 1, Data: data}}}
			if err := w.store.Commit(change); err != nil {
				t.Fatal(err)
			}
			b := w.connect("b")
			synctest.Wait()
			wantInvitations(t, b)
		})
	}
}

// TestInvitationOnItsWay: the server ended between the room's commit and the
// account's, so that only the room has stored it.
func TestInvitationOnItsWay(t *testing.T) {
	onStores(t, func(t *testing.T, w *world, restart func(*world) *world) {
		b := w.connect("b")
		b.mustUser(user.Block{UserID: "a blocked one"})
		synctest.Wait()
		w = restart(w)
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true, Private: true}))
		lost := func(roomID, by string) persistence.Change {
			return persistence.Change{Key: invitationKey("b", roomID), Owner: ownerEpoch,
				Summary: []byte(`{"roomId":"` + roomID + `","roomName":"` + roomID + `","by":{"id":"` + by + `"}}`)}
		}
		a.must("r", room.Invite{UserID: "b"})
		synctest.Wait()
		if err := w.store.Commit(persistence.Change{Key: userKey("b"), Owner: ownerEpoch, Delete: true},
			lost("gone", "a"), lost("unwanted", "a blocked one")); err != nil {
			t.Fatal(err)
		}
		w = restart(w)
		b = w.connect("b")
		synctest.Wait()
		wantInvitations(t, b, "r")
		b.must("r", room.Decline{})
		synctest.Wait()
		if keys := w.keys(invitationPrefix("b")); len(keys) != 0 {
			t.Errorf("left behind: %q", keys)
		}
	})
}

// TestInvitationsStored wants as many stored as wait for the user: those that
// his account has let go don't come again.
func TestInvitationsStored(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		stored := func(want ...string) {
			t.Helper()
			synctest.Wait()
			var got []string
			for _, key := range w.keys(invitationPrefix("b")) {
				got = append(got, strings.TrimPrefix(key, invitationPrefix("b")))
			}
			if !slices.Equal(got, want) {
				t.Errorf("stored: %q, want %q", got, want)
			}
		}
		for _, id := range []string{"r", "s", "t", "u"} {
			a.must(id, create(room.Settings{Persistent: true}))
			a.must(id, room.Invite{UserID: "b"})
		}
		stored("r", "s", "t", "u")
		b.must("r", room.Join{})
		b.must("s", room.Decline{})
		a.must("t", room.Delete{})
		stored("u")
		b.mustUser(user.Block{UserID: "a"})
		stored()
		a.must("u", room.Invite{UserID: "b"})
		stored()
	})
}
