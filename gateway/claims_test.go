package gateway

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/gateway/token"
)

const forbidden = `{"success":false,"error":"Your token does not allow this","code":"forbidden"}`

// TestClaimsNarrow: what a token doesn't allow never gets to the node.
func TestClaimsNarrow(t *testing.T) {
	narrow := token.Claims{
		Subject: "anna",
		Join:    token.Patterns{"join-*", "both", "direct:*"},
		Create:  token.Patterns{"create-*", "both"},
		Send:    token.Patterns{"send"},
	}
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, narrow, 0)))
		w.node.replyWith(room.ErrInternal)
		for _, row := range []struct {
			event, argument string
			allowed         bool
		}{
			{"joinRoom", `"join-1"`, true},
			{"joinRoom", `"create-1"`, false},
			{"joinRoom", `{"roomId":"send","password":"x"}`, false},
			{"createRoom", `{"roomId":"create-1"}`, true},
			{"createRoom", `{"roomId":"join-1"}`, false},
			{"createRoom", `{"roomId":"x","password":"x"}`, false},
			{"createRoom", ``, false}, // it would be made-by-the-server
			{"openDirect", `"ben"`, false},
			{"sendMessage", `{"roomId":"send","text":"x"}`, true},
			{"sendMessage", `{"roomId":"join-1","text":"x"}`, false},
			{"chatMessage", `{"roomId":"join-1","message":"x"}`, false},
			{"editMessage", `{"roomId":"join-1","messageId":"e-1","text":"x"}`, false},
			{"emitToRoom", `{"roomId":"join-1","event":"x"}`, false},
			{"gameAction", `{"roomId":"join-1"}`, false},
			{"leaveRoom", `"x"`, true},
			{"deleteMessage", `{"roomId":"x","messageId":"e-1"}`, true},
			{"getHistory", `{"roomId":"x"}`, true},
			{"addContact", `"ben"`, true},
		} {
			got := c.ask(row.event, row.argument)
			if orders := w.node.take(); (got != forbidden) != row.allowed || (orders != nil) != row.allowed {
				t.Errorf("%s %s: %s, orders %+v", row.event, row.argument, got, orders)
			}
		}
		if w.node.hashes != 0 {
			t.Error("a password was hashed for nothing")
		}
	})
}

// TestJoinMayOnlyMakeWhatCreateAllows: a join of a room that isn't there.
func TestJoinMayOnlyMakeWhatCreateAllows(t *testing.T) {
	claims := token.Claims{Subject: "anna", Create: token.Patterns{"both"}}
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, claims, 0)))
		w.node.replyWith(room.ErrInternal)
		for id, implicit := range map[string]bool{"both": true, "join": false} {
			c.ask("joinRoom", dump(id))
			c.ask("joinRoom", `{"password":"x","roomId":`+dump(id)+`}`)
			for _, o := range w.node.take() {
				if got := o.(roomOrder).command.(room.Join).Implicit; got != implicit {
					t.Errorf("%s: implicit %t", id, got)
				}
			}
		}
	})
}

func TestJoinMakesNoRoomsWithoutImplicitOnes(t *testing.T) {
	inBubble(t, func(c *Config) { c.ImplicitRooms = false }, func(t *testing.T, w *world) {
		c, _ := w.connect(`{}`)
		w.node.replyWith(room.ErrInternal)
		c.ask("joinRoom", `"r"`)
		for _, o := range w.node.take() {
			if o.(roomOrder).command.(room.Join).Implicit {
				t.Error("implicit")
			}
		}
	})
}

func TestEmptyPatternsAllowNothing(t *testing.T) {
	none := &token.Claims{Join: token.Patterns{}, Create: token.Patterns{}, Send: token.Patterns{}}
	for _, c := range []room.Command{room.Join{}, room.Create{}, room.Open{}, room.Send{}, room.Emit{}, room.Act{}, room.EditMessage{}} {
		if o := (roomOrder{roomID: "r", command: c}); allows(none, o) || !allows(noClaims, o) {
			t.Errorf("%T: allowed %t, and without narrowing %t", c, allows(none, o), allows(noClaims, o))
		}
	}
}

