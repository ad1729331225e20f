package room

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// checkReply checks the kind of a reply, and that a refusal changes nothing.
func checkReply(q Request, d Decision) error {
	if _, refused := d.Reply.(*Error); refused {
		if len(d.Events) > 0 {
			return fmt.Errorf("refused, with events %+v", d.Events)
		}
		return nil
	}
	want := Reply(Done{})
	switch q.Command.(type) {
	case Create, Open, Update:
		want = RoomReply{}
	case Join:
		want = JoinReply{}
	case Send, EditMessage, DeleteMessage:
		want = SendReply{}
	case ListUsers:
		want = UsersReply{}
	case GetHistory:
		want = HistoryReply{}
	case MarkRead, Glance:
		want = ReadReply{}
	case GetModeration:
		want = ModerationReply{}
	}
	if reflect.TypeOf(d.Reply) != reflect.TypeOf(want) {
		return fmt.Errorf("answered with a %T", d.Reply)
	}
	return nil
}

// checkCodec checks that a stored event is read as it was written, but for
// what is only for those who are told.
func checkCodec(e Event) error {
	switch e := e.(type) {
	case MessageSent:
		return checkEntry(Entry{Message: &e.Message})
	case MessageChanged:
		if err := checkEntry(Entry{Message: &e.Message}); err != nil {
			return err
		}
		return checkEntry(Entry{Change: &e.Change})
	case RoomUpdated:
		e.Room = Info{}
		return checkRecord(e)
	case Invited:
		e.RoomName = ""
		return checkRecord(e)
	case MarkMoved:
		e.Unread, e.Connection = 0, ""
		return checkRecord(e)
	case Created:
		return nil // in the snapshot
	case Stored:
		return checkRecord(e)
	}
	return nil
}

func checkEntry(e Entry) error {
	data, err := EncodeEntry(e)
	if err != nil {
		return err
	}
	got, err := DecodeEntry(data)
	if err == nil && fingerprint(got) != fingerprint(e) {
		err = fmt.Errorf("stored and read: %+v, was %+v", got, e)
	}
	return err
}

func checkRecord(e Stored) error {
	data, err := EncodeRecord(e)
	if err != nil {
		return err
	}
	got, err := DecodeRecord(data)
	if err == nil && fingerprint(got) != fingerprint(e) {
		err = fmt.Errorf("stored and read: %+v, was %+v", got, e)
	}
	return err
}

