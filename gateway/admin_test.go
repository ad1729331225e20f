package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
	"roomd/gateway/token"
)

const testAdminToken = "correct horse battery staple"

// fakeAdminNode answers with what a test expects, and notes what it was asked.
type fakeAdminNode struct {
	mu    sync.Mutex
	asked []string // guarded by mu
	fails *room.Error
}

func (n *fakeAdminNode) note(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, fmt.Sprintf(format, args...))
}

// take returns what the node was asked since the last time.
func (n *fakeAdminNode) take() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	asked := strings.Join(n.asked, "; ")
	n.asked = nil
	return asked
}

var (
	testTime    = time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	testListing = room.Listing{
		ID: "tea", Name: "Tea <b>", Creator: room.User{ID: "anna", Name: "Anna"}, CreatedAt: testTime, LastActivity: testTime,
		Persistent: true, Private: true, HasPassword: true, MaxUsers: 5, UserCount: 2, MemberCount: 3,
	}
)

func (n *fakeAdminNode) RoomStats() room.Stats {
	n.note("stats")
	return room.Stats{TotalRooms: 3, EmptyRooms: 1, TotalUsersInRooms: 7, Largest: []room.Listing{testListing}}
}

func (n *fakeAdminNode) AllRooms(q room.ListRooms) (room.RoomsReply, *room.Error) {
	n.note("rooms %q %d %q", q.Cursor, q.Limit, q.Search)
	return room.RoomsReply{Rooms: []room.Listing{testListing}, Next: "next"}, n.fails
}

func (n *fakeAdminNode) RoomUsers(roomID string, q room.ListUsers) (room.UsersReply, *room.Error) {
	n.note("users of %s %d %d", roomID, q.After, q.Limit)
	return room.UsersReply{Users: []room.User{{ID: "anna", Name: "Anna"}}, Total: 2, Next: 9}, n.fails
}

func (n *fakeAdminNode) Users(after string, limit int) ([]room.OnlineUser, string) {
	n.note("users %q %d", after, limit)
	return []room.OnlineUser{{User: room.User{ID: "anna", Name: "Anna"}, Connections: 2, Rooms: 3}}, ""
}

func (n *fakeAdminNode) DeleteRoom(roomID, reason string) *room.Error {
	n.note("delete %s: %s", roomID, reason)
	return n.fails
}

func (n *fakeAdminNode) KickUser(roomID, userID, reason string) *room.Error {
	n.note("kick %s of %s: %s", userID, roomID, reason)
	return n.fails
}

func (n *fakeAdminNode) DisconnectUser(userID string) int {
	n.note("disconnect %s", userID)
	return 2
}

// adminServer is a server with nothing but the admin namespace.
type adminServer struct {
	t       *testing.T
	node    *fakeAdminNode
	admin   *admin
	sockets *socketio.Server
	log     bytes.Buffer // guarded by slog's own lock while the server runs
}

// Connect lets the namespace decide.
func (s *adminServer) Connect(socket *socketio.Socket, auth json.RawMessage) (socketio.Receiver, error) {
	return s.admin.connect(socket, auth)
}

