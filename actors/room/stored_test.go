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
	data, err := EncodeEntry(Entry{Message: &m})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := newRoomWithTraffic(t).Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	snapshot = []byte(strings.Replace(string(snapshot), `"seq":3`, `"seq":0`, 1))
	r, err := Restore("tea", snapshot, nil, [][]byte{data})
	if err != nil {
		t.Fatal(err)
	}
	return *r.history.entries[0].Message
}

// TestStoredForm shows what is on disk, so that a change of the form is seen.
func TestStoredForm(t *testing.T) {
	message := testMessage(7)
	message.Attachments = []json.RawMessage{json.RawMessage(`{"<": 1}`)}
	anna, at := User{"anna", "Anna"}, scriptStart.Add(1500*time.Millisecond)
	edit := Change{Seq: 8, MessageID: "e1-7", MessageSeq: 7, Text: "a", Attachments: message.Attachments, By: anna, At: at}
	deletion := Change{Seq: 9, MessageID: "e1-7", MessageSeq: 7, Deleted: true, By: anna, At: at}
	for want, e := range map[string]Entry{
		`{"v":1,"id":"e1-7","seq":7,"sender":{"id":"anna","name":"Anna"},"text":"hello","at":"2026-01-01T00:00:00Z",` +
			`"clientId":"c1","attachments":["{\"<\": 1}"]}`: {Message: &message},
		`{"v":1,"id":"e1-7","seq":7,"sender":{"id":"anna","name":"Anna"},"text":"a","at":"2026-01-01T00:00:00Z",` +
			`"clientId":"c1","editedAt":"2026-01-01T00:00:01.5Z","changed":8,"attachments":["{\"<\": 1}"]}`: {Message: new(edit.of(message))},
		`{"v":1,"id":"e1-7","seq":7,"sender":{"id":"anna","name":"Anna"},"text":"","at":"2026-01-01T00:00:00Z",` +
			`"clientId":"c1","deletedAt":"2026-01-01T00:00:01.5Z","changed":9}`: {Message: new(deletion.of(message))},
		`{"v":1,"seq":8,"messageId":"e1-7","messageSeq":7,"text":"a","by":{"id":"anna","name":"Anna"},` +
			`"at":"2026-01-01T00:00:01.5Z","attachments":["{\"<\": 1}"]}`: {Change: &edit},
		`{"v":1,"seq":9,"messageId":"e1-7","messageSeq":7,"deleted":true,"by":{"id":"anna","name":"Anna"},` +
			`"at":"2026-01-01T00:00:01.5Z"}`: {Change: &deletion},
	} {
		if got, err := EncodeEntry(e); err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
	}
}

func TestStoredSnapshot(t *testing.T) {
	const want = `{"v":1,"settings":{"name":"Tea","persistent":true},` +
		`"creator":{"id":"anna","name":"Anna"},"createdAt":"2026-01-01T00:00:00Z","epoch":"e1","seq":3,"messages":2,"newest":2,` +
		`"activity":"2026-01-01T00:00:00Z","members":{` +
		`"anna":{"name":"Anna","since":"2026-01-01T00:00:00Z","reading":{"mark":2,"from":0,"sent":1,"others":1}},` +
		`"bob":{"name":"Bob","since":"2026-01-01T00:00:00Z","reading":{"mark":0,"from":0,"sent":1,"others":0}}},` +
		`"moderation":{"moderators":{"bob":{"id":"anna","name":"Anna"}},` +
		`"banned":{"cleo":{"by":{"id":"anna","name":"Anna"},"at":"2026-01-01T00:00:00Z",` +
		`"until":"2026-01-01T01:00:00Z","reason":"noise"}},` +
		`"muted":{"bob":{"by":{"id":"anna","name":"Anna"},"at":"2026-01-01T00:00:00Z"}}},` +
		`"invited":{"dora":{"by":{"id":"anna","name":"Anna"},"at":"2026-01-01T00:00:00Z"}}}`
	data, err := newRoomWithTraffic(t).Snapshot()
	if err != nil || string(data) != want {
		t.Errorf("got  %s, %v\nwant %s", data, err, want)
	}
	if seq, err := SnapshotSeq(data); err != nil || seq != 3 {
		t.Errorf("its seq is %d, %v", seq, err)
	}
	if _, err := SnapshotSeq([]byte("{")); err == nil {
		t.Error("garbage has a seq")
	}
}

