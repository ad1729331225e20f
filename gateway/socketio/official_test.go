package socketio

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/gateway/engineio"
)

// The cases of the protocol's official test suite (docs/socket.io-protocol/v5-test-suite of the
// reference implementation's repository), under their own names, with its settings.

const (
	officialPingInterval = 300 * time.Millisecond
	officialPingTimeout  = 200 * time.Millisecond
)

// An officialCase is one of them. Those that wait for time to pass run in a bubble.
type officialCase struct {
	name   string
	bubble bool
	run    func(h *host)
}

func TestOfficialSuite(t *testing.T) {
	config := Config{ConnectTimeout: time.Second, Engine: engineio.Config{
		PingInterval: officialPingInterval, PingTimeout: officialPingTimeout, PayloadBytesMax: 1_000_000}}
	count := 0
	for _, group := range []struct {
		name  string
		cases []officialCase
	}{
		{"Engine.IO protocol/handshake/HTTP long-polling", officialHandshakePolling},
		{"Engine.IO protocol/handshake/WebSocket", officialHandshakeWebSocket},
		{"Engine.IO protocol/heartbeat/HTTP long-polling", officialHeartbeatPolling},
		{"Engine.IO protocol/heartbeat/WebSocket", officialHeartbeatWebSocket},
		{"Engine.IO protocol/close/HTTP long-polling", officialClosePolling},
		{"Engine.IO protocol/close/WebSocket", officialCloseWebSocket},
		{"Engine.IO protocol/upgrade", officialUpgrade},
		{"Socket.IO protocol/connect", officialConnect},
		{"Socket.IO protocol/disconnect", officialDisconnect},
		{"Socket.IO protocol/message", officialMessage},
	} {
		for _, c := range group.cases {
			count++
			t.Run(group.name+"/"+c.name, func(t *testing.T) {
				config := config
				if c.bubble {
					synctest.Test(t, func(t *testing.T) { c.run(newPipeHost(t, config, officialApplication{})) })
					return
				}
				if !strings.Contains(group.name, "/handshake/") { // which looks at it
					config.Engine.PingInterval, config.ConnectTimeout = time.Hour, time.Hour // however busy the machine is
				}
				c.run(newHost(t, config, officialApplication{}))
			})
		}
	}
	if count != 32 {
		t.Errorf("%d cases, not 32", count)
	}
}

// An officialApplication behaves as the suite's server does.
type officialApplication struct{}

func (officialApplication) Connect(s *Socket, auth json.RawMessage) (Receiver, error) {
	if s.Namespace() != "/" && s.Namespace() != "/custom" {
		return nil, ErrInvalidNamespace
	}
	if auth == nil {
		auth = json.RawMessage("{}")
	}
	return officialReceiver{s, auth}, nil
}

type officialReceiver struct {
	socket *Socket
	auth   json.RawMessage
}

func (r officialReceiver) Connected() {
	r.socket.Send(EncodeEvent(r.socket.Namespace(), "auth", []json.RawMessage{r.auth}, nil))
}

func (r officialReceiver) Event(e Event) {
	id, wanted := e.AckID()
	switch {
	case r.socket.Namespace() != "/":
	case e.Name == "message":
		r.socket.Send(EncodeEvent("/", "message-back", e.Args, e.Attachments))
	case e.Name == "message-with-ack" && wanted:
		r.socket.Send(EncodeAck("/", id, e.Args, e.Attachments))
	}
}

func (officialReceiver) Disconnected(Reason) {}

// openConnected opens a WebSocket that is connected to the main namespace.
func (h *host) openConnected() transport {
	h.t.Helper()
	client := h.openWebSocket()
	h.run(client, nil, `
		> 40
		< 40{"sid":"*"}
		< 42["auth",{}]`)
	return client
}

// script runs a script on a new WebSocket.
func (h *host) script(script string) {
	h.t.Helper()
	h.run(h.openWebSocket(), nil, script)
}

func (h *host) wantStatus(want, got int, body string) {
	h.t.Helper()
	if got != want {
		h.t.Fatalf("status %d, %q; want %d", got, body, want)
	}
}

// wantHandshake checks an open packet: these five keys and no other.
func (h *host) wantHandshake(packet string, upgrades ...string) {
	h.t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(packet, "0")), &got); err != nil || packet[0] != '0' {
		h.t.Fatalf("open packet %q: %v", packet, err)
	}
	sid, isString := got["sid"].(string)
	list, isList := got["upgrades"].([]any)
	if len(got) != 5 || !isString || sid == "" || !isList || len(list) != len(upgrades) ||
		got["pingInterval"] != 300.0 || got["pingTimeout"] != 200.0 || got["maxPayload"] != 1e6 {
		h.t.Errorf("open packet %q", packet)
	}
	for i, upgrade := range upgrades {
		if list[i] != upgrade {
			h.t.Errorf("open packet %q", packet)
		}
	}
}
