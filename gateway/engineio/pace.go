package engineio

import (
	"runtime"
	"sync"
	"sync/atomic"
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
	pacing *pacing     // nil: no limit
	shared *sharedPace // nil: none

	began time.Duration // the window, on the pacing's clock; 0: none has begun
	count int32         // in this window
	owed  int32         // to shared
	turn  int32         // packets since others had the processor
}

// pacing is what the paces of a server have in common.
type pacing struct {
	begin         time.Time // the clock's zero, before any window
	windowPackets int
	window        time.Duration
	done          <-chan struct{} // closed when nobody has to wait any more
}

// newPacing returns that of so many packets a second; none if not positive.
func newPacing(packetsPerSecond int, done <-chan struct{}) *pacing {
	if packetsPerSecond <= 0 {
		return nil
	}
	return &pacing{
		begin:         time.Now().Add(-time.Nanosecond),
		windowPackets: max(1, packetsPerSecond/2),
		window:        time.Second / time.Duration(min(2, packetsPerSecond)),
		done:          done,
	}
}

func newPace(pacing *pacing, shared *sharedPace) pace { return pace{pacing: pacing, shared: shared} }

// packetCost is what a packet of that many bytes counts as: one, and one more for
// as many bytes as take as long to check.
func packetCost(bytes int64) int { return int(1 + bytes/paceBlockBytes) }

// step counts packets that are about to be read, and waits out the rest of a
// window that was used up before its time. The clock is read once a window, so
// that a packet costs an addition.
func (p *pace) step(cost int) {
	if p.turn += int32(cost); p.turn >= turnPackets {
		p.turn = 0
		runtime.Gosched()
	}
	if p.shared != nil {
		if p.owed += int32(cost); p.owed >= sharedStepPackets {
			p.shared.pay(int(p.owed))
			p.owed = 0
		}
	}
	if p.pacing == nil {
		return
	}
	if p.count += int32(cost); int(p.count) >= p.pacing.windowPackets {
		p.endWindow(int(p.count))
	}
}

// endWindow waits until so many packets have had their time, and begins a window.
func (p *pace) endWindow(count int) {
	rule := p.pacing
	windows := count / rule.windowPackets
	now := time.Since(rule.begin)
	if wait := time.Duration(windows)*rule.window - (now - p.began); wait > 0 && p.began > 0 {
		pause(wait, rule.done)
		now += wait
	}
	p.count, p.began = int32(count%rule.windowPackets), now
}

// A sharedPace is what all clients of one address have together: each keeps
// within its own pace, but many could still take all that the server can do. A
// reader pays in advance for several packets, and waits its turn, so that they
// don't meet at one lock. It is safe for concurrent use.
type sharedPace struct {
	// static after construction
	each time.Duration   // a packet's time
	done <-chan struct{} // closed when nobody has to wait any more

	unread atomic.Int64 // bytes, see notice

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

// owe counts packets that nobody waits for: who reads next does, up to owedMax.
func (s *sharedPace) owe(packets int) {
	if s == nil {
		return
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if earliest := now.Add(-sharedBurst); s.free.Before(earliest) {
		s.free = earliest
	}
	if most := now.Add(owedMax); s.free.Before(most) {
		s.free = s.free.Add(time.Duration(packets) * s.each)
		if s.free.After(most) {
			s.free = most
		}
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
