package engineio

import "time"

// A pace slows down a client that sends more packets than Config's
// PacketsPerSecondMax in the long run: its reader waits, so that the kernel's
// buffers fill and the client does, too. A flood of packets then costs no more
// than the work of that many, whatever they are: pings, pongs, fragments that
// never become a message, commands that are refused. About a second's packets
// may come at once.
//
// It belongs to the goroutine that reads. The zero pace never waits.
type pace struct {
	windowPackets int // 0: no limit
	window        time.Duration

	count int       // in this window
	began time.Time // the window
}

// newPace returns the pace of so many packets a second; none if not positive.
func newPace(packetsPerSecond int) pace {
	if packetsPerSecond <= 0 {
		return pace{}
	}
	return pace{windowPackets: max(1, packetsPerSecond/2), window: time.Second / time.Duration(min(2, packetsPerSecond))}
}

// step counts a packet, and waits out the rest of a window that was used up
// before its time: at most a second. The clock is read once a window, so that a
// packet costs an addition.
func (p *pace) step() {
	if p.windowPackets == 0 {
		return
	}
	if p.count++; p.count < p.windowPackets {
		return
	}
	now := time.Now()
	if wait := p.window - now.Sub(p.began); wait > 0 && !p.began.IsZero() {
		time.Sleep(wait)
		now = now.Add(wait)
	}
	p.count, p.began = 0, now
}
