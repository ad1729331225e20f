package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/gateway/ratelimit"
)

// once allows one operation a minute.
var once = ratelimit.Rate{PerSecond: 1.0 / 60, Burst: 1}

func withLimits(kind ratelimit.Kind, scopes ratelimit.Scopes) func(*Config) {
	var rates ratelimit.Rates
	rates[kind] = scopes
	return func(c *Config) { c.Limits = ratelimit.New(rates) }
}

const limited = `{"success":false,"error":"Rate limited. Try again later.","code":"rate_limited","retryAfterMs":60000}`

func TestCommandsAreRateLimited(t *testing.T) {
	for _, row := range []struct {
		kind                   ratelimit.Kind
		event, argument, other string // another command of the same kind
	}{
		{ratelimit.Message, "chatMessage", `{"roomId":"r","message":"x"}`, "sendMessage"},
		{ratelimit.Event, "gameAction", `{"roomId":"r"}`, "emitToRoom"},
		{ratelimit.Join, "leaveRoom", `"r"`, "joinRoom"},
		{ratelimit.Query, "watchRooms", `true`, "listRooms"},
		{ratelimit.Change, "addContact", `"ben"`, "kickUser"},
		{ratelimit.Create, "createRoom", `{"roomId":"r"}`, "openDirect"},
	} {
		t.Run(row.kind.String(), func(t *testing.T) {
			inBubble(t, withLimits(row.kind, ratelimit.Scopes{Connection: once}), func(t *testing.T, w *world) {
				c := w.anna()
				w.node.replyWith(room.ErrInternal)
				if got := c.ask(row.event, row.argument); got == limited {
					t.Error("the first one is refused")
				}
				w.node.take()
				if got := c.ask(row.event, row.argument); got != limited {
					t.Errorf("the second one: %s", got)
				}
				// Also what isn't even looked at.
				if got := c.ask(row.other, `["of the wrong shape"]`); got != limited {
					t.Errorf("%s: %s", row.other, got)
				}
				want := `42["error",{"message":"Rate limited. Try again later.","code":"rate_limited","event":"` + row.event + `","retryAfterMs":60000}]`
				if got := c.say(row.event, row.argument); len(got) != 1 || got[0] != want {
					t.Errorf("without an ack: %s", got)
				}
				if orders := w.node.take(); orders != nil {
					t.Errorf("ordered %+v", orders)
				}
				c.at(time.Minute)
				if got := c.ask(row.event, row.argument); got == limited {
					t.Error("refused after the time that was said")
				}
			})
		})
	}
}

// TestPasswordsAreRateLimited: in all commands that carry one, and only there.
func TestPasswordsAreRateLimited(t *testing.T) {
	inBubble(t, withLimits(ratelimit.Password, ratelimit.Scopes{User: once}), func(t *testing.T, w *world) {
		c, again := w.anna(), w.anna()
		w.node.replyWith(room.ErrInternal)
		c.ask("joinRoom", `{"roomId":"r","password":"guess"}`)
		w.node.take()
		for _, client := range []*polling{c, again} {
			for _, event := range []string{"joinRoom", "createRoom", "updateRoom"} {
				if got := client.ask(event, `{"roomId":"r","password":"x"}`); got != limited {
					t.Errorf("%s: %s", event, got)
				}
			}
		}
		if w.node.hashes != 0 || w.node.take() != nil {
			t.Error("a refused password was looked at")
		}
		for _, event := range []string{"joinRoom", "createRoom", "updateRoom"} {
			if got := c.ask(event, `{"roomId":"r","password":null}`); got == limited {
				t.Errorf("%s without password is refused", event)
			}
		}
	})
}

