package room

import (
	"fmt"
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
