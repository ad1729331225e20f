package room

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzDecodeEntry: garbage is an error; what is read is written and read again
// as the same.
func FuzzDecodeEntry(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := DecodeEntry(data)
		if err != nil {
			return
		}
		encoded, err := EncodeEntry(first)
		if err != nil {
			t.Fatalf("read from %q, but not to be written: %v", data, err)
		}
		second, err := DecodeEntry(encoded)
		if err != nil {
			t.Fatalf("%q is not to be read: %v", encoded, err)
		}
		inOneZone(&first)
		inOneZone(&second)
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("got %+v, want %+v", second, first)
		}
	})
}

// inOneZone makes times comparable: one that is read again may be of another
// zone with the same offset.
func inOneZone(e *Entry) {
	var times []*time.Time
	if m := e.Message; m != nil {
		times = []*time.Time{&m.At, &m.EditedAt, &m.DeletedAt}
	} else {
		times = []*time.Time{&e.Change.At}
	}
	for _, at := range times {
		*at = at.UTC()
	}
}

// FuzzDecodeRecord is the same for records.
func FuzzDecodeRecord(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := DecodeRecord(data)
		if err != nil {
			return
		}
		first, err := EncodeRecord(e)
		if err != nil {
			t.Fatalf("read from %q, but not to be written: %v", data, err)
		}
		again, err := DecodeRecord(first)
		if err != nil {
			t.Fatalf("%q is not to be read: %v", first, err)
		}
		if second, err := EncodeRecord(again); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("got %q, %v, want %q", second, err, first)
		}
	})
}

// FuzzRestore: garbage is an error; a room that is restored can be used, and
// stored again as the same.
func FuzzRestore(f *testing.F) {
	f.Fuzz(func(t *testing.T, snapshot, record, entry []byte) {
		records, entries := [][]byte{record}, [][]byte{entry}
		if len(record) == 0 {
			records = nil
		}
		if len(entry) == 0 {
			entries = nil
		}
		r, err := Restore("r", snapshot, records, entries)
		if err != nil {
			return
		}
		first, err := r.Snapshot()
		if err != nil {
			t.Fatalf("restored, but not to be stored: %v", err)
		}
		again, err := Restore("r", first, nil, entries)
		if err != nil {
			t.Fatalf("%q is not to be restored: %v", first, err)
		}
		if second, err := again.Snapshot(); err != nil || !bytes.Equal(first, second) {
			t.Fatalf("got %q, %v, want %q", second, err, first)
		}
		if !reflect.DeepEqual(r.history, again.history) {
			t.Fatalf("got the history %+v, want %+v", again.history, r.history)
		}
		use(r)
	})
}

// use gives a room one of each command; none may panic.
func use(r *Room) {
	r.do(requestOf("anna", 1, Create{Settings: Settings{Name: "R"}}))
	r.do(requestOf("anna", 1, Join{Since: &Since{Epoch: r.Epoch(), Seq: r.Seq() - 1}}))
	r.do(requestOf("anna", 1, Send{Text: "a", ClientID: "c"}))
	r.do(requestOf("anna", 1, Emit{Event: "e"}))
	r.do(requestOf("anna", 1, Act{}))
	name, id := "S", r.messageID(r.Seq())
	for _, c := range []Command{
		Update{Name: &name}, Invite{UserID: "dora"}, Decline{}, Open{Peer: "bob"},
		EditMessage{MessageID: id, Text: "b"}, DeleteMessage{MessageID: id},
		ListUsers{Limit: 1}, GetHistory{Limit: 1}, GetHistory{HasAfter: true, Limit: 1},
		MarkRead{Seq: r.Seq() - 1}, MarkRead{Seq: r.Seq()}, Glance{},
		SetRole{UserID: "bob", Role: RoleModerator}, Mute{UserID: "bob"}, Unmute{UserID: "bob"},
		Ban{UserID: "bob", For: time.Hour}, Unban{UserID: "bob"}, Kick{UserID: "anna", ByAdmin: true}, GetModeration{},
		Join{}, Detach{}, Resume{}, Detach{}, TakePlace{Of: "anna/1"}, Disconnect{}, Leave{},
	} {
		r.do(requestOf("anna", 1, c))
	}
	r.Listing()
	r.do(requestOf("anna", 1, Delete{ByAdmin: true}))
}

// FuzzSend: what is found valid can be stored, and comes back as the text it
// was; what is refused is refused with a reason that a client can be told.
func FuzzSend(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, attachment, clientID string) {
		c := Send{Text: text, ClientID: clientID}
		if attachment != "" {
			c.Attachments = []json.RawMessage{json.RawMessage(attachment)}
		}
		if err := c.Validate(); err != nil {
			if err.Code != CodeBadRequest && err.Code != CodeTooLarge || err.Message == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		m := Message{ID: "e1-1", Seq: 1, Text: c.Text, Attachments: c.Attachments, At: time.Unix(0, 0).UTC(), ClientID: c.ClientID}
		data, err := EncodeEntry(Entry{Message: &m})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeEntry(data); err != nil || got.Message == nil || !reflect.DeepEqual(*got.Message, m) {
			t.Fatalf("got %+v, %v, want %+v", got, err, m)
		}
	})
}

// FuzzHistory sends, edits and deletes messages, sized and named by the input's
// bytes, and compares what is kept with a list of all of them.
func FuzzHistory(f *testing.F) {
	f.Fuzz(func(t *testing.T, steps []byte) {
		r, all := newTestRoom(Settings{}), &model{id: "r"}
		all.answer(requestOf("creator", 1, Create{Settings: Settings{Name: "R"}}))
		for i, b := range steps {
			q := requestOf("creator", 1, historyStep(i, b))
			if got, want := r.do(q).Reply, all.answer(q).Reply; !reflect.DeepEqual(got, want) {
				t.Fatalf("step %d: got %+v, want %+v", i, got, want)
			}
		}
		compareHistory(t, r, all)
	})
}

func historyStep(i int, b byte) Command {
	text, id := strings.Repeat("x", 1+int(b>>3)<<9), fmt.Sprintf("e1-%d", 1+i/2)
	switch name := b & 7; name {
	case 0:
		return Send{Text: text}
	case 6:
		return EditMessage{MessageID: id, Text: text}
	case 7:
		return DeleteMessage{MessageID: id}
	default:
		return Send{Text: text, ClientID: strings.Repeat("c", int(name))}
	}
}

func compareHistory(t *testing.T, r *Room, all *model) {
	t.Helper()
	kept := all.entries[all.forgotten:]
	if got := r.history.entries; len(got) != len(kept) || len(kept) > 0 && !reflect.DeepEqual(got, kept) {
		t.Fatalf("%d records are kept, want %d", len(got), len(kept))
	}
	for seq := range all.newest() + 2 {
		q := requestOf("creator", 1, Join{Since: &Since{Epoch: "e1", Seq: seq}})
		got, want := normal(r.Decide(q)), normal(all.answer(q))
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("since %d of %d: got %+v, want %+v", seq, all.newest(), got, want)
		}
	}
}