// withAdmin runs a test with a server in a bubble of its own time.
func withAdmin(t *testing.T, test func(t *testing.T, s *adminServer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &adminServer{t: t, node: &fakeAdminNode{}}
		log := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		var err error
		s.admin, err = newAdmin(adminConfig{
			node: s.node, token: testAdminToken, verify: verifyTestToken, log: log,
			stats: func() socketio.Stats { return s.sockets.Stats() },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.sockets = socketio.NewServer(socketio.Config{Logger: log}, s)
		defer func() {
			s.sockets.Close(engineio.ReasonServerShutdown)
			synctest.Wait()
			if text := s.log.String(); strings.Contains(text, testAdminToken) || strings.Contains(text, "signed.by.them") {
				t.Errorf("a token is in the log:\n%s", text)
			}
		}()
		test(t, s)
	})
}

// verifyTestToken knows some tokens.
func verifyTestToken(_ context.Context, text string) (token.Claims, error) {
	switch text {
	case "signed.by.them":
		return token.Claims{Subject: "root", Admin: true, Expires: time.Now().Add(time.Minute)}, nil
	case "signed.by.user":
		return token.Claims{Subject: "anna"}, nil
	case "signed.by.nameless":
		return token.Claims{Subject: "a\nb", Admin: true}, nil
	}
	return token.Claims{}, errors.New("signed by nobody")
}

// adminClient polls. It answers pings.
type adminClient struct {
	server  *adminServer
	url     string
	packets []string // that have come and were not taken
}

func (s *adminServer) open(address string) *adminClient {
	s.t.Helper()
	c := &adminClient{server: s, url: "/socket.io/?EIO=4&transport=polling"}
	opened := c.do(http.MethodGet, "", address)
	var terms struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(opened, "0")), &terms); err != nil {
		s.t.Fatalf("%s: %v", opened, err)
	}
	c.url += "&sid=" + terms.SID
	return c
}

// connect opens a client and has it ask for the namespace.
func (s *adminServer) connect(auth string) *adminClient {
	s.t.Helper()
	c := s.open("192.0.2.1:1234")
	c.send("40/admin," + auth)
	return c
}

func (c *adminClient) do(method, body, address string) string {
	c.server.t.Helper()
	r := httptest.NewRequest(method, c.url, strings.NewReader(body))
	r.RemoteAddr = cmp.Or(address, r.RemoteAddr)
	w := httptest.NewRecorder()
	c.server.sockets.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		c.server.t.Fatalf("%s %q: %d %s", method, body, w.Code, w.Body)
	}
	return w.Body.String()
}

func (c *adminClient) send(packet string) { c.do(http.MethodPost, packet, "") }

// next returns the next packet, however long that takes.
func (c *adminClient) next() string {
	c.server.t.Helper()
	for {
		if len(c.packets) == 0 {
			c.packets = strings.Split(c.do(http.MethodGet, "", ""), "\x1e")
		}
		p := c.packets[0]
		c.packets = c.packets[1:]
		if p != "2" {
			return p
		}
		c.send("3")
	}
}

// event returns the next packet that begins so.
func (c *adminClient) event(prefix string) string {
	c.server.t.Helper()
	for range 100 {
		if p := c.next(); strings.HasPrefix(p, prefix) {
			return p
		}
	}
	c.server.t.Fatalf("no packet %q among 100", prefix)
	return ""
}

func tokenAuth(text string) string { return dump(map[string]string{"token": text}) }

func TestAdminSignIn(t *testing.T) {
	const (
		unauthorized = `44/admin,{"message":"Unauthorized","data":{"code":"unauthorized"}}`
		invalid      = `44/admin,{"message":"invalid credentials"}`
	)
	ui := func(name, password string) string {
		return dump(map[string]string{"username": name, "password": password})
	}
	for _, c := range []struct{ auth, want string }{
		{tokenAuth(testAdminToken), `40/admin,{"sid":`},
		{tokenAuth("signed.by.them"), `40/admin,{"sid":`},
		{tokenAuth("signed.by.user"), unauthorized},
		{tokenAuth("signed.by.nameless"), unauthorized},
		{tokenAuth("signed.by.nobody"), unauthorized},
		{tokenAuth(testAdminToken + "."), unauthorized},
		{tokenAuth(""), unauthorized},
		{``, unauthorized},
		{`{"token":7}`, unauthorized},
		{`{"userId":"anna"}`, unauthorized},
		{ui("admin", testAdminToken), `42/admin,["session","`},
		{ui("admin", "wrong"), invalid},
		{ui("admin", "signed.by.them"), invalid},
		{ui("", testAdminToken), invalid},
		{ui(strings.Repeat("x", 129), testAdminToken), invalid},
		{`{"username":7}`, invalid},
		{`{"sessionId":null}`, invalid},
		{`{"sessionId":""}`, invalid},
		{`{"sessionId":"nobody's"}`, invalid},
	} {
		withAdmin(t, func(t *testing.T, s *adminServer) {
			if got := s.connect(c.auth).next(); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s: got %s, want %s", c.auth, got, c.want)
			}
		})
	}
}