// TestTokensEnd: to the moment, with the reason in the log.
func TestTokensEnd(t *testing.T) {
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		text := auth(mint(t, token.Claims{Subject: "anna"}, time.Minute))
		c, _ := w.connect(text)
		began := time.Now()
		if got := c.next(); got != "closed" || time.Since(began) != time.Minute {
			t.Errorf("%s after %s", got, time.Since(began))
		}
		if _, answer := w.connect(text); !strings.Contains(answer, codeInvalidToken) {
			t.Errorf("again: %s", answer)
		}
		synctest.Wait()
		if want := `user=anna reason="token expired"`; !strings.Contains(w.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, w.log)
		}
		if w.node.closedConnections() != 1 {
			t.Error("the node was not told")
		}
	})
}

func TestTokensWithoutEnd(t *testing.T) {
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, token.Claims{Subject: "anna"}, 0)))
		if c.at(24*time.Hour) == "closed" {
			t.Error("closed")
		}
	})
}

// at lets time pass, in which pings are answered, and returns "closed" if the
// session ends.
func (c *polling) at(d time.Duration) string {
	c.world.t.Helper()
	timer := time.AfterFunc(d, func() { c.world.node.out.Offer(newPacket("tick").encode("")) })
	defer timer.Stop()
	return c.next()
}

// TestTimersEndWithTheClient: one that has left the namespace keeps its
// transport.
func TestTimersEndWithTheClient(t *testing.T) {
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, token.Claims{Subject: "anna"}, time.Minute)))
		c.ask("refreshToken", auth(mint(t, token.Claims{Subject: "anna"}, time.Second)))
		c.send("41")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if strings.Contains(w.log.String(), "token expired") || w.node.closedConnections() != 1 {
			t.Errorf("closed %d, log:\n%s", w.node.closedConnections(), w.log)
		}
	})
}

func TestRefreshToken(t *testing.T) {
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, token.Claims{Subject: "anna"}, time.Minute)))
		began := time.Now()
		c.at(30 * time.Second)
		fresh := auth(mint(t, token.Claims{Subject: "anna", Name: "Hanna", Send: token.Patterns{}}, time.Hour))
		want := fmt.Sprintf(`{"success":true,"expiresAt":"%s"}`, time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"))
		if got := c.ask("refreshToken", fresh); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := c.ask("chatMessage", `{"roomId":"r","message":"x"}`); got != forbidden {
			t.Errorf("the new claims don't count: %s", got)
		}
		if w.node.user.Name != "anna" {
			t.Errorf("another name: %s", w.node.user.Name)
		}
		if c.at(2*time.Minute) == "closed" {
			t.Error("ended with the old token")
		}
		if got := c.next(); got != "closed" || time.Since(began) != time.Hour+30*time.Second {
			t.Errorf("%s after %s", got, time.Since(began))
		}
	})
}

func TestRefreshTokenForEver(t *testing.T) {
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, token.Claims{Subject: "anna"}, time.Minute)))
		if got := c.say("refreshToken", auth(mint(t, token.Claims{Subject: "anna"}, 0))); got != nil {
			t.Errorf("without an ack: %s", got)
		}
		if got := c.ask("refreshToken", auth(mint(t, token.Claims{Subject: "anna"}, 0))); got != `{"success":true,"expiresAt":null}` {
			t.Error(got)
		}
		if c.at(time.Hour) == "closed" {
			t.Error("ended all the same")
		}
	})
}

// TestRefreshTokenRefuses: then nothing has changed, the end neither.
func TestRefreshTokenRefuses(t *testing.T) {
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		c, _ := w.connect(auth(mint(t, token.Claims{Subject: "anna", Send: token.Patterns{}}, time.Minute)))
		began := time.Now()
		for _, row := range []struct{ argument, want string }{
			{auth("x.y.z"), `{"success":false,"error":"Invalid token","code":"forbidden"}`},
			{auth(mint(t, token.Claims{Subject: "ben"}, 0)), `{"success":false,"error":"The token is another user's","code":"forbidden"}`},
			{`{"token":7}`, `{"success":false,"error":"token must be a string","code":"bad_request"}`},
		} {
			if got := c.ask("refreshToken", row.argument); got != row.want {
				t.Errorf("%.60s: got %s, want %s", row.argument, got, row.want)
			}
		}
		if got := c.ask("chatMessage", `{"roomId":"r","message":"x"}`); got != forbidden {
			t.Errorf("the old claims don't count any more: %s", got)
		}
		if got := c.next(); got != "closed" || time.Since(began) != time.Minute {
			t.Errorf("%s after %s", got, time.Since(began))
		}
	})
}
