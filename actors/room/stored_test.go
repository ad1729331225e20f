package room

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func testMessage(seq uint64) Message {
	return Message{
		ID: fmt.Sprintf("e1-%d", seq), Seq: seq, Sender: User{ID: "anna", Name: "Anna"},
		Text: "hello", At: scriptStart, ClientID: "c1",
	}
}

func TestMessageKeepsItsText(t *testing.T) {
	texts := []string{
		`{}`,
		`{"big":12345678901234567890123,"small":1.0e-7,"exact":1.50}`,
		`{"z":1,"a":2,"z":3}`,
		`{"html":"<b>&amp;</b>","line":"` + "\u2028" + `"}`,
		`{"escaped":"\u003cb\u003e \/ \ud83c\udf75"}`,
		" { \"spaces\" :\t[ 1 , 2 ]\r\n} ",
		string(nested(9_999)),
	}
	m := testMessage(1)
	m.Text = "<b>\u2028&\x00\t" + `"quoted\" ☕`
	for _, text := range texts {
		m.Attachments = append(m.Attachments, json.RawMessage(text))
	}
	got := storedAndRead(t, m)
	if got.Text != m.Text {
		t.Errorf("got the text %q, want %q", got.Text, m.Text)
	}
	for i, a := range got.Attachments {
		if string(a) != texts[i] {
			t.Errorf("got the attachment %s, want %s", a, texts[i])
		}
	}
	if !reflect.DeepEqual(got, m) {
		t.Errorf("got %+v, want %+v", got, m)
	}
}

// storedAndRead returns the message as it comes back from a store, in a room.
func storedAndRead(t *testing.T, m Message) Message {
	t.Helper()
	data, err := EncodeMessage(m)
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := newRoomWithTraffic(t).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	snapshot = []byte(strings.Replace(string(snapshot), `"seq":2`, `"seq":0`, 1))
	r, err := Restore("tea", snapshot, nil, [][]byte{data})
	if err != nil {
		t.Fatal(err)
	}
	return r.history.messages[0]
}

// TestStoredForm shows what is on disk, so that a change of the form is seen.
func TestStoredForm(t *testing.T) {
	message := testMessage(7)
	message.Attachments = []json.RawMessage{json.RawMessage(`{"<": 1}`)}
	at := scriptStart.Add(1500 * time.Millisecond)
	encodings := []struct {
		name   string
		encode func() ([]byte, error)
		want   string
	}{
		{"snapshot", newRoomWithTraffic(t).Snapshot, `{"v":1,"settings":{"name":"Tea","persistent":true},` +
			`"creator":{"id":"anna","name":"Anna"},"createdAt":"2026-01-01T00:00:00Z","epoch":"e1","seq":2,` +
			`"activity":"2026-01-01T00:00:00Z","members":{"anna":{"name":"Anna","since":"2026-01-01T00:00:00Z"},` +
			`"bob":{"name":"Bob","since":"2026-01-01T00:00:00Z"}}}`},
		{"message", func() ([]byte, error) { return EncodeMessage(message) }, `{"v":1,"id":"e1-7","seq":7,` +
			`"sender":{"id":"anna","name":"Anna"},"text":"hello","at":"2026-01-01T00:00:00Z","clientId":"c1",` +
			`"attachments":["{\"<\": 1}"]}`},
		{"added", func() ([]byte, error) { return EncodeRecord(MemberAdded{User{"bob", "<Bob>"}, at}) },
			`{"v":1,"memberAdded":{"user":{"id":"bob","name":"<Bob>"},"at":"2026-01-01T00:00:01.5Z"}}`},
		{"removed", func() ([]byte, error) { return EncodeRecord(MemberRemoved{"bob"}) },
			`{"v":1,"memberRemoved":{"userId":"bob"}}`},
		{"end", func() ([]byte, error) { return EncodeRecord(Removed{at, "why"}) },
			`{"v":1,"removed":{"at":"2026-01-01T00:00:01.5Z","reason":"why"}}`},
	}
	for _, e := range encodings {
		t.Run(e.name, func(t *testing.T) {
			got, err := e.encode()
			if err != nil || string(got) != e.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, e.want)
			}
		})
	}
}

func TestWhatIsNotStored(t *testing.T) {
	for _, e := range []Stored{Created{}, MessageSent{}} {
		if data, err := EncodeRecord(e); err == nil {
			t.Errorf("%T: got the record %s", e, data)
		}
	}
	ephemeral := New("r")
	ephemeral.Apply(Created{Settings: Settings{Name: "R"}})
	for _, r := range []*Room{New("r"), ephemeral} {
		if data, err := r.Snapshot(); err == nil {
			t.Errorf("got the snapshot %s", data)
		}
	}
}

const (
	goodSnapshot = `{"v":1,"settings":{"name":"R","persistent":true},"epoch":"e1","seq":2}`
	tombstone    = `{"v":1,"deleted":true,"settings":{"name":"","persistent":true}}`
	goodRecord   = `{"v":1,"memberRemoved":{"userId":"bob"}}`
	endRecord    = `{"v":1,"removed":{"at":"2026-01-01T00:00:00Z"}}`
)

