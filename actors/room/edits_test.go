package room

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPageOverChanges wants a page of history before a long run of changes found
// without reading the run, also where older changes don't say what is before
// them.
func TestPageOverChanges(t *testing.T) {
	const changes = 5_000
	for _, c := range []struct {
		old        int // changes that don't say
		fetchesMax int
	}{{0, 3}, {changes, changes/fetchMax + 3}, {600, 6}} {
		t.Run(fmt.Sprintf("%d old ones", c.old), func(t *testing.T) {
			r := New("r")
			r.Apply(Created{Settings: Settings{Persistent: true}, Epoch: "e"})
			u := User{ID: "u", Name: "U"}
			r.Apply(MemberAdded{User: u})
			var stored []Entry
			for i := range 3 {
				m := Message{ID: fmt.Sprint("e-", i+1), Seq: uint64(i + 1), Sender: u, Text: "hello"}
				r.Apply(MessageSent{Message: m})
				stored = append(stored, Entry{Message: &m})
			}
			for i := range changes {
				change := r.change(Request{From: u}, *stored[2].Message)
				if i < c.old {
					change.Newest = 0
				}
				r.Apply(MessageChanged{Change: change, Message: change.of(*stored[2].Message)})
				stored = append(stored, Entry{Change: &change})
			}
			var command Command = GetHistory{Limit: 2}
			fetches := 0
			for {
				d := r.Decide(Request{From: u, Command: command})
				if d.Fetch == nil {
					reply := d.Reply.(HistoryReply)
					if len(reply.Messages) != 2 || reply.Messages[1].Seq != 3 || !reply.HasMore {
						t.Errorf("got %+v", reply)
					}
					break
				}
				fetches++
				to := int(d.Fetch.Before) - 1
				command = WithPage(command, Page{Fetch: *d.Fetch, Entries: stored[max(0, to-d.Fetch.Limit):to]})
			}
			if fetches > c.fetchesMax {
				t.Errorf("read %d pages, want %d at most", fetches, c.fetchesMax)
			}
		})
	}
}

// longRun is a room with what is stored of it: as many messages, or edits of the
// newest one, as each step says.
func longRun(steps ...int) (*Room, []Entry) {
	r := New("r")
	r.Apply(Created{Settings: Settings{Persistent: true}, Epoch: "e"})
	u := User{ID: "u", Name: "U"}
	r.Apply(MemberAdded{User: u})
	var stored []Entry
	for i, count := range steps {
		for range count {
			if edits := i%2 == 1; !edits {
				m := Message{ID: fmt.Sprint("e-", r.Seq()+1), Seq: r.Seq() + 1, Sender: u, Text: "hello"}
				r.Apply(MessageSent{Message: m})
				stored = append(stored, Entry{Message: &m})
				continue
			}
			newest := stored[r.newest-1].Message
			change := r.change(Request{From: u}, *newest)
			r.Apply(MessageChanged{Change: change, Message: change.of(*newest)})
			stored = append(stored, Entry{Change: &change})
		}
	}
	return r, stored
}

// readAfter asks for a page and reads what it takes, and returns its messages' seqs
// and how often it has read.
func readAfter(t *testing.T, r *Room, stored []Entry, after uint64, limit int) (reply HistoryReply, fetches int) {
	t.Helper()
	var command Command = GetHistory{After: after, HasAfter: true, Limit: limit}
	for ; ; fetches++ {
		d := r.Decide(Request{From: User{ID: "u"}, Command: command})
		if d.Fetch == nil {
			return d.Reply.(HistoryReply), fetches
		}
		if fetches > len(stored) {
			t.Fatalf("asks for %+v on and on", *d.Fetch)
		}
		page := Page{Fetch: *d.Fetch}
		for _, e := range stored {
			if e.Seq() > d.Fetch.After && len(page.Entries) < d.Fetch.Limit {
				page.Entries = append(page.Entries, e)
			}
		}
		command = WithPage(command, page)
	}
}

// TestPageBehindChanges wants a page of history behind a long run of changes found
// without reading the run.
func TestPageBehindChanges(t *testing.T) {
	const changes = 20_000
	for _, c := range []struct {
		name    string
		steps   []int
		fetches int // at most
	}{
		{"at the end", []int{3, changes}, 0},
		{"in the middle", []int{3, changes, 2, 400}, 12},
		{"long before the end", []int{3, changes, 2000}, 12},
		{"two", []int{3, changes, 1, changes, 5, 400}, 24},
		{"short ones", []int{3, 250, 1, 250, 1, 250, 1, 400}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, stored := longRun(c.steps...)
			var want []uint64
			for _, e := range stored {
				if e.Message != nil && e.Seq() > 3 && len(want) < 2 {
					want = append(want, e.Seq())
				}
			}
			reply, fetches := readAfter(t, r, stored, 3, 2)
			if got := seqsOf(reply.Messages); !slices.Equal(got, want) {
				t.Errorf("got %d, want %d", got, want)
			}
			if fetches > c.fetches {
				t.Errorf("has read %d times, want %d at most", fetches, c.fetches)
			}
		})
	}
}

func seqsOf(messages []Message) []uint64 {
	var seqs []uint64
	for _, m := range messages {
		seqs = append(seqs, m.Seq)
	}
	return seqs
}

// TestPagesOverRuns walks through rooms of random runs, of which the beginning may
// be gone, and older changes don't say what is before them.
func TestPagesOverRuns(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		var steps []int
		for range 2 + random.IntN(6) {
			steps = append(steps, 1+random.IntN(4), 1<<random.IntN(12))
		}
		r, stored := longRun(steps...)
		if random.IntN(3) == 0 { // written by an older version
			for _, e := range stored[:random.IntN(len(stored))] {
				if e.Change != nil {
					e.Change.Newest = 0
				}
			}
		}
		if gone := len(stored) - historyEntriesMax; gone > 0 && random.IntN(3) == 0 {
			stored = stored[random.IntN(gone):]
		}
		after, limit := uint64(random.IntN(int(r.Seq()))), 1+random.IntN(5)
		var want, got []uint64
		for _, e := range stored {
			if e.Message != nil && e.Seq() > after {
				want = append(want, e.Seq())
			}
		}
		for more := true; more; {
			reply, _ := readAfter(t, r, stored, after, limit)
			got, more = append(got, seqsOf(reply.Messages)...), reply.HasMore
			if more {
				after = got[len(got)-1]
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got %d, want %d", seed, got, want)
		}
	}
}
