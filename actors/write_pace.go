package actors

import (
	"time"

	"roomd/actors/room"
)

// writePace says when the next write of a room may begin. What is said in a busy
// room goes out with the room's next fan-out, so to have it on disk long before
// gains those inside nothing, and costs a commit a message. It begins so long
// before that fan-out as it should take, and what has been said by then is
// stored together; only the reply to who has said it comes later, by the time that
// a busy room gathers. In a room that doesn't gather nothing waits, and nothing that is
// more than said waits in any. It is told of everything, and needs no clock.
type writePace struct {
	fanOut time.Time     // when the room's events may go out next
	began  time.Time     // when the write that is under way, or the last one, began
	took   time.Duration // the last one, until the room knew of it

	// What waits for the next write.
	urgent bool // something that is more than said
	events int
	bytes  int
}

// gather notes what waits.
func (p *writePace) gather(q *pending) {
	p.urgent = p.urgent || !isSaid(q)
	p.bytes += changesBytes(q.changes) + passingBytes(q)
	p.events++
}

// clear notes that nothing waits any more.
func (p *writePace) clear() { p.urgent, p.events, p.bytes = false, 0, 0 }

// begin notes that a write begins.
func (p *writePace) begin(at time.Time) { p.began = at }

// end notes that a write is done.
func (p *writePace) end(at time.Time) { p.took = at.Sub(p.began) }

// due returns when the next write may begin.
func (p *writePace) due() time.Time {
	if p.urgent || p.events >= gatherEventsMax || p.bytes >= gatherBytesMax {
		return time.Time{}
	}
	return p.fanOut.Add(-writeLead * p.took)
}

// passingBytes is how much data an outcome has that is told and not stored.
func passingBytes(p *pending) (n int) {
	if p.outcome == nil {
		return 0
	}
	for _, e := range p.outcome.events {
		switch e := e.(type) {
		case room.Emitted:
			n += len(e.Data) + bytesOf(e.Binary)
		case room.Acted:
			n += len(e.Action) + bytesOf(e.Binary)
		}
	}
	return n
}

func bytesOf(all [][]byte) (n int) {
	for _, b := range all {
		n += len(b)
	}
	return n
}

// isSaid reports whether an outcome is of something that is said in the room, and
// so heard of with the next fan-out. Who asks for something else waits for the
// answer.
func isSaid(p *pending) bool {
	if p.beginsRun || p.fetch != nil || p.outcome == nil || p.outcome.request == nil {
		return false
	}
	switch p.outcome.request.command.(type) {
	case room.Send, room.Emit, room.Act, room.EditMessage, room.DeleteMessage, room.MarkRead:
		return true
	}
	return false
}
