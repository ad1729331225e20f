package engineio

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

func inMemory(t *testing.T, name string, run func(*testing.T, *testServer)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { run(t, newMemoryServer(t, quietConfig())) })
	})
}

// startProbe opens a polling session and a WebSocket that has been probed.
func (s *testServer) startProbe() (string, *socket) {
	s.t.Helper()
	sid := s.openPolling()
	c := s.openProbe(sid)
	c.send("2probe")
	c.want("3probe")
	return sid, c
}

func wantStillPolling(t *testing.T, s *testServer, sid string) {
	t.Helper()
	s.post(sid, "4alive").want(t, 200, "ok")
	s.get(sid).want(t, 200, "4alive")
}

// While a WebSocket is probed, polls are sent home, but not at once.
func TestPollsAreSentHomeWhileProbing(t *testing.T) {
	inMemory(t, "poll before the probe", func(t *testing.T, s *testServer) {
		sid := s.openPolling()
		get := s.goGet(sid)
		c := s.openProbe(sid)
		time.Sleep(time.Second)
		wantPending(t, get)
		c.send("2probe")
		c.want("3probe")
		time.Sleep(noopDelay - time.Nanosecond)
		wantPending(t, get)
		time.Sleep(time.Nanosecond)
		wantNow(t, get, 200, "6")
	})
	inMemory(t, "poll after the probe, again and again", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		for range 3 {
			time.Sleep(noopDelay / 3)
			get := s.goGet(sid)
			time.Sleep(noopDelay - time.Nanosecond)
			wantPending(t, get)
			time.Sleep(time.Nanosecond)
			wantNow(t, get, 200, "6")
		}
		c.send("5")
		c.send("4hello")
		c.want("4hello") // and no noop before it
	})
	inMemory(t, "a message comes first", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		get := s.goGet(sid)
		synctest.Wait()
		s.session(sid).Send(textFrame("over polling"))
		wantNow(t, get, 200, "4over polling")
		s.session(sid).Send(textFrame("over the WebSocket"))
		synctest.Wait()
		c.send("5")
		c.want("4over the WebSocket")
	})
}

// At the upgrade a pending poll is refused, whether it came before or after.
func TestPollThatMeetsTheUpgrade(t *testing.T) {
	inMemory(t, "before", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		get := s.goGet(sid)
		synctest.Wait()
		c.send("5")
		wantNow(t, get, 400, bodyBadRequest)
		c.send("4hello")
		c.want("4hello")
	})
	inMemory(t, "after", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		c.send("5with a payload")
		synctest.Wait()
		s.get(sid).want(t, 400, bodyBadRequest)
		s.post(sid, "4x").want(t, 400, bodyBadRequest)
		c.send("4hello")
		c.want("4hello")
	})
	inMemory(t, "given up by its client", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		ctx, cancel := context.WithCancel(t.Context())
		w, r := newRequest("GET", pollingOf(sid), nil)
		go s.ServeHTTP(w, r.WithContext(ctx))
		synctest.Wait()
		session := s.session(sid)
		session.mu.Lock() // the upgrade and the abort before the handler wakes
		session.settlePoll(answerUpgraded)
		cancel()
		session.mu.Unlock()
		synctest.Wait()
		c.send("5")
		c.send("4hello")
		c.want("4hello")
	})
}

// What bounded the upgrade doesn't bound what comes after.
func TestUpgradedWebSocketLasts(t *testing.T) {
	inMemory(t, "", func(t *testing.T, s *testServer) {
		c, _ := s.openUpgraded()
		time.Sleep(2 * defaultUpgradeTimeout)
		c.send("4hello")
		c.want("4hello")
	})
}

// A session that has ended is not revived by the upgrade packet that was on
// its way.
func TestUpgradeComesTooLate(t *testing.T) {
	inMemory(t, "", func(t *testing.T, s *testServer) {
		sid, _ := s.startProbe()
		session := s.session(sid)
		w := session.polling.probe.ws
		session.abandon(ReasonForcedClose, nil)
		if err := session.upgrade(w); err == nil || session.ws != nil {
			t.Errorf("upgraded: %v", err)
		}
	})
}

