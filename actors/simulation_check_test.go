package actors

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"roomd/actors/room"
)

// view is what one client believes of a room that it is inside of, by what it
// was told alone.
type view struct {
	users map[string]bool
	seq   uint64 // of the newest record
	last  string // what was said last; empty: nothing yet
	epoch string
}

// follow returns what a client believes of its rooms, and notes in next what
// followed on what: for everybody the same.
func follow(t *testing.T, c *client, next map[string]string) map[string]*view {
	t.Helper()
	views := map[string]*view{}
	for _, s := range c.ofRooms() {
		switch s := s.(type) {
		case *replied:
			followReply(views, c, s)
		case told:
			if isOfTab(s.event) {
				continue
			}
			v := views[s.room]
			if v == nil {
				t.Errorf("%s is not inside of %s, and was told %T", c.id, s.room, s.event)
				return views
			}
			if !followEvent(t, v, c, s, next) {
				delete(views, s.room)
			}
		}
	}
	return views
}

func followReply(views map[string]*view, c *client, s *replied) {
	switch r := s.reply.(type) {
	case room.JoinReply:
		if views[s.room] == nil {
			v := &view{users: map[string]bool{}, seq: r.Seq, epoch: r.Epoch}
			for _, u := range r.Users {
				v.users[u.ID] = true
			}
			views[s.room] = v
		}
	case room.RoomReply:
		_, updates := s.command.(room.Update)
		if views[s.room] == nil && !updates {
			v := &view{users: map[string]bool{}}
			for _, id := range r.Room.Users {
				v.users[id] = true
			}
			views[s.room] = v
		}
	case room.Done:
		if _, left := s.command.(room.Leave); left {
			delete(views, s.room)
		}
	}
}

// followEvent returns false if the client is out of the room by this.
func followEvent(t *testing.T, v *view, c *client, s told, next map[string]string) bool {
	t.Helper()
	said := ""
	switch e := s.event.(type) {
	case room.Joined:
		v.users[e.User.ID] = true
	case room.Left:
		if e.GaveUpSeat {
			delete(v.users, e.User.ID)
		}
	case room.UserKicked:
		return e.User.ID != c.user.ID
	case room.UserBanned:
		return e.User.ID != c.user.ID
	case room.Removed:
		return false
	case room.MessageSent:
		if v.seq != 0 && e.Message.Seq != v.seq+1 {
			t.Errorf("%s: %s has %d after %d", c.id, s.room, e.Message.Seq, v.seq)
		}
		v.seq, said = e.Message.Seq, s.room+" "+e.Message.Text
	case room.Emitted:
		said = s.room + " " + e.Name
	}
	if said == "" {
		return true
	}
	if v.last != "" {
		if n, known := next[v.last]; known && n != said {
			t.Errorf("%s: %q follows %q, for another it was %q", c.id, said, v.last, n)
		}
		next[v.last] = said
	}
	v.last = said
	return true
}

// check compares what all clients believe with what the node says and stores.
func (s *simulation) check() {
	t := s.t
	t.Helper()
	next := map[string]string{}
	for _, c := range s.past {
		follow(t, c, next)
	}
	inside := map[string]map[string]int{} // room, user: connections
	views := map[string][]*view{}
	for _, c := range s.w.clients {
		for id, v := range follow(t, c, next) {
			if c.connection.hasEnded() {
				continue
			}
			if inside[id] == nil {
				inside[id] = map[string]int{}
			}
			inside[id][c.user.ID]++
			views[id] = append(views[id], v)
		}
	}
	listings := s.listings()
	for id := range inside {
		if _, exists := listings[id]; !exists {
			t.Errorf("%v are inside of %s, which the directory doesn't have", inside[id], id)
		}
	}
	members := s.membersByRoom(t, listings, inside)
	for id, l := range listings {
		s.checkRoom(id, l, inside[id], views[id])
		if l.MemberCount != len(members[id]) || l.UserCount != len(inside[id]) {
			t.Errorf("%s is listed with %d members and %d users, has %v and %v", id, l.MemberCount, l.UserCount, members[id], inside[id])
		}
	}
	s.checkOwn(members, listings)
	s.checkAcked()
	s.checkReplay()
}

