package engineio

import (
	"runtime"
	"sync"
	"time"
)

// A pace slows down a client that sends more packets than Config's
// PacketsPerSecondMax in the long run: its reader waits, so that the kernel's
// buffers fill and the client does, too. A flood of packets then costs no more
// than the work of that many, whatever they are: pings, pongs, fragments that
// never become a message, commands that are refused. About a second's packets
// may come at once. A large packet counts as several: see [packetCost].
//
// It belongs to the goroutine that reads. The zero pace never waits.
type pace struct {
	windowPackets int // 0: no limit
	window        time.Duration
	shared        *sharedPace     // nil: none
	done          <-chan struct{} // closed when nobody has to wait any more

	count int       // in this window
	began time.Time // the window
	owed  int       // to shared
	turn  int       // packets since others had the processor
}

// newPace returns the pace of so many packets a second; none if not positive.
func newPace(packetsPerSecond int, shared *sharedPace, done <-chan struct{}) pace {
	if packetsPerSecond <= 0 {
		return pace{shared: shared}
	}
	return pace{
		windowPackets: max(1, packetsPerSecond/2), window: time.Second / time.Duration(min(2, packetsPerSecond)),
		shared: shared, done: done,
	}
}

// packetCost is what a packet of that many bytes counts as: one, and one more for
// as many bytes as take as long to check.
func packetCost(bytes int64) int { return int(1 + bytes/paceBlockBytes) }

// step counts packets that are about to be read, and waits out the rest of a
// window that was used up before its time. The clock is read once a window, so
// that a packet costs an addition.
func (p *pace) step(cost int) {
	if p.turn += cost; p.turn >= turnPackets {
		p.turn = 0
		runtime.Gosched()
	}
	if p.shared != nil {
		if p.owed += cost; p.owed >= sharedStepPackets {
			p.shared.pay(p.owed)
			p.owed = 0
		}
	}
	if p.windowPackets == 0 {
		return
	}
	if p.count += cost; p.count < p.windowPackets {
		return
	}
	windows := p.count / p.windowPackets
	now := time.Now()
	if wait := time.Duration(windows)*p.window - now.Sub(p.began); wait > 0 && !p.began.IsZero() {
		pause(wait, p.done)
		now = now.Add(wait)
	}
	p.count, p.began = p.count%p.windowPackets, now
}

// A sharedPace is what all clients of one address have together: each keeps
// within its own pace, but many could still take all that the server can do. A
// reader pays in advance for several packets, and waits its turn, so that they
// don't meet at one lock. It is safe for concurrent use.
type sharedPace struct {
	// static after construction
	each time.Duration   // a packet's time
	done <-chan struct{} // closed when nobody has to wait any more

	mu   sync.Mutex
	free time.Time // guarded by mu: when all that was paid for has had its time
}

// newSharedPace returns the pace of so many packets a second; none if not positive.
func newSharedPace(packetsPerSecond int, done <-chan struct{}) *sharedPace {
	if packetsPerSecond <= 0 {
		return nil
	}
	each := max(1, time.Second/time.Duration(packetsPerSecond))
	return &sharedPace{each: each, done: done}
}

// reserve returns how long to wait before that many packets are read.
func (s *sharedPace) reserve(packets int, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if earliest := now.Add(-sharedBurst); s.free.Before(earliest) {
		s.free = earliest
	}
	s.free = s.free.Add(time.Duration(packets) * s.each)
	return s.free.Sub(now)
}

// pay waits until that many packets may be read.
func (s *sharedPace) pay(packets int) {
	if s == nil {
		return
	}
	if wait := s.reserve(packets, time.Now()); wait > 0 {
		pause(wait, s.done)
	}
}

// owed is how long it takes until it is as if nothing had been paid for.
func (s *sharedPace) owed(now time.Time) time.Duration {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.free.Add(sharedBurst).Sub(now)
}

// pause waits so long, but no longer than until done is closed.
func pause(d time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-done:
	}
}
