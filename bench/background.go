package bench

import (
	"context"
	"net"
	"sync"
)

// background is the connections that are asked for where nobody can wait: on
// the loop's goroutine, or while messages are due.
type background struct {
	ctx     context.Context
	cancel  context.CancelFunc
	dialing sync.WaitGroup
}

func newBackground() background {
	ctx, cancel := context.WithCancel(context.Background())
	return background{ctx: ctx, cancel: cancel}
}

// dial connects and hands the outcome over, on a goroutine of its own. It is
// not to be called once stopDialing has been.
func (b *background) dial(address string, connected func(net.Conn, error)) {
	b.dialing.Go(func() {
		ctx, cancel := context.WithTimeout(b.ctx, connectTimeout)
		defer cancel()
		connected(dial(ctx, "tcp", address))
	})
}

// stopDialing returns when every outcome has been handed over.
func (b *background) stopDialing() {
	b.cancel()
	b.dialing.Wait()
}
