package actors

import (
	"sync"
	"sync/atomic"
	"time"

	"roomd/actors/room"
)

// stream is a sequence of events as connections are told them: those of a room,
// the notices to a user, the directory's feed, or what one connection alone is
// told. It keeps the frames of the newest for those who come back: once, however
// many have been told. Its owner alone adds to it; anyone may read.
type stream struct {
	// static after construction
	id    uint64 // new each time, as the activation of a room
	store *frameStore

	// guarded by mu
	mu    sync.Mutex
	last  uint64 // number of the newest event; the first is 1
	kept  []keptFrame
	bytes int // of kept
}

// keptFrame is an event that was told.
type keptFrame struct {
	frame  Frame             // nil: it is volatile, and lost to whoever has missed it
	except room.ConnectionID // was not told
	at     time.Duration     // on the store's clock
}

// position is an event of a stream. It is what an offset says.
type position struct {
	stream *stream
	number uint64
}

// tell keeps an event that is told, and returns its position; without a stream
// it has none.
func (s *stream) tell(f Frame, except room.ConnectionID, volatile bool) position {
	if s == nil {
		return position{}
	}
	if volatile {
		f = nil
	}
	return position{s, s.add(f, except)}
}

// add appends the event that follows, and returns its number.
func (s *stream) add(f Frame, except room.ConnectionID) uint64 {
	now := s.store.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 0 {
		s.store.watch(s)
	}
	k := keptFrame{f, except, now}
	s.last++
	s.kept = append(s.kept, k)
	s.count(k.len())
	for len(s.kept) > streamFramesMax || s.bytes > streamBytesMax || s.store.bytes.Load() > frameStoreBytesMax && len(s.kept) > 1 {
		s.dropFirst()
	}
	return s.last
}

func (k keptFrame) len() int {
	if k.frame == nil {
		return keptFrameBytes
	}
	return keptFrameBytes + k.frame.Len()
}

func (s *stream) count(bytes int) {
	s.bytes += bytes
	s.store.bytes.Add(int64(bytes))
}

func (s *stream) dropFirst() {
	s.count(-s.kept[0].len())
	s.kept[0] = keptFrame{}
	if s.kept = s.kept[1:]; len(s.kept) == 0 {
		s.kept = nil
	}
}

// dropThrough forgets the events up to this one.
func (s *stream) dropThrough(number uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.kept) > 0 && s.last-uint64(len(s.kept)) < number {
		s.dropFirst()
	}
}

// dropOlder forgets what is older than that, and reports whether nothing is
// left.
func (s *stream) dropOlder(than time.Duration) (empty bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.kept) > 0 && s.kept[0].at < than {
		s.dropFirst()
	}
	return len(s.kept) == 0
}

// missed appends the frames of these events as a connection is told them;
// false: one of them is not kept any more.
func (s *stream) missed(frames []Frame, first, last uint64, by room.ConnectionID) ([]Frame, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := s.last - uint64(len(s.kept)) + 1 // number of the first that is kept
	if first < begin || last > s.last {
		return nil, false
	}
	for _, k := range s.kept[first-begin : last-begin+1] {
		if k.frame != nil && k.except != by {
			frames = append(frames, k.frame)
		}
	}
	return frames, true
}

// frameStore is what the streams of a node keep, all together.
type frameStore struct {
	// static after construction
	start  time.Time
	keep   time.Duration // how long an event may be missed
	secret offsetSecret

	bytes   atomic.Int64
	streams atomic.Uint64 // ids given

	// guarded by mu, which may be taken while that of a stream is held
	mu      sync.Mutex
	watched map[*stream]struct{} // keep something
	timer   *time.Timer          // of the next sweep; nil: there is nothing to sweep
	stopped bool
}

func newFrameStore(keep time.Duration) *frameStore {
	now := time.Now()
	s := &frameStore{start: now, keep: keep, secret: newOffsetSecret(), watched: map[*stream]struct{}{}}
	s.streams.Store(uint64(now.UnixNano())) // no two runs share one
	return s
}

// newStream returns an empty stream; nil: nobody comes back.
func (n *Node) newStream() *stream {
	if n.frames == nil {
		return nil
	}
	return &stream{id: n.frames.streams.Add(1), store: n.frames}
}

// nextOffset returns the offset of the event that the stream's owner is about
// to tell; empty: it has none.
func (n *Node) nextOffset(s *stream) string { return n.offsetAfter(s, 0) }

// offsets returns the offsets of the events that the owner is about to tell, one
// after another.
func (n *Node) offsets(s *stream) func() string {
	taken := uint64(0)
	return func() string {
		taken++
		return n.offsetAfter(s, taken-1)
	}
}

// offsetAfter returns the offset of the event that comes so many after that.
func (n *Node) offsetAfter(s *stream, more uint64) string {
	if s == nil {
		return ""
	}
	s.mu.Lock()
	next := s.last + 1 + more
	s.mu.Unlock()
	return n.frames.secret.text(s.id, next)
}

// size is how many bytes all streams keep; without a store none do.
func (s *frameStore) size() int {
	if s == nil {
		return 0
	}
	return int(s.bytes.Load())
}

// now is the store's clock.
func (s *frameStore) now() time.Duration { return time.Since(s.start) }

// watch sees to it that what the stream keeps is forgotten in time.
func (s *frameStore) watch(one *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched[one] = struct{}{}
	if s.timer == nil && !s.stopped {
		s.timer = time.AfterFunc(sweepInterval, s.sweep)
	}
}

// sweep forgets what nobody may miss any more.
func (s *frameStore) sweep() {
	s.mu.Lock()
	streams := s.watched
	s.watched = make(map[*stream]struct{}) // which takes what is needed, not what was
	s.timer = nil
	s.mu.Unlock()
	than := s.now() - s.keep
	for one := range streams {
		if !one.dropOlder(than) {
			s.watch(one)
		}
	}
}

// stop ends the sweeps.
func (s *frameStore) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.timer != nil {
		s.timer.Stop()
	}
}