func goodMessage(seq int) string { return fmt.Sprintf(`{"v":1,"seq":%d,"text":"a"}`, seq) }

func restoreTexts(snapshot string, records, messages []string) (*Room, error) {
	return Restore("r", []byte(snapshot), asBytes(records), asBytes(messages))
}

func asBytes(texts []string) (data [][]byte) {
	for _, text := range texts {
		data = append(data, []byte(text))
	}
	return data
}

func TestRestore(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot          string
		records, messages []string
		seq               uint64
		deleted           bool
	}{
		"no messages":              {snapshot: goodSnapshot, seq: 2},
		"messages to the snapshot": {snapshot: goodSnapshot, messages: []string{goodMessage(1), goodMessage(2)}, seq: 2},
		"messages beyond it":       {snapshot: goodSnapshot, messages: []string{goodMessage(2), goodMessage(3)}, seq: 3},
		"messages long after it":   {snapshot: goodSnapshot, messages: []string{goodMessage(400), goodMessage(401)}, seq: 401},
		"tombstone":                {snapshot: tombstone, deleted: true},
		"tombstone, messages":      {snapshot: tombstone, messages: []string{goodMessage(1)}, deleted: true},
		"removed":                  {snapshot: goodSnapshot, records: []string{goodRecord, endRecord}, messages: []string{goodMessage(1)}, deleted: true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := restoreTexts(c.snapshot, c.records, c.messages)
			if err != nil {
				t.Fatal(err)
			}
			if r.Seq() != c.seq || r.Deleted() != c.deleted || r.Exists() == c.deleted || !r.Persistent() || !r.Empty() {
				t.Errorf("got seq %d, deleted %v, exists %v, persistent %v, empty %v",
					r.Seq(), r.Deleted(), r.Exists(), r.Persistent(), r.Empty())
			}
			if c.deleted && len(r.history.messages) > 0 {
				t.Error("a tombstone holds messages")
			}
		})
	}
}

func TestRestoreRefuses(t *testing.T) {
	newer := func(text string) string { return strings.Replace(text, `"v":1`, `"v":2`, 1) }
	for name, c := range map[string]struct {
		snapshot          string
		records, messages []string
		want              string
	}{
		"no snapshot":         {"", nil, nil, "decode snapshot"},
		"garbage":             {"\x00", nil, nil, "decode snapshot"},
		"newer snapshot":      {newer(goodSnapshot), nil, nil, "snapshot has version 2, this program reads 1"},
		"no version":          {`{}`, nil, nil, "snapshot has version 0"},
		"ephemeral":           {`{"v":1,"settings":{"name":"R"}}`, nil, nil, "only persistent rooms"},
		"garbage record":      {goodSnapshot, []string{"["}, nil, "decode record"},
		"newer record":        {goodSnapshot, []string{newer(goodRecord)}, nil, "record has version 2"},
		"unknown record":      {goodSnapshot, []string{`{"v":1,"muted":{}}`}, nil, "no event that this program knows"},
		"record after end":    {goodSnapshot, []string{endRecord, goodRecord}, nil, "after the room's end"},
		"record on tombstone": {tombstone, []string{`{"v":1,"memberAdded":{}}`}, nil, "after the room's end"},
		"garbage message":     {goodSnapshot, nil, []string{"{"}, "decode message"},
		"newer message":       {goodSnapshot, nil, []string{newer(goodMessage(1))}, "message has version 2"},
		"no seq":              {goodSnapshot, nil, []string{`{"v":1}`}, "without a seq"},
		"gap in messages":     {goodSnapshot, nil, []string{goodMessage(1), goodMessage(3)}, "message 3 after message 1"},
		"message twice":       {goodSnapshot, nil, []string{goodMessage(2), goodMessage(2)}, "message 2 after message 2"},
		"messages backwards":  {goodSnapshot, nil, []string{goodMessage(2), goodMessage(1)}, "message 1 after message 2"},
		"messages are lost":   {goodSnapshot, nil, []string{goodMessage(1)}, "messages end at 1, but the snapshot knows of 2"},
		"bad attachment":      {goodSnapshot, nil, []string{`{"v":1,"seq":3,"attachments":["[]"]}`}, "no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := restoreTexts(c.snapshot, c.records, c.messages)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestOrigin: what can be kept of an ephemeral room that has failed is what
// it was created as, under another epoch.
func TestOrigin(t *testing.T) {
	s := newScript()
	for _, line := range []string{`anna/1 create private maxUsers=2 password=leaf`, `anna/1 send "hello"`} {
		if _, err := s.run(line); err != nil {
			t.Fatal(err)
		}
	}
	reborn := New("tea")
	later := scriptStart.Add(time.Minute)
	reborn.Apply(s.room.Origin("e2", later))
	for _, j := range s.room.Connections() {
		reborn.Apply(j)
	}
	want := s.room.Info()
	want.CreatedAt, want.LastActivity = later, later
	if got := reborn.Info(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if reborn.Epoch() != "e2" || reborn.Seq() != 0 {
		t.Errorf("at %s/%d, want e2/0", reborn.Epoch(), reborn.Seq())
	}
}
