package actors

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// invoked notes what a mailbox has its actor handle, and never two at a time.
type invoked struct {
	mailbox *mailbox
	handles func(message any) // nil: nothing

	busy sync.Mutex
	mu   sync.Mutex
	seen []any
}

func newInvoked(handles func(message any)) *invoked {
	i := &invoked{handles: handles}
	none := &workers{closed: true} // none stays
	i.mailbox = none.mailboxes(nil)().(*mailbox)
	i.mailbox.RegisterHandlers(i, nil)
	i.mailbox.Start()
	return i
}

func (i *invoked) note(message any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen = append(i.seen, message)
}

func (i *invoked) InvokeSystemMessage(message any) { i.note(message) }
func (i *invoked) EscalateFailure(reason, message any) {
	i.note(fmt.Sprint(message, " failed: ", reason))
	i.mailbox.PostSystemMessage(&actor.SuspendMailbox{})
}

func (i *invoked) InvokeUserMessage(message any) {
	if !i.busy.TryLock() {
		i.note("two at a time")
		return
	}
	defer i.busy.Unlock()
	i.note(message)
	if i.handles != nil {
		i.handles(message)
	}
}

func (i *invoked) want(t *testing.T, want ...any) {
	t.Helper()
	synctest.Wait()
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Equal(i.seen, want) {
		t.Errorf("got %v, want %v", i.seen, want)
	}
}

// TestMailboxOfOneThatFails wants system messages first, and nothing else from a
// failure on until the supervisor has the actor go on.
func TestMailboxOfOneThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := make(chan struct{})
		i := newInvoked(func(message any) {
			switch message {
			case "first":
				<-begin
			case "bad":
				panic("oops")
			}
		})
		i.mailbox.PostUserMessage("first")
		synctest.Wait()
		i.mailbox.PostUserMessage("bad")
		i.mailbox.PostUserMessage("behind")
		i.mailbox.PostSystemMessage("system")
		synctest.Wait()
		if got := i.mailbox.UserMessageCount(); got != 2 {
			t.Errorf("%d messages wait, want 2", got)
		}
		close(begin)
		i.want(t, "first", "system", "bad", "bad failed: oops")
		i.mailbox.PostUserMessage("late")
		i.mailbox.PostSystemMessage("stop?")
		i.want(t, "first", "system", "bad", "bad failed: oops", "stop?")
		i.mailbox.PostSystemMessage(&actor.ResumeMailbox{})
		i.want(t, "first", "system", "bad", "bad failed: oops", "stop?", "behind", "late")
	})
}

// TestMailboxOrder has many send at once: each sender's messages are handled in
// order, one at a time, none is lost, and an empty mailbox keeps no memory.
func TestMailboxOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const senders, each = 8, 2 * messagesInTurnMax
		next := make([]int, senders)
		i := newInvoked(func(message any) {
			m := message.([2]int)
			if next[m[0]] != m[1] {
				t.Errorf("sender %d: message %d, want %d", m[0], m[1], next[m[0]])
			}
			next[m[0]]++
		})
		var all sync.WaitGroup
		for sender := range senders {
			all.Go(func() {
				for n := range each {
					i.mailbox.PostUserMessage([2]int{sender, n})
				}
			})
		}
		all.Wait()
		synctest.Wait()
		for sender, n := range next {
			if n != each {
				t.Errorf("sender %d: %d messages, want %d", sender, n, each)
			}
		}
		if m := i.mailbox; m.waiting != nil || m.running {
			t.Errorf("an empty mailbox keeps %+v, running: %v", m.waiting, m.running)
		}
	})
}
