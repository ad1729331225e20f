package actors

import (
	"math/rand/v2"
	"testing"
)

// TestQueue has a queue that is seldom empty keep the order, and no more space than
// for twice what has waited at one time.
func TestQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var q queue
	added, taken, most := 0, 0, 0
	for range 10_000 {
		for range random.IntN(20) {
			q.add(added)
			added++
		}
		most = max(most, q.count())
		for range random.IntN(20) {
			if q.count() == 0 {
				break
			}
			if got := q.first(); got != taken {
				t.Fatalf("got %v, want %d", got, taken)
			}
			taken++
		}
	}
	if got := q.count(); got != added-taken {
		t.Errorf("%d wait, want %d", got, added-taken)
	}
	if cap(q.messages) > 4*most {
		t.Errorf("space for %d messages, of which %d have waited at most", cap(q.messages), most)
	}
	for _, m := range q.messages[:q.taken] {
		if m != nil {
			t.Fatal("it keeps a message that is gone")
		}
	}
}

// TestQueuesKept wants a queue that was long not to be kept.
func TestQueuesKept(t *testing.T) {
	long := new(waiting)
	for i := range queueKeptMax + 1 {
		long.user.add(i)
	}
	for long.user.count() > 0 {
		long.user.first()
	}
	long.release()
	for range 100 {
		if queues.Get().(*waiting) == long {
			t.Fatal("it is kept")
		}
	}
}
