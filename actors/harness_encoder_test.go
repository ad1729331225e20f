package actors

import (
	"bytes"
	"log/slog"
	"sync"

	"roomd/actors/room"
	"roomd/actors/user"
)

// testEncoder makes frames that carry their events.
type testEncoder struct {
	mu     sync.Mutex
	broken func(event any) bool // for which it panics
}

type roomFrame struct {
	room   string
	event  room.Event
	offset string
}

type directoryFrame struct {
	event  room.DirectoryEvent
	offset string
}

type noticeFrame struct {
	notice user.Notice
	offset string
}

// joinedFrame is several frames in one.
type joinedFrame []Frame

func (f joinedFrame) Len() int  { return len(f) }
func (roomFrame) Len() int      { return 1 }
func (directoryFrame) Len() int { return 1 }
func (noticeFrame) Len() int    { return 1 }

func (e *testEncoder) RoomEvent(roomID string, event room.Event, offset string) (Frame, bool) {
	e.check(event)
	if joined, ok := event.(room.Joined); ok && joined.Away { // of a former node
		return nil, false
	}
	switch event.(type) {
	case room.Created, room.EpochBegan, room.RunBegan, room.RunEnded, room.MemberAdded, room.MemberRemoved, room.Invited, room.InvitationEnded, room.WentAway, room.MarkMoved:
		return nil, false
	}
	return roomFrame{roomID, event, offset}, true
}

func (e *testEncoder) DirectoryEvent(event room.DirectoryEvent, next func() string) []Frame {
	e.check(event)
	return []Frame{directoryFrame{event, next()}}
}

func (e *testEncoder) Notice(n user.Notice, offset string) Frame {
	e.check(n)
	return noticeFrame{n, offset}
}

func (e *testEncoder) Join(frames []Frame) Frame { return joinedFrame(frames) }

func (e *testEncoder) check(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.broken != nil && e.broken(event) {
		panic("encoder is broken")
	}
}

// breakFor makes the encoder panic for such events; nil: for none.
func (e *testEncoder) breakFor(broken func(event any) bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.broken = broken
}

func testLogger(b *logBuffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// logBuffer is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