// TestAdminWithoutToken: what is not configured opens nothing.
func TestAdminWithoutToken(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		closed, err := newAdmin(adminConfig{node: s.node, log: s.admin.log, stats: s.admin.stats})
		if err != nil || closed.isOpen() || !s.admin.isOpen() {
			t.Fatalf("open %v and %v, %v", closed.isOpen(), s.admin.isOpen(), err)
		}
		s.admin = closed
		for _, auth := range []string{tokenAuth(""), tokenAuth("signed.by.them"), `{"username":"admin","password":""}`} {
			if got := s.connect(auth).next(); !strings.HasPrefix(got, "44/admin,") {
				t.Errorf("%s: %s", auth, got)
			}
		}
	})
}

func TestCheckAdminToken(t *testing.T) {
	for length, good := range map[int]bool{0: false, 15: false, 16: true, 1024: true, 1025: false} {
		if err := CheckAdminToken(strings.Repeat("x", length)); (err == nil) != good {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
	if _, err := newAdmin(adminConfig{token: "short"}); err == nil {
		t.Error("a short token is taken")
	}
}

func TestAdminAttemptsAreLimited(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		attempt := func(address string) string {
			c := s.open(address)
			c.send("40/admin," + tokenAuth("wrong"))
			return c.next()
		}
		for i := range adminAttempts.Burst {
			if got := attempt("192.0.2.1:5"); !strings.Contains(got, "Unauthorized") {
				t.Fatalf("attempt %d: %s", i, got)
			}
		}
		want := `44/admin,{"message":"Rate limited. Try again later.","data":{"code":"rate_limited","retryAfterMs":2000}}`
		if got := attempt("192.0.2.1:6"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := attempt("192.0.2.2:5"); !strings.Contains(got, "Unauthorized") {
			t.Errorf("another address: %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := attempt("192.0.2.1:5"); !strings.Contains(got, "Unauthorized") {
			t.Errorf("later: %s", got)
		}
	})
}

// TestAdminTokenEnds: whom a token lets in leaves when it ends.
func TestAdminTokenEnds(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		c, began := s.connect(tokenAuth("signed.by.them")), time.Now()
		for c.next() != "1" {
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("closed after %s", took)
		}
		synctest.Wait()
		if want := `reason="token expired"`; !strings.Contains(s.log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &s.log)
		}
	})
}

func TestRoomStats(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		c, began := s.connect(tokenAuth(testAdminToken)), time.Now()
		c.event("40/admin,")
		want := `42/admin,["roomStats",{"totalRooms":3,"emptyRooms":1,"totalUsersInRooms":7,"roomsBreakdown":` +
			`[{"id":"tea","name":"Tea <b>","userCount":2,"createdAt":"2026-01-02T03:04:05.006Z","type":"persistent"}]}]`
		for _, after := range []time.Duration{0, 10 * time.Second, 20 * time.Second, 30 * time.Second} {
			if got := c.event(`42/admin,["roomStats"`); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			if took := time.Since(began); took != after {
				t.Errorf("after %s, want %s", took, after)
			}
		}
		c.send("41/admin,")
		s.node.take()
		time.Sleep(time.Minute)
		if asked := s.node.take(); asked != "" {
			t.Errorf("asked for somebody who has gone: %s", asked)
		}
	})
}

func TestRoomStatsOfNoRooms(t *testing.T) {
	if got := dump(newRoomStatsJSON(room.Stats{})); !strings.Contains(got, `"roomsBreakdown":[]`) {
		t.Errorf("no rooms: %s", got)
	}
}