func TestProbesThatFail(t *testing.T) {
	for name, probe := range map[string]func(*socket){
		"another ping":         func(c *socket) { c.send("2") },
		"a message":            func(c *socket) { c.send("4hello") },
		"an upgrade":           func(c *socket) { c.send("5") },
		"nothing":              func(c *socket) { c.send("") },
		"binary":               func(c *socket) { c.sendBinary([]byte("2probe")) },
		"a message after it":   func(c *socket) { c.send("2probe"); c.want("3probe"); c.send("4hello") },
		"an unmasked frame":    func(c *socket) { c.raw([]byte{0x81, 1, '4'}) },
		"a WebSocket close":    func(c *socket) { c.raw(clientFrame(8, true, "\x03\xe8")) },
		"a frame that's a lie": func(c *socket) { c.raw([]byte{0x81, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4}) },
	} {
		inMemory(t, name, func(t *testing.T, s *testServer) {
			sid := s.openPolling()
			c := s.openProbe(sid)
			probe(c)
			c.wantEnd()
			wantStillPolling(t, s, sid)
			again := s.openProbe(sid) // the next may do better
			again.send("2probe")
			again.want("3probe")
		})
	}
	inMemory(t, "silence", func(t *testing.T, s *testServer) {
		sid := s.openPolling()
		begin := time.Now()
		c := s.openProbe(sid)
		time.Sleep(defaultUpgradeTimeout / 2)
		c.send("2probe")
		c.want("3probe")
		c.wantClose(reasonUpgradeTimeout.CloseCode)
		if took := time.Since(begin); took != defaultUpgradeTimeout {
			t.Errorf("it took %v", took)
		}
		get := s.goGet(sid)
		time.Sleep(time.Second)
		wantPending(t, get) // no noops any more
		s.session(sid).Send(textFrame("x"))
		wantNow(t, get, 200, "4x")
		wantStillPolling(t, s, sid)
	})
	inMemory(t, "a second one meanwhile", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		second := s.openProbe(sid)
		second.wantClose(reasonUpgradeRefused.CloseCode)
		c.send("5")
		c.send("4hello")
		c.want("4hello")
	})
}

// The same with a real connection's deadline.
func TestProbeTimesOutOnTCP(t *testing.T) {
	config := quietConfig()
	config.UpgradeTimeout = 100 * time.Millisecond
	s := newTCPServer(t, config)
	sid := s.openPolling()
	c := s.openProbe(sid)
	c.conn.Write(clientFrame(ws.OpText, true, "2probe")) // on a busy machine it may be late
	c.wantClose(reasonUpgradeTimeout.CloseCode)
	wantStillPolling(t, s, sid)
}

// WebSocket's own pings are answered while probing, too.
func TestPingWhileProbing(t *testing.T) {
	inMemory(t, "", func(t *testing.T, s *testServer) {
		_, c := s.startProbe()
		c.raw(clientFrame(9, true, "hi"))
		if f, err := c.read(); err != nil || f.Header.OpCode != 10 || string(f.Payload) != "hi" {
			t.Errorf("%v %q, %v", f.Header, f.Payload, err)
		}
		c.raw(clientFrame(10, true, ""))
		c.send("5")
		c.send("4hello")
		c.want("4hello")
	})
}

func TestCloseWhileProbing(t *testing.T) {
	reason := Reason{"enough", 4002}
	inMemory(t, "by the server", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		get := s.goGet(sid)
		synctest.Wait()
		s.session(sid).Close(reason)
		c.wantClose(reason.CloseCode)
		(<-get).want(t, 200, "1")
		s.recorder(0).wantReason(t, reason)
	})
	inMemory(t, "by the server, and the client has stopped polling", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		s.session(sid).Send(textFrame("queued"))
		s.session(sid).Close(reason)
		c.send("5")
		c.want("4queued")
		c.wantClose(reason.CloseCode)
		s.recorder(0).wantReason(t, reason)
	})
	inMemory(t, "by the server, and the client does nothing", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		begin := time.Now()
		s.session(sid).Close(reason)
		c.wantClose(reason.CloseCode)
		if took := time.Since(begin); took != closeTimeout {
			t.Errorf("it took %v", took)
		}
		s.recorder(0).wantReason(t, reason)
	})
	inMemory(t, "by the client", func(t *testing.T, s *testServer) {
		sid, c := s.startProbe()
		s.post(sid, "1").want(t, 200, "ok")
		c.wantEnd()
		s.recorder(0).wantReason(t, ReasonTransportClose)
	})
	t.Run("by the heartbeat", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newMemoryServer(t, testConfig())
			_, c := s.startProbe()
			c.wantClose(ReasonPingTimeout.CloseCode)
			s.recorder(0).wantReason(t, ReasonPingTimeout)
		})
	})
}

// The heartbeat goes on over an upgrade as if there were none.
func TestHeartbeatOverAnUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newMemoryServer(t, testConfig())
		sid, c := s.startProbe()
		time.Sleep(interval) // the ping waits for a poll
		c.send("5")
		c.want("2")
		time.Sleep(timeout - time.Nanosecond)
		c.send("3")
		time.Sleep(interval)
		c.want("2")
		if s.session(sid) == nil {
			t.Error("the session is gone")
		}
	})
}
