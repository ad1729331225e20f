package main

import "time"

// An acceptPace slows down who accepts connections faster than acceptsAtOnceMax in
// acceptsAtOnceTime: a flood of them, refused ones too, leaves the processor to
// others in between. The clock is read once for so many. Connections that come more
// slowly are never waited with, however many there have been.
//
// It belongs to the goroutine that accepts. The zero pace never waits.
type acceptPace struct {
	max int // 0: no limit

	count int       // since began
	began time.Time // when the pace last looked at the clock; zero: never
}

// step counts a connection that is about to be accepted, and waits until it may be.
func (p *acceptPace) step() {
	if p.count++; p.max == 0 || p.count <= p.max {
		return
	}
	now := time.Now()
	if wait := acceptsAtOnceTime - now.Sub(p.began); wait > 0 {
		time.Sleep(wait)
		now = now.Add(wait)
	}
	p.count, p.began = 1, now
}