// listings returns the rooms that the directory has; the public ones are those
// that watchers know.
func (s *simulation) listings() map[string]room.Listing {
	listings, public := map[string]room.Listing{}, []string{}
	page, err := s.w.AllRooms(room.ListRooms{Limit: room.PageMax})
	if err != nil || page.Next != "" {
		s.t.Fatalf("%v, %q", err, page.Next)
	}
	for _, l := range page.Rooms {
		listings[l.ID] = l
		if l.Public() {
			public = append(public, l.ID)
		}
	}
	slices.Sort(public)
	for _, c := range s.w.clients {
		if c.connection.hasEnded() {
			continue
		}
		known := known(c.directory())
		for _, l := range c.welcome() { // its creator is not told of a room
			if now, exists := listings[l.ID]; exists && l.Public() && now.Public() {
				known[l.ID] = l.Listing
			}
		}
		for id := range known {
			if !slices.Contains(public, id) {
				s.t.Errorf("%s believes %s public", c.id, id)
			}
		}
		for _, id := range public {
			if _, told := known[id]; !told && listings[id].Creator.ID != c.user.ID {
				s.t.Errorf("%s was not told of %s", c.id, id)
			}
		}
	}
	return listings
}

// membersByRoom returns who is a member by what is stored; in an ephemeral room
// those inside.
func (s *simulation) membersByRoom(t *testing.T, listings map[string]room.Listing, inside map[string]map[string]int) map[string][]string {
	members := map[string][]string{}
	err := s.w.store.Keys(membershipsPrefix, func(key string, _ []byte) error {
		userID, roomID := memberOf(key)
		members[roomID] = append(members[roomID], userID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range members {
		if l, exists := listings[id]; !exists || !l.Persistent {
			t.Errorf("memberships of %s are stored", id)
		}
	}
	for id, l := range listings {
		if !l.Persistent {
			members[id] = slices.Sorted(maps.Keys(inside[id]))
		}
	}
	return members
}

func (s *simulation) checkRoom(id string, l room.Listing, inside map[string]int, views []*view) {
	t := s.t
	t.Helper()
	page, err := s.w.RoomUsers(id, room.ListUsers{Limit: room.PageMax})
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	seats := map[string]bool{}
	for _, u := range page.Users {
		seats[u.ID] = true
	}
	connections := 0
	for u, n := range inside {
		connections += n
		if !seats[u] {
			t.Errorf("%s believes to be inside of %s, where %v are", u, id, seats)
		}
	}
	if len(seats) != len(inside) || s.w.subscribers(id) != connections {
		t.Errorf("%s has seats %v and %d subscribers, want %v", id, seats, s.w.subscribers(id), inside)
	}
	for _, v := range views {
		if !reflect.DeepEqual(v.users, seats) {
			t.Errorf("one inside of %s believes %v inside, not %v", id, v.users, seats)
		}
	}
	for _, creator := range s.w.open(l.Creator.ID) {
		moderation, ok := creator.ask(id, room.GetModeration{}).(room.ModerationReply)
		for _, banned := range moderation.Banned {
			if ok && seats[banned.UserID] {
				t.Errorf("%s is banned from %s, and inside", banned.UserID, id)
			}
		}
	}
}

// checkOwn wants every user's list to hold the rooms that he is a member of, and
// what he was told of his contacts to be so.
func (s *simulation) checkOwn(members map[string][]string, listings map[string]room.Listing) {
	for _, id := range simulated {
		want := []string{}
		for roomID := range listings {
			if slices.Contains(members[roomID], id) {
				want = append(want, roomID)
			}
		}
		slices.Sort(want)
		for _, c := range s.w.open(id) {
			got := c.mine()
			slices.Sort(got)
			if !reflect.DeepEqual(got, want) {
				s.t.Errorf("%s has %v as his own, is in %v", c.id, got, want)
			}
			checkContacts(s.t, s.w, c, simulated)
		}
	}
}

// checkAcked wants all messages stored that were acknowledged in a persistent
// room: one that was ever persistent has kept its id.
func (s *simulation) checkAcked() {
	stored := map[string]map[string]bool{}
	for ack := range s.acked {
		id := roomOfAck(ack)
		if stored[id] == nil {
			stored[id] = map[string]bool{}
			for _, text := range s.stored(id) {
				stored[id][text] = true
			}
		}
		if len(stored[id]) > 0 && !stored[id][ack] && !s.wasEphemeral(ack) {
			s.t.Errorf("%q was acknowledged, and is not stored", ack)
		}
	}
}

// wasEphemeral reports whether a message was told before its room's id became
// that of a persistent room: its sender was told of another epoch.
func (s *simulation) wasEphemeral(ack string) bool {
	for _, c := range append(s.past, s.w.clients...) {
		persistent := map[string]bool{}
		for _, r := range c.replies() {
			switch reply := r.reply.(type) {
			case room.RoomReply:
				persistent[r.room] = reply.Room.Persistent
			case room.JoinReply:
				persistent[r.room] = reply.Room.Persistent
			}
			if m, ok := r.command.(room.Send); ok && fmt.Sprint(r.room, " ", m.Text) == ack {
				return !persistent[r.room]
			}
		}
	}
	return false
}
