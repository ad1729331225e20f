package gateway

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// resumingNode knows one session, with its start and one offset.
type resumingNode struct{ *fakeNode }

func (n resumingNode) Resume(u room.User, pid, offset string, out Outbox, admit func(room.ConnectionID, []*engineio.Frame)) Connection {
	if u.ID != "anna" || pid != "known" || offset != "o" && offset != "" {
		return nil
	}
	admit("old-id", []*engineio.Frame{newPacket("missed").encode("o1")})
	out.Offer(newPacket("live").encode("o2"))
	return fakeConnection{n.fakeNode, out}
}

func withRecovery(c *Config) { c.Recovery, c.Node = true, resumingNode{c.Node.(*fakeNode)} }

// TestComingBack: what was missed, CONNECT's reply with the same ids, what
// happens since.
func TestComingBack(t *testing.T) {
	inBubble(t, withRecovery, func(t *testing.T, w *world) {
		c, missed := w.connect(`{"userId":"anna","pid":"known","offset":"o"}`)
		got := []string{missed, c.next(), c.next()}
		want := []string{`42["missed","o1"]`, `40{"sid":"old-id","pid":"known"}`, `42["live","o2"]`}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		c.ask("leaveRoom", `"r"`)
		if got := w.node.life; got != nil {
			t.Errorf("it is another connection: %q", got)
		}
	})
}

// TestNotComingBack: a new session, with a secret of its own, that knows the
// offset which its client has brought.
func TestNotComingBack(t *testing.T) {
	inBubble(t, withRecovery, func(t *testing.T, w *world) {
		for auth, offset := range map[string]string{
			`{"userId":"ben","pid":"known","offset":"o"}`: "o", `{"userId":"anna","pid":"x","offset":"o"}`: "o", `{"userId":"anna","offset":"o"}`: "o",
			`{"userId":"anna","pid":"known","offset":7}`:                                               "", // not from the start
			`{"userId":"anna","pid":"known","offset":"` + strings.Repeat("o", offsetBytesMax+1) + `"}`: "",
		} {
			_, answer := w.connect(auth)
			if !strings.HasPrefix(answer, `40{"sid":"`) || !strings.Contains(answer, `","pid":"`) || strings.Contains(answer, "known") {
				t.Errorf("%s: %s", auth, answer)
			}
			synctest.Wait()
			if got := w.node.life[len(w.node.life)-1]; got != "keep "+offset {
				t.Errorf("%s: %s", auth, got)
			}
		}
	})
}

// TestHowSessionsEnd: for good when the client says so, else it may come back.
func TestHowSessionsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(c *polling, w *world)
		want string
	}{
		"DISCONNECT":        {func(c *polling, _ *world) { c.send("41") }, "quit"},
		"the transport":     {func(c *polling, _ *world) { c.send("1") }, "detach"},
		"a broken packet":   {func(c *polling, _ *world) { c.send("4x") }, "detach"},
		"a slow consumer":   {func(_ *polling, w *world) { w.node.out.CloseTransport(engineio.ReasonSlowConsumer) }, "detach"},
		"the token's end":   {func(_ *polling, w *world) { w.node.out.CloseTransport(reasonTokenExpired) }, "quit"},
		"an internal fault": {func(_ *polling, w *world) { w.node.out.CloseTransport(socketio.ReasonInternalError) }, "detach"},
		"the server's end":  {func(_ *polling, w *world) { w.Close() }, "detach"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, withRecovery, func(t *testing.T, w *world) {
				client := w.anna()
				client.rest()
				c.end(client, w)
				time.Sleep(2 * time.Minute) // nobody polls: closed all the same
				synctest.Wait()
				if got := w.node.life; !slices.Equal(got, []string{"keep ", c.want}) {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

// TestPongsConfirm: the node hears of each.
func TestPongsConfirm(t *testing.T) {
	inBubble(t, withRecovery, func(t *testing.T, w *world) {
		c := w.anna()
		for range 3 {
			if status, ping := c.do("GET", ""); status != 200 || ping != "2" {
				t.Fatalf("%d %q", status, ping)
			}
			c.send("3", "3") // the second was not asked for
		}
		if got := w.node.life; !slices.Equal(got, []string{"keep ", "confirm", "confirm", "confirm"}) {
			t.Errorf("%q", got)
		}
	})
}
