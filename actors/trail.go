package actors

import (
	"slices"
	"sync"

	"roomd/actors/room"
)

// trail is what one client has been told, in order: not the events, which their
// streams keep, but how the streams interleaved for it. So it costs nothing but
// a number while one room talks. Noting an event and offering it to the outbox
// is one step, under mu, so that the two have one order.
//
// What the client is known to have received is forgotten: when it says so by an
// offset, and when a pong proves it. Of that only the last event is kept, since
// it is what the client's offset says while nothing new comes.
type trail struct {
	mu sync.Mutex
	// guarded by mu
	outbox   Outbox   // of the client's transport; nil: it is away
	runs     []run    // what may have been missed; at most runsMax
	few      [2]run   // of runs, while there are no more: beside all else that a delivery reads
	newest   position // the last event that went to the outbox, or waits for the client to come back
	received position // the last event before runs; without a stream: the session's start, unless lost
	lost     bool     // what is before runs is not known any more
	spoilt   bool     // something is missing: nobody can go on with this session
	marked   position // newest as it was at the last pong
	arrived  string   // the offset that the client came with, from a session that it could not go on with
	absences uint64   // how often the client has gone away
	since    int64    // Unix, ns: when it last did
	expires  int64    // Unix, ns: when the session ends, whether the client is there or not; 0: it does not
}

// run is events that followed each other without one of another stream between.
type run struct {
	stream      *stream
	first, last uint64
}

// offer notes an event and offers its frame, if the client is there.
func (t *trail) offer(p position, f Frame, volatile bool) {
	t.offerRun(run{p.stream, p.number, p.number}, f, volatile)
}

// offerRun is offer for events that follow each other, in one frame.
func (t *trail) offerRun(r run, f Frame, volatile bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.stream != nil {
		t.note(r)
	}
	sent := !volatile
	switch {
	case t.outbox == nil:
	case volatile:
		sent = t.outbox.OfferVolatile(f)
	default:
		t.outbox.Offer(f)
	}
	if sent {
		t.newest = position{r.stream, r.last}
	}
}

// hold holds the outbox and returns it; nil: the client is away.
func (t *trail) hold() Outbox {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outbox != nil {
		t.outbox.Hold()
	}
	return t.outbox
}

// pass lets an event go by that the client is not told, so that the run of its
// stream goes on.
func (t *trail) pass(p position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.runs); n > 0 && t.runs[n-1].isFollowedBy(p) {
		t.runs[n-1].last++
	}
}

func (r *run) isFollowedBy(p position) bool { return r.stream == p.stream && r.last+1 == p.number }

func (t *trail) note(r run) {
	n := len(t.runs)
	if n > 0 && t.runs[n-1].isFollowedBy(position{r.stream, r.first}) {
		t.runs[n-1].last = r.last
		return
	}
	if n == runsMax {
		t.runs = slices.Delete(t.runs, 0, runsMax/2)
		t.received, t.lost = position{}, true
	}
	if t.runs == nil {
		t.runs = t.few[:0]
	}
	t.runs = append(t.runs, r)
}

// confirm takes a pong of the client at this outbox: it has received what went
// out before the ping, so at least what went out before the last pong.
func (t *trail) confirm(o Outbox, own *stream) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.outbox != o {
		return
	}
	t.forget(t.marked, own)
	t.marked = t.newest
}

// forget forgets all up to that event, which the client has received.
func (t *trail) forget(p position, own *stream) {
	i := t.find(p.stream, p.number)
	if i < 0 {
		return
	}
	t.received, t.lost, t.arrived = p, false, ""
	t.runs[i].first = p.number + 1
	if t.runs[i].first > t.runs[i].last {
		i++
	}
	t.runs = slices.Delete(t.runs, 0, i)
	if len(t.runs) == 0 {
		t.runs = nil
	}
	if p.stream == own && own != nil {
		own.dropThrough(p.number)
	}
}

// find returns the index of the run with that event, or -1.
func (t *trail) find(s *stream, number uint64) int {
	return slices.IndexFunc(t.runs, func(r run) bool { return r.stream == s && r.first <= number && number <= r.last })
}

// missed returns what a client has missed whose last event has this offset;
// empty: it has received none. False: that is not known, or not all of it is
// kept. By is its connection.
func (t *trail) missed(offset string, secret offsetSecret, by room.ConnectionID) (frames []Frame, ok bool) {
	if t.spoilt || !t.goBackTo(offset, secret) {
		return nil, false
	}
	bytes := 0
	for _, r := range t.runs {
		before := len(frames)
		if frames, ok = r.stream.missed(frames, r.first, r.last, by); !ok {
			return nil, false
		}
		for _, f := range frames[before:] {
			bytes += f.Len()
		}
		if len(frames) > missedFramesMax || bytes > missedBytesMax {
			return nil, false
		}
	}
	return frames, true
}

// goBackTo makes runs what comes behind the offset; false: it is none of this
// session, or was forgotten.
func (t *trail) goBackTo(offset string, secret offsetSecret) bool {
	if offset == t.arrived { // mostly empty
		return t.received.stream == nil && !t.lost
	}
	streamID, number, ok := secret.read(offset)
	if !ok {
		return false
	}
	if r := t.received; r.stream != nil && r.stream.id == streamID && r.number == number {
		return true
	}
	i := slices.IndexFunc(t.runs, func(r run) bool {
		return r.stream.id == streamID && r.first <= number && number <= r.last
	})
	if i < 0 {
		return false
	}
	t.forget(position{t.runs[i].stream, number}, nil)
	return true
}

// spoil says that the client has missed something that nobody can make good, and
// returns its outbox.
func (t *trail) spoil() Outbox {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.spoilt = true
	return t.outbox
}