// TestVolumeIsRateLimited: a message's size counts beside it, of its text, of its
// attachments and of edits; what is refused takes nothing.
func TestVolumeIsRateLimited(t *testing.T) {
	ten := ratelimit.Rate{PerSecond: 1.0 / 60, Burst: 10}
	inBubble(t, withLimits(ratelimit.Volume, ratelimit.Scopes{User: ten}), func(t *testing.T, w *world) {
		c := w.anna()
		w.node.replyWith(room.SendReply{})
		text := func(bytes int) string { return strings.Repeat("x", bytes) }
		for _, step := range []struct {
			event, argument string
			refused         bool
		}{
			{"sendMessage", `{"roomId":"r","text":"` + text(1024) + `"}`, false}, // 10 are left
			{"sendMessage", `{"roomId":"r","text":"` + text(5*1024+1) + `"}`, false},
			{"sendMessage", `{"roomId":"r","text":"` + text(6*1024+1) + `"}`, true},
			{"sendMessage", `{"roomId":"r","attachments":[{"a":"` + text(2*1024) + `"}]}`, false},
			{"chatMessage", `{"roomId":"r","message":"` + text(4*1024+1) + `"}`, true},
			{"chatMessage", `{"roomId":"r","message":"` + text(1024+1) + `"}`, false},
			{"editMessage", `{"roomId":"r","messageId":"m","text":"` + text(3*1024+1) + `"}`, true},
			{"editMessage", `{"roomId":"r","messageId":"m","text":"` + text(2*1024+1) + `"}`, false}, // none is left
			{"sendMessage", `{"roomId":"r","text":"` + text(1024+1) + `"}`, true},
			{"sendMessage", `{"roomId":"r","text":"short"}`, false},
			{"emitToRoom", `{"roomId":"r","event":"e","data":"` + text(10_000) + `"}`, false},
		} {
			if got := c.ask(step.event, step.argument); strings.Contains(got, "rate_limited") != step.refused {
				t.Errorf("%s of %d bytes: %.100s", step.event, len(step.argument), got)
			}
		}
	})
}

func TestNonsenseIsRateLimited(t *testing.T) {
	two := ratelimit.Rate{PerSecond: 1.0 / 60, Burst: 2}
	inBubble(t, withLimits(ratelimit.Refused, ratelimit.Scopes{Connection: two}), func(t *testing.T, w *world) {
		c := w.anna()
		c.send(`427["joinRoom",7]`, `427["noSuchCommand"]`, `427["noSuchCommand"]`, `427["joinRoom",7]`, `427["leaveRoom","r"]`)
		for _, want := range []string{
			`{"success":false,"error":"the argument must be an object","code":"bad_request"}`,
			`{"success":false,"error":"Unknown event","code":"unknown_event"}`,
			limited, limited,
			`{"success":true}`,
		} {
			if got := c.next(); got != "437["+want+"]" {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}

// TestSessionsAreRateLimited: by the client's address, behind a trusted proxy
// too.
func TestSessionsAreRateLimited(t *testing.T) {
	configure := func(c *Config) {
		withLimits(ratelimit.Connect, ratelimit.Scopes{Address: once})(c)
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} // where httptest's requests come from
	}
	inBubble(t, configure, func(t *testing.T, w *world) {
		open := func(client string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, "/socket.io/?EIO=4&transport=polling", nil)
			r.Header.Set("X-Forwarded-For", client)
			answer := httptest.NewRecorder()
			w.ServeHTTP(answer, r)
			return answer
		}
		if got := open("203.0.113.1"); got.Code != http.StatusOK {
			t.Errorf("the first one: %d", got.Code)
		}
		if got := open("203.0.113.1"); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "60" {
			t.Errorf("the second one: %d, %s", got.Code, got.Header())
		}
		if got := open("203.0.113.2"); got.Code != http.StatusOK {
			t.Errorf("another client: %d", got.Code)
		}
	})
}

// TestConnectingAgainIsRateLimited: who connects over and over on one transport
// is no cheaper than who opens others.
func TestConnectingAgainIsRateLimited(t *testing.T) {
	two := ratelimit.Rate{PerSecond: 1.0 / 60, Burst: 2}
	inBubble(t, withLimits(ratelimit.Connect, ratelimit.Scopes{Address: two}), func(t *testing.T, w *world) {
		const ben = `40{"userId":"ben"}`
		c := w.anna() // her session is the first of the two
		c.send("41", ben)
		if got := c.next(); !strings.HasPrefix(got, `40{"sid":`) {
			t.Errorf("once more: %s", got)
		}
		c.send("41", ben, ben)
		want := `44{"message":"Rate limited. Try again later.","data":{"code":"rate_limited","retryAfterMs":60000}}`
		for range 2 {
			if got := c.next(); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
}

// TestAddressesAreRateLimited: two users behind one address.
func TestAddressesAreRateLimited(t *testing.T) {
	inBubble(t, withLimits(ratelimit.Message, ratelimit.Scopes{Address: once}), func(t *testing.T, w *world) {
		anna := w.anna()
		ben, _ := w.connect(`{"userId":"ben"}`)
		w.node.replyWith(room.ErrInternal)
		anna.ask("chatMessage", `{"roomId":"r","message":"x"}`)
		if got := ben.ask("chatMessage", `{"roomId":"r","message":"x"}`); got != limited {
			t.Error(got)
		}
	})
}
