package actors

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// checkReplay plays all that was ever committed to a node of its own, which must
// say the same of what lasts as the one that has lived through it.
func (s *simulation) checkReplay() {
	t := s.t
	t.Helper()
	store := persistence.NewMemory()
	for _, change := range s.w.store.committed() {
		if err := store.Commit(change); err != nil {
			t.Fatalf("commit %q again: %v", change.Key, err)
		}
	}
	lived := answers(t, s.w)
	again := newWorld(t, store)
	replayed := answers(t, again)
	again.close()
	for _, question := range slices.Sorted(maps.Keys(lived)) {
		if lived[question] != replayed[question] {
			t.Errorf("%s: %s, but what was stored, played again, says %s", question, lived[question], replayed[question])
		}
	}
	if len(lived) != len(replayed) {
		t.Errorf("%d answers, played again %d", len(lived), len(replayed))
	}
}

// answers is all that a node says of what lasts, by question: of each persistent
// room to each user, and of his account.
func answers(t *testing.T, w *world) map[string]string {
	t.Helper()
	var clients []*client
	for _, id := range simulated { // all of them: whether one is there is part of an answer
		if open := w.open(id); len(open) > 0 {
			clients = append(clients, open[0])
		} else {
			clients = append(clients, w.connect(id))
		}
	}
	synctest.Wait()
	said := map[string]string{}
	page, err := w.AllRooms(room.ListRooms{Limit: room.PageMax})
	if err != nil || page.Next != "" {
		t.Fatalf("%v, %q", err, page.Next)
	}
	for _, l := range page.Rooms {
		if !l.Persistent {
			continue
		}
		for _, c := range clients {
			for _, command := range []room.Command{room.GetHistory{Limit: room.PageMax}, room.GetModeration{}, room.MarkRead{}} {
				said[fmt.Sprintf("%s %s %T", l.ID, c.user.ID, command)] = lasting(c.ask(l.ID, command))
			}
		}
		l.UserCount, l.LastActivity = 0, time.Time{} // who is inside doesn't last; activity does about
		said[l.ID] = fmt.Sprintf("%+v", l)
	}
	for _, c := range clients {
		said[c.user.ID+" contacts"] = fmt.Sprintf("%+v", c.askUser(user.ListContacts{}))
		for _, i := range c.mustUser(user.ListInvitations{}).(user.InvitationsReply).Invitations {
			if _, lasts := said[i.RoomID]; lasts {
				said[c.user.ID+" invitations"] += fmt.Sprintf("%+v", i)
			}
		}
	}
	return said
}

// lasting is a reply without what another store says otherwise.
func lasting(r room.Reply) string {
	if page, ok := r.(room.HistoryReply); ok {
		page.Epoch = "" // names the store
		r = page
	}
	return fmt.Sprintf("%+v", r)
}
