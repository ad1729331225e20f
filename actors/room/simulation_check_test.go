package room

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// checkReply checks the kind of a reply, and that coming in again tells nobody.
func checkReply(q Request, d Decision) error {
	if _, refused := d.Reply.(*Error); refused {
		if len(d.Events) > 0 {
			return fmt.Errorf("refused, with events %+v", d.Events)
		}
		return nil
	}
	var ok bool
	switch q.Command.(type) {
	case Create:
		_, ok = d.Reply.(CreateReply)
	case Join:
		_, ok = d.Reply.(JoinReply)
	case Send:
		_, ok = d.Reply.(SendReply)
	default:
		_, ok = d.Reply.(Done)
	}
	if !ok {
		return fmt.Errorf("answered with a %T", d.Reply)
	}
	return nil
}

// checkCodec checks that a stored event is read as it was written.
func checkCodec(e Event) error {
	var got any
	want := any(e)
	switch e := e.(type) {
	case MessageSent:
		data, err := EncodeMessage(e.Message)
		if err != nil {
			return err
		}
		want = e.Message
		if got, err = DecodeMessage(data); err != nil {
			return err
		}
	case MemberAdded, MemberRemoved, Removed:
		data, err := EncodeRecord(e.(Stored))
		if err != nil {
			return err
		}
		if got, err = DecodeRecord(data); err != nil {
			return err
		}
	default:
		return nil
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("stored and read: %+v, was %+v", got, want)
	}
	return nil
}

// normal is the decision with its users in the order of their ids (which
// order they come in is not promised), and without the difference between no
// list and an empty one.
func normal(d Decision) Decision {
	if len(d.Events) == 0 {
		d.Events = nil
	}
	switch r := d.Reply.(type) {
	case CreateReply:
		r.Room.Users = slices.Sorted(slices.Values(r.Room.Users))
		d.Reply = r
	case JoinReply:
		r.Room.Users = slices.Sorted(slices.Values(r.Room.Users))
		r.Users = slices.SortedFunc(slices.Values(r.Users), func(a, b User) int { return cmp.Compare(a.ID, b.ID) })
		if len(r.Messages) == 0 {
			r.Messages = nil
		}
		d.Reply = r
	}
	return d
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
	t[fmt.Sprintf("%T %s", c, outcome)]++
	for _, e := range d.Events {
		t[fmt.Sprintf("%T", e)]++
	}
	if r, ok := d.Reply.(JoinReply); ok && r.Gap {
		t["gap"]++
	}
	if _, ok := d.Reply.(SendReply); ok && len(d.Events) == 0 {
		t["clientId repeated"]++
	}
}

func (t tally) addTo(sum tally) {
	for what, times := range t {
		sum[what] += times
	}
}

func (t tally) check(test *testing.T) {
	for _, what := range []string{
		"room.Create room.CreateReply", "room.Create room_exists",
		"room.Join room.JoinReply", "room.Join room_not_found", "room.Join room_private", "room.Join check",
		"room.Join wrong_password", "room.Join room_full",
		"room.Leave room.Done", "room.Leave room_private", "room.Leave room_not_found",
		"room.Send room.SendReply", "room.Send not_in_room", "room.Send room_private", "room.Send room_not_found",
		"room.Emit room.Done", "room.Act room.Done", "room.Disconnect room.Done",
		"room.Created", "room.MemberAdded", "room.MemberRemoved", "room.Joined", "room.Left", "room.MessageSent",
		"room.Emitted", "room.Acted", "room.Removed",
		"gap", "clientId repeated", "messages dropped, bound by count", "messages dropped, bound by bytes", "restart 0", "restart 1", "restart 2",
	} {
		if t[what] == 0 {
			test.Errorf("no run came across: %s", what)
		}
	}
}
