package engineio

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The cases of the official Engine.IO protocol 4 test suite, by their names
// there. Each runs on TCP, and in memory with a clock of its own.
var suite = []struct {
	name string
	run  func(*testing.T, *testServer)
}{
	{"handshake/polling/successfully opens a session", suiteOpenPolling},
	{"handshake/polling/fails with an invalid 'EIO' query parameter", suiteBadVersion},
	{"handshake/polling/fails with an invalid 'transport' query parameter", suiteBadTransport},
	{"handshake/polling/fails with an invalid request method", suiteBadMethod},
	{"handshake/websocket/successfully opens a session", suiteOpenWebSocket},
	{"handshake/websocket/fails with an invalid 'EIO' query parameter", suiteWebSocketBadVersion},
	{"handshake/websocket/fails with an invalid 'transport' query parameter", suiteWebSocketBadTransport},
	{"message/polling/sends and receives a payload containing one plain text packet", suiteOnePacket},
	{"message/polling/sends and receives a payload containing several plain text packets", suiteSeveralPackets},
	{"message/polling/sends and receives a payload containing plain text and binary packets", suiteBinaryPacket},
	{"message/polling/closes the session upon invalid packet format", suiteInvalidPacket},
	{"message/polling/closes the session upon duplicate poll requests", suiteDuplicatePoll},
	{"message/polling/closes the session upon cancelled polling request", suiteCancelledPoll},
	{"message/websocket/sends and receives a plain text packet", suiteWebSocketText},
	{"message/websocket/sends and receives a binary packet", suiteWebSocketBinary},
	{"message/websocket/closes the session upon invalid packet format", suiteWebSocketInvalidPacket},
	{"heartbeat/polling/sends ping and pong packets", suitePings},
	{"heartbeat/polling/closes the session upon ping timeout", suitePingTimeout},
	{"heartbeat/websocket/sends ping and pong packets", suiteWebSocketPings},
	{"heartbeat/websocket/closes the session upon ping timeout", suiteWebSocketPingTimeout},
	{"close/polling/forcefully closes the session", suiteClose},
	{"close/websocket/forcefully closes the session", suiteWebSocketClose},
	{"upgrade/successfully upgrades from HTTP long-polling to WebSocket", suiteUpgrade},
	{"upgrade/ignores HTTP requests with same sid after upgrade", suiteRequestAfterUpgrade},
	{"upgrade/ignores WebSocket connection with same sid after upgrade", suiteSocketAfterUpgrade},
}

func TestOfficialSuite(t *testing.T) {
	if len(suite) != 25 {
		t.Fatalf("%d cases, want 25", len(suite))
	}
	for _, c := range suite {
		t.Run("memory/"+c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.run(t, newMemoryServer(t, testConfig())) })
		})
		t.Run("tcp/"+c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newTCPServer(t, tcpConfig(c.name)))
		})
	}
}

// tcpConfig has a case's time depend as little on how busy the machine is as the
// case allows.
func tcpConfig(name string) Config {
	config := testConfig()
	switch {
	case strings.Contains(name, "ping and pong"):
		config.PingTimeout = patience
	case strings.HasPrefix(name, "handshake/"), strings.HasPrefix(name, "heartbeat/"): // which look at it
	default:
		config = quietConfig()
	}
	return config
}

func suiteOpenPolling(t *testing.T, s *testServer) {
	got := s.do("GET", "EIO=4&transport=polling", "")
	got.wantStatus(t, 200)
	opened := readOpen(t, got.body)
	if len(opened.Upgrades) != 1 || opened.Upgrades[0] != "websocket" {
		t.Errorf("upgrades %q", opened.Upgrades)
	}
	wantTerms(t, opened)
}

func wantTerms(t *testing.T, opened terms) {
	t.Helper()
	if opened.PingInterval != 300 || opened.PingTimeout != 200 || opened.MaxPayload != 1000000 {
		t.Errorf("terms %+v", opened)
	}
}

func suiteBadVersion(t *testing.T, s *testServer) {
	s.do("GET", "transport=polling", "").wantStatus(t, 400)
	s.do("GET", "EIO=abc&transport=polling", "").wantStatus(t, 400)
}

func suiteBadTransport(t *testing.T, s *testServer) {
	s.do("GET", "EIO=4", "").wantStatus(t, 400)
	s.do("GET", "EIO=4&transport=abc", "").wantStatus(t, 400)
}

func suiteBadMethod(t *testing.T, s *testServer) {
	s.do("POST", "EIO=4&transport=polling", "").wantStatus(t, 400)
	s.do("PUT", "EIO=4&transport=polling", "").wantStatus(t, 400)
}

func suiteOpenWebSocket(t *testing.T, s *testServer) {
	_, opened := s.openWebSocket()
	if opened.Upgrades == nil || len(opened.Upgrades) != 0 {
		t.Errorf("upgrades %#v", opened.Upgrades)
	}
	wantTerms(t, opened)
}

func wantNoSocket(t *testing.T, s *testServer, query string) {
	t.Helper()
	if _, err := s.dialWebSocket(query); err == nil {
		t.Errorf("a WebSocket opened with %q", query)
	}
}

