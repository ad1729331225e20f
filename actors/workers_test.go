package actors

import (
	"sync"
	"testing"
	"testing/synctest"

	"github.com/asynkron/protoactor-go/actor"
)

// gate is an actor that waits in each message until it is let go on.
type gate struct {
	in sync.WaitGroup
	on chan struct{}
}

func (g *gate) InvokeUserMessage(any) {
	g.in.Done()
	<-g.on
}

func (*gate) InvokeSystemMessage(any)  {}
func (*gate) EscalateFailure(_, _ any) {}

// As many mailboxes as there are get a worker each, of which few stay, and none
// when the workers are closed.
func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p workers
		const mailboxes = 2 * idleWorkersMax
		waiting := func() int {
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.idle)
		}
		round := func() {
			g := &gate{on: make(chan struct{})}
			g.in.Add(mailboxes)
			for range mailboxes {
				m := p.mailboxes(nil)()
				m.RegisterHandlers(g, nil)
				m.PostUserMessage("wait")
			}
			g.in.Wait() // all at the same time
			close(g.on)
			synctest.Wait()
		}
		for range 3 {
			round()
			if n := waiting(); n != idleWorkersMax {
				t.Fatalf("%d workers wait, want %d", n, idleWorkersMax)
			}
		}
		p.close()
		round() // what comes too late is handled all the same
		if n := waiting(); n != 0 {
			t.Errorf("%d workers are left", n)
		}
	})
}

var _ actor.MessageInvoker = (*gate)(nil)