// normal is the decision without the difference between no list and an empty
// one.
func normal(d Decision) Decision {
	d.Events = orNil(d.Events)
	switch r := d.Reply.(type) {
	case RoomReply:
		r.Room.Users = orNil(r.Room.Users)
		d.Reply = r
	case JoinReply:
		r.Messages = orNil(r.Messages)
		d.Reply = r
	case UsersReply:
		r.Users = orNil(r.Users)
		d.Reply = r
	case HistoryReply:
		r.Messages = orNil(r.Messages)
		d.Reply = r
	}
	for i, e := range d.Events {
		if u, ok := e.(RoomUpdated); ok {
			u.Room.Users = orNil(u.Room.Users)
			d.Events = slices.Clone(d.Events)
			d.Events[i] = u
		}
	}
	return d
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

// checkRoom checks what must hold of a room at any time.
func (s *simulation) checkRoom() error {
	r, m := s.room, s.model
	got := fmt.Sprint(r.Exists(), r.Deleted(), r.UserCount(), r.Seq(), r.Epoch(), r.Empty(),
		slices.Sorted(maps.Keys(r.moderation.Moderators)), slices.Sorted(maps.Keys(r.invited)),
		sanctions(r.moderation.Banned), sanctions(r.moderation.Muted))
	want := fmt.Sprint(m.exists, m.tombstone, len(m.seated()), m.newest(), m.epoch, len(m.inside) == 0,
		slices.Sorted(slices.Values(m.moderators)), slices.Sorted(slices.Values(m.invited)),
		modelSanctions(m.banned), modelSanctions(m.muted))
	if got != want {
		return fmt.Errorf("the room is\n%s, the model is\n%s", got, want)
	}
	if m.exists && (r.MemberCount() != len(m.members) || r.settings != m.settings) {
		return fmt.Errorf("%d members in %+v, the model has %d in %+v", r.MemberCount(), r.settings, len(m.members), m.settings)
	}
	if len(s.told) != len(m.inside) || len(r.Connections()) != len(m.inside) {
		return fmt.Errorf("%d inside by the events, %d by the room, %d by the model", len(s.told), len(r.Connections()), len(m.inside))
	}
	for _, j := range m.inside {
		if !s.told[j.Connection] || !r.Inside(j.User.ID, j.Connection) {
			return fmt.Errorf("%s is inside", j.Connection)
		}
		if m.isBanned(Request{From: j.User, At: s.now}) {
			return fmt.Errorf("%s is inside and banned", j.Connection)
		}
	}
	if m.forgotten > 0 {
		s.reached["records dropped, bound by "+either(len(m.entries)-m.forgotten == historyEntriesMax, "count", "bytes")]++
	}
	if len(r.history.entries) != len(m.entries)-m.forgotten {
		return fmt.Errorf("%d records are kept, the model keeps %d", len(r.history.entries), len(m.entries)-m.forgotten)
	}
	return s.checkUnread()
}

func sanctions(all map[string]Sanction) (texts []string) {
	for _, user := range slices.Sorted(maps.Keys(all)) {
		texts = append(texts, user+sanctionText(all[user]))
	}
	return texts
}

func modelSanctions(all []modelSanction) (texts []string) {
	for _, s := range all {
		texts = append(texts, s.user+sanctionText(s.Sanction))
	}
	slices.Sort(texts)
	return texts
}

// checkUnread compares what is counted with what there is.
func (s *simulation) checkUnread() error {
	if s.hurried() {
		return nil
	}
	for _, mm := range s.model.members {
		reading, _ := s.room.reading(mm.user.ID)
		if got, want := s.room.unread(reading), s.model.unread(mm); got != want || reading.Mark != mm.mark {
			return fmt.Errorf("%s has %d unread after %d, the model has %d after %d", mm.user.ID, got, reading.Mark, want, mm.mark)
		}
	}
	return nil
}

// checkRestored compares a room with what was stored of it. Of its history
// more may be in memory again: changed messages may have been larger once.
func (s *simulation) checkRestored(restored *Room) error {
	lasting := *s.room
	lasting.seats = seats{}
	if s.room.Exists() && !s.room.Persistent() {
		lasting = Room{id: s.room.id}
	}
	had, has := lasting.history.entries, restored.history.entries
	if more := len(has) - len(had); more < 0 || fingerprint(has[more:]) != fingerprint(had) {
		return fmt.Errorf("restored:\n%+v\nwas:\n%+v", has, had)
	}
	lasting.history.entries, lasting.history.bytes = has, restored.history.bytes
	if fingerprint(restored) != fingerprint(&lasting) {
		return fmt.Errorf("restored:\n%+v\nwas:\n%+v", restored, &lasting)
	}
	return nil
}

// tally counts what the runs have come across: a simulation that never gets
// anywhere shows nothing.
type tally map[string]int

func (t tally) count(c Command, d Decision) {
	outcome := fmt.Sprintf("%T", d.Reply)
	if err, refused := d.Reply.(*Error); refused {
		outcome = string(err.Code)
	}
	if d.Check != nil {
		outcome = "check"
	}
	if d.Fetch != nil {
		outcome = "fetch"
	}
	t[fmt.Sprintf("%T %s", c, outcome)]++
	for _, e := range d.Events {
		t[fmt.Sprintf("%T", e)]++
	}
	if r, ok := d.Reply.(JoinReply); ok && r.Gap {
		t["gap"]++
	}
	if _, ok := c.(Send); ok && d.Events == nil && outcome == "room.SendReply" {
		t["clientId repeated"]++
	}
}

// countTrimmed counts the marks that are moved over records which are no longer
// stored, where records are behind them that are not unread.
func (s *simulation) countTrimmed(d Decision) {
	for _, e := range d.Events {
		moved, ok := e.(MarkMoved)
		reading, member := s.room.reading(moved.UserID)
		if ok && member && s.disk.trimmed > reading.Mark && moved.Unread < s.room.Seq()-moved.Mark {
			s.reached[either(moved.Mark+historyEntriesMax < s.room.Seq(), "old mark over trimmed", "mark over trimmed")]++
		}
	}
}

func (t tally) addTo(sum tally) {
	for what, times := range t {
		sum[what] += times
	}
}

func (t tally) check(test *testing.T) {
	for command, outcomes := range reachable {
		for _, outcome := range outcomes {
			if t["room."+command+" "+outcome] == 0 {
				test.Errorf("no run came across: %s %s", command, outcome)
			}
		}
	}
	for _, what := range reachableElse {
		if t[what] == 0 {
			test.Errorf("no run came across: %s", what)
		}
	}
}