func suiteWebSocketBadVersion(t *testing.T, s *testServer) {
	wantNoSocket(t, s, "transport=websocket")
	wantNoSocket(t, s, "EIO=abc&transport=websocket")
}

func suiteWebSocketBadTransport(t *testing.T, s *testServer) {
	wantNoSocket(t, s, "EIO=4")
	wantNoSocket(t, s, "EIO=4&transport=abc")
}

func suiteEcho(t *testing.T, s *testServer, payload string) {
	sid := s.openPolling()
	s.post(sid, payload).want(t, 200, "ok")
	s.get(sid).want(t, 200, payload)
}

func suiteOnePacket(t *testing.T, s *testServer) { suiteEcho(t, s, "4hello") }

func suiteSeveralPackets(t *testing.T, s *testServer) {
	suiteEcho(t, s, "4test1\x1e4test2\x1e4test3")
}

func suiteBinaryPacket(t *testing.T, s *testServer) { suiteEcho(t, s, "4hello\x1ebAQIDBA==") }

func suiteInvalidPacket(t *testing.T, s *testServer) {
	sid := s.openPolling()
	s.post(sid, "abc").wantStatus(t, 400)
	s.get(sid).wantStatus(t, 400)
}

func suiteDuplicatePoll(t *testing.T, s *testServer) {
	sid := s.openPolling()
	first := s.goGet(sid)
	s.waitPoll(sid)
	s.get(sid).wantStatus(t, 400)
	(<-first).want(t, 200, "1")
	s.get(sid).wantStatus(t, 400)
}

func suiteCancelledPoll(t *testing.T, s *testServer) {
	sid := s.openPolling()
	ctx, cancel := context.WithCancel(context.Background())
	aborted := make(chan reply, 1)
	go func() { aborted <- s.doContext(ctx, "GET", pollingOf(sid), "") }()
	s.waitPoll(sid)
	cancel()
	s.get(sid).wantStatus(t, 400)
	<-aborted
}

func suiteWebSocketText(t *testing.T, s *testServer) {
	c, _ := s.openWebSocket()
	c.send("4hello")
	c.want("4hello")
}

func suiteWebSocketBinary(t *testing.T, s *testServer) {
	c, _ := s.openWebSocket()
	c.sendBinary([]byte{1, 2, 3, 4})
	c.wantBinary([]byte{1, 2, 3, 4})
}

func suiteWebSocketInvalidPacket(t *testing.T, s *testServer) {
	c, _ := s.openWebSocket()
	c.send("abc")
	c.wantClose(ReasonParseError.CloseCode)
}

func suitePings(t *testing.T, s *testServer) {
	sid := s.openPolling()
	for range 3 {
		s.get(sid).want(t, 200, "2")
		s.post(sid, "3").want(t, 200, "ok")
	}
}

func suitePingTimeout(t *testing.T, s *testServer) {
	sid := s.openPolling()
	if s.bubble {
		time.Sleep(500 * time.Millisecond)
	} else {
		eventually(t, "the session is gone", func() bool { return s.SessionCount() == 0 })
	}
	s.get(sid).wantStatus(t, 400)
}

func suiteWebSocketPings(t *testing.T, s *testServer) {
	c, _ := s.openWebSocket()
	for range 3 {
		c.want("2")
		c.send("3")
	}
}

func suiteWebSocketPingTimeout(t *testing.T, s *testServer) {
	c, _ := s.openWebSocket()
	c.wantClose(ReasonPingTimeout.CloseCode)
}

func suiteClose(t *testing.T, s *testServer) {
	sid := s.openPolling()
	get := s.goGet(sid)
	if !s.bubble { // where the poll could come when the grace is over
		s.waitPoll(sid)
	}
	s.post(sid, "1").want(t, 200, "ok")
	(<-get).want(t, 200, "6")
	s.get(sid).wantStatus(t, 400)
}

func suiteWebSocketClose(t *testing.T, s *testServer) {
	c, _ := s.openWebSocket()
	c.send("1")
	c.wantClose(ReasonTransportClose.CloseCode)
}

func suiteUpgrade(t *testing.T, s *testServer) {
	sid := s.openPolling()
	c := s.openProbe(sid)
	c.send("2probe")
	c.want("3probe")
	s.get(sid).want(t, 200, "6")
	c.send("5")
	c.send("4hello")
	c.want("4hello")
}

func suiteRequestAfterUpgrade(t *testing.T, s *testServer) {
	sid := s.openPolling()
	c := s.openProbe(sid)
	c.send("2probe")
	c.want("3probe")
	c.send("5")
	s.get(sid).wantStatus(t, 400)
	c.send("4hello")
	c.want("4hello")
}

func suiteSocketAfterUpgrade(t *testing.T, s *testServer) {
	sid := s.openPolling()
	c := s.openProbe(sid)
	c.send("2probe")
	c.want("3probe")
	c.send("5")
	c2 := s.openProbe(sid)
	c2.wantClose(reasonUpgradeRefused.CloseCode)
	c.send("4hello")
	c.want("4hello")
}
