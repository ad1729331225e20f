package gateway

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
	"roomd/gateway/engineio"
)

// refusingNode will not have anybody.
type refusingNode struct{ *fakeNode }

func (refusingNode) Connect(room.User, room.ConnectionID, Outbox) (Connection, error) {
	return nil, errors.New("the node is full")
}

// TestNodeRefusesConnection: the client is closed and comes back by itself, and
// what it has sent meanwhile comes to nothing.
func TestNodeRefusesConnection(t *testing.T) {
	refuse := func(c *Config) { c.Node = refusingNode{c.Node.(*fakeNode)} }
	inBubble(t, refuse, func(t *testing.T, w *world) {
		c := w.open()
		c.send("40", `427["leaveRoom","r"]`)
		if got := c.next(); !strings.HasPrefix(got, "40") {
			t.Errorf("CONNECT's reply: %s", got)
		}
		if got := c.next(); got != "closed" {
			t.Errorf("then %s", got)
		}
	})
}

// overwhelmedNode can't hash.
type overwhelmedNode struct{ *fakeNode }

func (overwhelmedNode) HashPassword(_, _ string) (string, error) {
	return "", errors.New("too many wait")
}

func TestPasswordsThatCanNotBeHashed(t *testing.T) {
	overwhelm := func(c *Config) { c.Node = overwhelmedNode{c.Node.(*fakeNode)} }
	inBubble(t, overwhelm, func(t *testing.T, w *world) {
		c := w.anna()
		for _, event := range []string{"createRoom", "updateRoom"} {
			got := c.ask(event, `{"roomId":"r","password":"x"}`)
			if !strings.Contains(got, `"code":"unavailable"`) || w.node.take() != nil {
				t.Errorf("%s: %s", event, got)
			}
		}
	})
}

// TestOutbox: what the node tells a client, and how it ends one.
func TestOutbox(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		w.node.out.Offer(EncodeRoomEvent("r", room.Removed{}, ""))
		if got := c.next(); got != `42["roomDeleted",{"roomId":"r"}]` {
			t.Error(got)
		}
		w.node.out.CloseTransport(engineio.Reason{Name: "room failed", CloseCode: 1011})
		if got := c.next(); got != "closed" {
			t.Error(got)
		}
		synctest.Wait()
		if w.node.closedConnections() != 1 {
			t.Error("the node's connection is open")
		}
	})
}

// TestHostileArguments: valid JSON of any shape is refused or understood, and
// the client goes on.
func TestHostileArguments(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		w.node.replyWith(room.ErrInternal)
		for event := range commands {
			for _, argument := range []string{
				``, `null`, `true`, `-1`, `1e400`, `""`, `"\ud800"`, `"\u0000"`, `[]`, `[[]]`, `{}`, `{"":""}`,
				`{"roomId":null,"userId":null}`, `{"roomId":{},"userId":[]}`, `{"roomId":"r","roomId":7}`,
				`{"roomId":"r","userId":"ben","limit":1e400,"seq":1e400,"before":1e400,"durationMs":1e400,"maxUsers":1e400}`,
				`{"__proto__":{"roomId":"r"}}`, `{"roomId":"r","text":"\ud800","message":"\udfff","messageId":"\ud800"}`,
				strings.Repeat(`{"roomId":`, 100) + `1` + strings.Repeat(`}`, 100),
				`{"roomId":"` + strings.Repeat(`\u0000`, 10_000) + `"}`,
			} {
				if got := c.ask(event, argument); !strings.HasPrefix(got, `{"success":false,`) {
					t.Errorf("%s %.60s: %s", event, argument, got)
				}
			}
		}
	})
}
