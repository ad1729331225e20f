package engineio

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What clients of one address leave unread of their own frames is bounded together, on
// either transport; who would have more is closed. What is said to many doesn't count, and
// what has been read, or will never be, counts no more.
func TestUnreadBytesMax(t *testing.T) {
	config := quietConfig()
	config.OutboxBytesMax = unreadBytesMax
	config.PacketsPerSecondPerAddressMax = 1_000_000
	own := textFrame(strings.Repeat("x", 1<<20)).ForOne()
	for _, transport := range []string{"polling", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			s := newTCPServer(t, config)
			open := func() *Session {
				if transport == "polling" {
					return s.session(s.openPolling())
				}
				_, opened := s.openWebSocket()
				return s.session(opened.SID)
			}
			full, late, other := open(), open(), open()
			unread := &full.shared.unread
			waiting := func() int {
				full.mu.Lock()
				defer full.mu.Unlock()
				return int(full.outbox.own)
			}
			for waiting() < unreadBytesMax/2 {
				if !full.Send(own) {
					t.Fatal("closed too early")
				}
			}
			for int(unread.Load())+2*own.Len() < unreadBytesMax {
				unread.Add(int64(own.Len())) // as if others held it
			}
			held := int(unread.Load()) - waiting()
			for sent := 0; late.Send(own); sent += own.Len() {
				if sent > unreadBytesMax {
					t.Fatal("nothing stops it")
				}
			}
			s.recorder(1).wantReason(t, ReasonSlowConsumer)
			if !other.Send(textFrame("to many")) {
				t.Error("what is said to many is refused")
			}
			eventually(t, "what was for who is closed is given back", func() bool {
				return int(unread.Load()) == held+waiting()
			})
			full.abandon(ReasonTransportError, nil)
			eventually(t, "nothing is unread", func() bool { return int(unread.Load()) == held })
		})
	}
}

// What was read counts no more.
func TestUnreadIsRead(t *testing.T) {
	config := quietConfig()
	config.PacketsPerSecondPerAddressMax = 1_000_000
	config.OutboxBytesMax = 16 << 20
	s := newTCPServer(t, config)
	frame := textFrame(strings.Repeat("x", 1<<20)).ForOne()
	sid := s.openPolling()
	socket, opened := s.openWebSocket()
	for range 8 {
		s.session(sid).Send(frame)
		s.session(opened.SID).Send(frame)
	}
	unread := &s.session(sid).shared.unread
	if got := unread.Load(); got < 8<<20 {
		t.Errorf("%d bytes are unread", got)
	}
	for range 8 {
		if response := s.get(sid); len(response.body) != 1<<20+1 {
			t.Fatalf("a poll has %d bytes", len(response.body))
		}
		socket.text()
	}
	eventually(t, "all is read", func() bool { return unread.Load() == 0 })
}

// A large frame for one client is charged to its address, whose next packets wait for
// it, but no longer than owedMax.
func TestRepliesAreCharged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Config{PacketsPerSecondPerAddressMax: 1000}, nil)
		client := netip.MustParseAddr("203.0.113.7")
		if refused := s.takePlace(client); refused != nil {
			t.Fatal(refused)
		}
		session := &Session{server: s, shared: s.sharedPaceOf(client)}
		next := func() time.Duration {
			begin := time.Now()
			session.Charge(1)
			return time.Since(begin)
		}
		shared := textFrame(strings.Repeat("x", 800*replyBlockBytes))
		page := textFrame(strings.Repeat("x", 800*replyBlockBytes)).ForOne()
		for _, step := range []struct {
			frame *Frame
			times int
			want  time.Duration
		}{
			{textFrame("small").ForOne(), 1000, 0},
			{shared, 10, 0},
			{page, 1, 800*time.Millisecond + time.Millisecond - sharedBurst},
			{page, 100, owedMax + time.Millisecond},
		} {
			time.Sleep(time.Second) // all that was owed has had its time
			for range step.times {
				session.chargeReply(step.frame)
			}
			if got := next(); got != step.want {
				t.Errorf("%d frames of %d bytes: the next packet waits for %s, want %s", step.times, step.frame.Len(), got, step.want)
			}
		}
		time.Sleep(time.Second)
		session.Owe(deliveriesPerPacket - 1)
		session.Owe(500 * deliveriesPerPacket)
		if got, want := next(), 501*time.Millisecond-sharedBurst; got != want {
			t.Errorf("deliveries: the next packet waits for %s, want %s", got, want)
		}
		(&Session{}).chargeReply(page) // without limits
		(&Session{}).Owe(1000)
	})
}

// TestUnreadAlone: one frame that is larger than all may leave unread is sent where they
// have read the rest, and nothing more until it is read.
func TestUnreadAlone(t *testing.T) {
	config := quietConfig()
	config.OutboxBytesMax = 4 * unreadBytesMax
	config.PacketsPerSecondPerAddressMax = 1_000_000
	s := newTCPServer(t, config)
	first, second := s.session(s.openPolling()), s.session(s.openPolling())
	if !first.Send(textFrame(strings.Repeat("x", unreadBytesMax+1)).ForOne()) {
		t.Fatal("the one frame is refused")
	}
	if second.Send(textFrame("x").ForOne()) {
		t.Error("another is sent beside it")
	}
	s.recorder(1).wantReason(t, ReasonSlowConsumer)
}
