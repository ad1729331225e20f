package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// sizedFrame is a frame of so many bytes.
type sizedFrame int

func (f sizedFrame) Len() int { return int(f) }

const mib = 1 << 20

// keeps returns how much a stream keeps.
func (s *stream) keeps() (frames, bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept), s.bytes
}

// TestStreamBytesMax wants a stream to keep the newest of what is too much.
func TestStreamBytesMax(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		s := w.newStream()
		const frames = streamBytesMax/mib + 2
		for range frames {
			s.add(sizedFrame(mib), "")
			if _, bytes := s.keeps(); bytes > streamBytesMax {
				t.Fatalf("keeps %d bytes", bytes)
			}
		}
		if _, ok := s.missed(nil, 1, frames, "c"); ok {
			t.Error("keeps all")
		}
		kept := uint64(streamBytesMax/mib - 1) // beside what each takes that is kept
		if got, ok := s.missed(nil, frames-kept+1, frames, "c"); !ok || len(got) != int(kept) {
			t.Errorf("keeps %d of the newest, %v; want %d", len(got), ok, kept)
		}
	})
}

// TestFrameStoreBytesMax wants a stream that adds to more than all may keep to
// lose its own, and no other's.
func TestFrameStoreBytesMax(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		var streams []*stream
		const each = streamBytesMax/mib - 1
		for range frameStoreBytesMax / (each * mib) {
			s := w.newStream()
			for range each {
				s.add(sizedFrame(mib), "")
			}
			streams = append(streams, s)
		}
		last := w.newStream()
		for range each {
			last.add(sizedFrame(mib), "")
		}
		if n, _ := last.keeps(); n >= each || n == 0 {
			t.Errorf("one too many keeps %d", n)
		}
		if bytes := w.frames.bytes.Load(); bytes > frameStoreBytesMax+mib+keptFrameBytes {
			t.Errorf("all keep %d bytes", bytes)
		}
		for _, s := range streams {
			if n, _ := s.keeps(); n != each {
				t.Errorf("another lost some: keeps %d", n)
			}
		}
		time.Sleep(2 * (testGrace + testUnnoticed))
		synctest.Wait()
		if bytes := w.frames.bytes.Load(); bytes != 0 {
			t.Errorf("%d bytes are kept when nobody may miss them any more", bytes)
		}
	})
}

// TestMissedBytesMax: one who has missed as much as may be given at once comes
// back, with a byte more not.
func TestMissedBytesMax(t *testing.T) {
	for _, more := range []int{0, 1} {
		inGrace(t, func(t *testing.T, w *world) {
			b := w.arrive("b")
			at := b.last()
			b.lose()
			s := w.newStream()
			for _, size := range []int{mib, missedBytesMax - mib + more} {
				f := sizedFrame(size)
				b.connection.trail.offer(s.tell(f, "", false), f, false)
			}
			if came := w.comeBack(b, at) != nil; came != (more == 0) {
				t.Errorf("came back %v with %d bytes too many", came, more)
			}
		})
	}
}

// TestTabsInTwoRooms: the tab that is lost is missed in its own room, though the
// user is there in another; and his contacts see him there all the time.
func TestTabsInTwoRooms(t *testing.T) {
	inGrace(t, func(t *testing.T, w *world) {
		inA, inB := w.arrive("ann"), w.arrive("ben")
		one, two := w.arrive("u"), w.arrive("u")
		for _, c := range []*client{inA, one} {
			c.must("a", room.Join{})
		}
		for _, c := range []*client{inB, two} {
			c.must("b", room.Join{})
		}
		one.lose()
		time.Sleep(testGrace - 1)
		if got := inA.presence("a"); len(got) != 1 {
			t.Errorf("in a within the time of grace: %q", got)
		}
		time.Sleep(time.Nanosecond)
		if got := inA.presence("a"); len(got) != 2 || got[1] != "u left" {
			t.Errorf("in a: %q", got)
		}
		if got := inB.presence("b"); len(got) != 1 || got[0] != "u joined" {
			t.Errorf("in b: %q", got)
		}
		two.must("b", send("still here"))
	})
}
