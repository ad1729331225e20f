package engineio

import (
	"io"
	"testing"
	"time"
)

// TestHold has a frame wait for the one behind it, or for Release, and for
// nothing else.
func TestHold(t *testing.T) {
	a, b := textFrame("a"), textFrame("b")
	for _, test := range []struct {
		name    string
		steps   func(*Session)
		waiting int // frames
		want    string
	}{
		{"one waits", func(s *Session) { s.Hold(); s.Send(a) }, 1, ""},
		{"a second takes it along", func(s *Session) { s.Hold(); s.Send(a); s.Send(b) }, 0, "ab"},
		{"then nothing waits", func(s *Session) { s.Hold(); s.Send(a); s.Send(b); s.Send(a) }, 0, "aba"},
		{"released", func(s *Session) { s.Hold(); s.Send(a); s.Release() }, 0, "a"},
		{"released before it came", func(s *Session) { s.Hold(); s.Release(); s.Send(a) }, 0, "a"},
		{"held twice", func(s *Session) { s.Hold(); s.Send(a); s.Hold(); s.Send(b) }, 0, "ab"},
		{"released twice", func(s *Session) {
			s.Hold()
			s.Hold()
			s.Send(a)
			s.Release()
			s.Release()
			s.Send(b)
		}, 0, "ab"},
		{"never held", func(s *Session) { s.Release(); s.Send(a) }, 0, "a"},
		{"volatile gives way", func(s *Session) { s.Hold(); s.Send(a); s.SendVolatile(b); s.Release() }, 0, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			session, conn := sendPair(t, quietConfig())
			test.steps(session)
			session.mu.Lock()
			waiting, flushing := len(session.outbox.frames), session.flushing
			session.mu.Unlock()
			if waiting != test.waiting || flushing {
				t.Errorf("%d frames wait, flushing is %v", waiting, flushing)
			}
			got := make([]byte, len(test.want)*a.Len())
			if _, err := io.ReadFull(conn, got); err != nil {
				t.Fatal(err)
			}
			for i, c := range test.want {
				if got[(i+1)*a.Len()-1] != byte(c) {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

// TestHoldEnds has a session that ends forget nothing that it has promised: what
// is held goes out before the close frame.
func TestHoldEnds(t *testing.T) {
	session, conn := sendPair(t, quietConfig())
	session.Hold()
	session.Send(textFrame("a"))
	session.Close(ReasonServerShutdown)
	session.Release()
	conn.SetReadDeadline(time.Now().Add(patience))
	got := make([]byte, 200)
	n, _ := io.ReadAtLeast(conn, got, textFrame("a").Len()+2)
	want := append(append([]byte(nil), textFrame("a").wire...), closeFrame(ReasonServerShutdown).wire[:2]...)
	if string(got[:min(n, len(want))]) != string(want) {
		t.Errorf("got %q", got[:n])
	}
}
