package room

import (
	"fmt"
	"testing"
)

// hosted is a room with what is stored of it.
type hosted struct {
	*Room
	disk disk
}

// host decides a request, reads for it, stores and applies. What is kept is
// trimmed up to this seq after the first page.
func (h *hosted) host(t *testing.T, q Request, trimmed uint64) Decision {
	t.Helper()
	for range 100 {
		d := h.Decide(q)
		if d.Fetch == nil {
			if err := h.disk.store(h.Room, d.Events); err != nil {
				t.Fatal(err)
			}
			for _, e := range d.Events {
				h.Apply(e)
			}
			return d
		}
		entries, err := h.disk.read(*d.Fetch)
		if err != nil {
			t.Fatal(err)
		}
		q.Command = WithPage(q.Command, Page{Fetch: *d.Fetch, Entries: entries})
		if err := h.disk.trim(trimmed); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("%+v asks on and on", q.Command)
	return Decision{}
}

// newHosted is a room of 750 records, of which the last 300 are in memory: the
// creator's 1 to 100, 151 to 250 and 351 to 750, anna's 101 to 150 and 301 to 350,
// and edits 251 to 300. anna is a member from the beginning.
func newHosted(t *testing.T) *hosted {
	h := &hosted{Room: New("r")}
	h.host(t, requestOf("creator", 1, Create{Settings: Settings{Name: "R", Persistent: true}}), 0)
	h.host(t, requestOf("anna", 1, Join{}), 0)
	for _, run := range []struct {
		user    string
		command Command
		times   int
	}{
		{"creator", Send{Text: "a"}, 100}, {"anna", Send{Text: "b"}, 50}, {"creator", Send{Text: "a"}, 100},
		{"creator", EditMessage{MessageID: "e1-250", Text: "c"}, 50}, {"anna", Send{Text: "b"}, 50}, {"creator", Send{Text: "a"}, 400},
	} {
		for range run.times {
			h.host(t, requestOf(run.user, 1, run.command), 0)
		}
	}
	if err := h.disk.compact(h.Room); err != nil {
		t.Fatal(err)
	}
	return h
}

// TestMarkOverTrimmed wants exactly the others' messages unread that are kept behind a
// mark, whatever is kept no more, and edits and messages of one's own not among
// them; and the same after a restart.
func TestMarkOverTrimmed(t *testing.T) {
	for _, c := range []struct {
		mark, trimmed uint64
		meanwhile     bool // trimmed while it is read
		at, unread    uint64
	}{
		{mark: 120, at: 120, unread: 500},
		{mark: 350, at: 350, unread: 400},
		{mark: 440, at: 440, unread: 310},
		{mark: 120, trimmed: 60, at: 120, unread: 500},
		{mark: 260, trimmed: 60, at: 260, unread: 400},
		{mark: 260, trimmed: 200, at: 260, unread: 400},
		{mark: 440, trimmed: 400, at: 440, unread: 310},
		{mark: 740, trimmed: 400, at: 740, unread: 10},
		{mark: 999, trimmed: 400, at: 750, unread: 0},
		{mark: 40, trimmed: 60, at: 60, unread: 540}, // one that is kept no more
		{mark: 60, trimmed: 60, at: 60, unread: 540},
		{mark: 180, trimmed: 200, at: 200, unread: 450},
		{mark: 430, trimmed: 450, at: 450, unread: 300},
		{mark: 320, trimmed: 310, meanwhile: true, at: 320, unread: 400},
		{mark: 305, trimmed: 310, meanwhile: true, at: 310, unread: 400},
		{mark: 400, trimmed: 440, meanwhile: true, at: 400, unread: 350}, // it was read before
	} {
		t.Run(fmt.Sprintf("%d, gone to %d, meanwhile %v", c.mark, c.trimmed, c.meanwhile), func(t *testing.T) {
			h := newHosted(t)
			if !c.meanwhile {
				if err := h.disk.trim(c.trimmed); err != nil {
					t.Fatal(err)
				}
			}
			h.host(t, requestOf("anna", 1, MarkRead{Seq: c.mark}), c.trimmed)
			back := h.host(t, requestOf("anna", 1, MarkRead{Seq: c.at - 1}), 0)
			restored, err := h.disk.load("r")
			if err != nil {
				t.Fatal(err)
			}
			want := ReadReply{Unread: c.unread, Member: true}
			for who, got := range map[string]Reply{
				"marked, then back": back.Reply,
				"glanced at":        h.Decide(requestOf("anna", 1, Glance{})).Reply,
				"restored":          restored.Decide(requestOf("anna", 1, Glance{})).Reply,
			} {
				if got != want {
					t.Errorf("%s: got %+v, want %+v", who, got, want)
				}
			}
			if reading, _ := restored.reading("anna"); reading.Mark != c.at {
				t.Errorf("the mark is at %d, want %d", reading.Mark, c.at)
			}
		})
	}
}

// TestUnreadOfDeleted: what was taken back is unread still, so that no count goes
// down without a mark.
func TestUnreadOfDeleted(t *testing.T) {
	h := newHosted(t)
	glance := requestOf("anna", 1, Glance{})
	before := h.host(t, glance, 0).Reply
	for _, id := range []string{"e1-1", "e1-700"} {
		wantReply(t, h.host(t, requestOf("creator", 1, DeleteMessage{MessageID: id}), 0), "")
	}
	if after := h.host(t, glance, 0).Reply; after != before {
		t.Errorf("%+v unread, then %+v", before, after)
	}
}