func TestStoredRecords(t *testing.T) {
	anna, at := User{"anna", "Anna"}, scriptStart
	sanction := Sanction{By: anna, At: at, Until: at.Add(time.Hour), Reason: "noise"}
	for want, e := range map[string]Stored{
		`"memberAdded":{"user":{"id":"bob","name":"<Bob>"},"at":"2026-01-01T00:00:00Z","reading":{"mark":5,"from":5,"others":4}}`: MemberAdded{User{"bob", "<Bob>"}, at, Reading{Mark: 5, From: 5, Others: 4}},
		`"memberRemoved":{"userId":"bob"}`: MemberRemoved{"bob"},
		`"roomUpdated":{"settings":{"name":"R","private":true,"passwordHash":"h","persistent":true}}`: RoomUpdated{
			Settings: Settings{Name: "R", Private: true, PasswordHash: "h", Persistent: true}, Room: Info{Users: []string{"anna"}}},
		`"invited":{"userId":"bob","by":{"id":"anna","name":"Anna"},"at":"2026-01-01T00:00:00Z"}`: Invited{"bob", anna, at, "R"},
		`"invitationEnded":{"userId":"bob"}`:                                                      InvitationEnded{"bob"},
		`"userBanned":{"user":{"id":"bob","name":"Bob"},"sanction":{"by":{"id":"anna","name":"Anna"},` +
			`"at":"2026-01-01T00:00:00Z","until":"2026-01-01T01:00:00Z","reason":"noise"}}`: UserBanned{User{"bob", "Bob"}, sanction},
		`"userUnbanned":{"userId":"bob","by":{"id":"anna","name":"Anna"}}`: UserUnbanned{"bob", anna},
		`"userMuted":{"userId":"bob","sanction":{"by":{"id":"anna","name":"Anna"},"at":"2026-01-01T00:00:00Z"}}`: UserMuted{
			"bob", Sanction{By: anna, At: at}},
		`"userUnmuted":{"userId":"bob","by":{"id":"anna","name":"Anna"}}`:                    UserUnmuted{"bob", anna},
		`"roleChanged":{"userId":"bob","role":"moderator","by":{"id":"anna","name":"Anna"}}`: RoleChanged{"bob", RoleModerator, anna},
		`"runBegan":{}`: RunBegan{}, `"runEnded":{}`: RunEnded{},
		`"epochBegan":{"epoch":"e2"}`:                            EpochBegan{"e2"},
		`"markMoved":{"userId":"bob","mark":5,"others":3}`:       MarkMoved{"bob", 5, 3, 1, "bob/1"},
		`"removed":{"at":"2026-01-01T00:00:00Z","reason":"why"}`: Removed{at, "why"},
	} {
		data, err := EncodeRecord(e)
		if err != nil || string(data) != `{"v":1,`+want+`}` {
			t.Errorf("got  %s, %v\nwant %s", data, err, want)
		}
		if err := checkCodec(e); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsNotStored(t *testing.T) {
	for _, e := range []Stored{Created{}, MessageSent{}, MessageChanged{}} {
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
	freshSnapshot = `{"v":1,"settings":{"name":"R","persistent":true},"epoch":"e1","seq":0}`
	goodSnapshot  = `{"v":1,"settings":{"name":"R","persistent":true},"epoch":"e1","seq":2}`
	tombstone     = `{"v":1,"deleted":true,"settings":{"name":"","persistent":true}}`
	goodRecord    = `{"v":1,"memberRemoved":{"userId":"bob"}}`
	endRecord     = `{"v":1,"removed":{"at":"2026-01-01T00:00:00Z"}}`
)

func goodMessage(seq int) string { return fmt.Sprintf(`{"v":1,"seq":%d,"text":"a"}`, seq) }

func goodChange(seq int) string {
	return fmt.Sprintf(`{"v":1,"seq":%d,"messageSeq":1,"text":"a"}`, seq)
}

func restoreTexts(snapshot string, records, entries []string) (*Room, error) {
	return Restore("r", []byte(snapshot), asBytes(records), asBytes(entries))
}

func asBytes(texts []string) (data [][]byte) {
	for _, text := range texts {
		data = append(data, []byte(text))
	}
	return data
}

func TestRestore(t *testing.T) {
	for name, c := range map[string]struct {
		snapshot         string
		records, entries []string
		seq              uint64
		deleted          bool
	}{
		"no entries":              {snapshot: freshSnapshot, seq: 0},
		"entries to the snapshot": {snapshot: goodSnapshot, entries: []string{goodMessage(1), goodMessage(2)}, seq: 2},
		"the newest only":         {snapshot: goodSnapshot, entries: []string{goodMessage(2)}, seq: 2},
		"entries beyond it":       {snapshot: goodSnapshot, entries: []string{goodMessage(2), goodMessage(3)}, seq: 3},
		"all entries beyond it":   {snapshot: goodSnapshot, entries: []string{goodMessage(3), goodMessage(4)}, seq: 4},
		"a change":                {snapshot: goodSnapshot, entries: []string{goodMessage(2), goodChange(3)}, seq: 3},
		"tombstone":               {snapshot: tombstone, deleted: true},
		"tombstone, entries":      {snapshot: tombstone, entries: []string{goodMessage(1)}, deleted: true},
		"removed":                 {snapshot: goodSnapshot, records: []string{goodRecord, endRecord}, entries: []string{goodMessage(1)}, deleted: true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := restoreTexts(c.snapshot, c.records, c.entries)
			if err != nil {
				t.Fatal(err)
			}
			if r.Seq() != c.seq || r.Deleted() != c.deleted || r.Exists() == c.deleted || !r.Persistent() || !r.Empty() {
				t.Errorf("got seq %d, deleted %v, exists %v, persistent %v, empty %v",
					r.Seq(), r.Deleted(), r.Exists(), r.Persistent(), r.Empty())
			}
			if c.deleted && len(r.history.entries) > 0 {
				t.Error("a tombstone holds messages")
			}
		})
	}
}

func TestRestoreRefuses(t *testing.T) {
	newer := func(text string) string { return strings.Replace(text, `"v":1`, `"v":2`, 1) }
	for name, c := range map[string]struct {
		snapshot         string
		records, entries []string
		want             string
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
		"garbage entry":       {goodSnapshot, nil, []string{"{"}, "decode entry"},
		"newer entry":         {goodSnapshot, nil, []string{newer(goodMessage(1))}, "entry has version 2"},
		"no seq":              {goodSnapshot, nil, []string{`{"v":1}`}, "without a seq"},
		"gap in entries":      {goodSnapshot, nil, []string{goodMessage(1), goodMessage(3)}, "entry 3 after entry 1"},
		"entry twice":         {goodSnapshot, nil, []string{goodMessage(2), goodChange(2)}, "entry 2 after entry 2"},
		"entries backwards":   {goodSnapshot, nil, []string{goodMessage(2), goodMessage(1)}, "entry 1 after entry 2"},
		"entries are lost":    {goodSnapshot, nil, []string{goodMessage(1)}, "entries end at 1, but the snapshot knows of 2"},
		"all are lost":        {goodSnapshot, nil, nil, "entries end at 0, but the snapshot knows of 2"},
		"gap after snapshot":  {goodSnapshot, nil, []string{goodMessage(4)}, "entry 4 after seq 2"},
		"bad attachment":      {goodSnapshot, nil, []string{`{"v":1,"seq":3,"attachments":["[]"]}`}, "no JSON object"},
		"bad in a change":     {goodSnapshot, nil, []string{`{"v":1,"seq":3,"messageSeq":1,"attachments":["[]"]}`}, "no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := restoreTexts(c.snapshot, c.records, c.entries)
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
