package room

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzDecodeMessage: garbage is an error; what is read is written and read
// again as the same.
func FuzzDecodeMessage(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := DecodeMessage(data)
		if err != nil {
			return
		}
		encoded, err := EncodeMessage(first)
		if err != nil {
			t.Fatalf("read from %q, but not to be written: %v", data, err)
		}
		second, err := DecodeMessage(encoded)
		if err != nil {
			t.Fatalf("%q is not to be read: %v", encoded, err)
		}
		if !first.At.Equal(second.At) {
			t.Fatalf("got %v, want %v", second.At, first.At)
		}
		second.At = first.At // may be of another zone with the same offset
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("got %+v, want %+v", second, first)
		}
	})
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
	f.Fuzz(func(t *testing.T, snapshot, record, message []byte) {
		records, messages := [][]byte{record}, [][]byte{message}
		if len(record) == 0 {
			records = nil
		}
		if len(message) == 0 {
			messages = nil
		}
		r, err := Restore("r", snapshot, records, messages)
		if err != nil {
			return
		}
		first, err := r.Snapshot()
		if err != nil {
			t.Fatalf("restored, but not to be stored: %v", err)
		}
		again, err := Restore("r", first, nil, messages)
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
	r.do(requestOf("anna", 1, Disconnect{}))
	r.do(requestOf("anna", 1, Leave{}))
	r.Listing()
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
		data, err := EncodeMessage(m)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeMessage(data); err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("got %+v, %v, want %+v", got, err, m)
		}
	})
}

// FuzzHistory adds messages, sized and named by the input's bytes, and
// compares what is kept with a list of all of them.
func FuzzHistory(f *testing.F) {
	f.Fuzz(func(t *testing.T, steps []byte) {
		r := newTestRoom(Settings{})
		all := &model{epoch: "e1"}
		for _, b := range steps {
			c := Send{Text: strings.Repeat("x", 1+int(b>>3)<<9)}
			if name := b & 7; name > 0 {
				c.ClientID = strings.Repeat("c", int(name))
			}
			q := requestOf("creator", 1, c)
			if got, want := r.do(q).Reply, all.speak(q).Reply; got != want {
				t.Fatalf("message %d: got %+v, want %+v", len(all.messages), got, want)
			}
		}
		compareHistory(t, r, all)
	})
}

func compareHistory(t *testing.T, r *Room, all *model) {
	t.Helper()
	kept := all.kept()
	if got := r.history.last(len(all.messages)); len(got) != len(kept) || len(kept) > 0 && !reflect.DeepEqual(got, kept) {
		t.Fatalf("%d messages are kept, want %d", len(got), len(kept))
	}
	newest := uint64(len(all.messages))
	for seq := range newest + 2 {
		got := r.joinReply(&Since{Epoch: "e1", Seq: seq})
		want := all.joinReply(&Since{Epoch: "e1", Seq: seq})
		if got.Gap != want.Gap || len(got.Messages) != len(want.Messages) {
			t.Fatalf("since %d of %d: gap %v with %d messages, want %v with %d",
				seq, newest, got.Gap, len(got.Messages), want.Gap, len(want.Messages))
		}
	}
}
