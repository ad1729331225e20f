package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// pollingFloor is the least that a room server over polling can be, for tests:
// one room, and rules that a test breaks.
type pollingFloor struct {
	lastAfterPost bool                   // the response to every POST but CONNECT closes its socket
	refusePost    func(body string) bool // with status 400

	mu       sync.Mutex
	sessions []*pollingPeer // guarded by mu
	seq      int            // guarded by mu
}

// pollingPeer is one session.
type pollingPeer struct {
	packets chan string
	posting sync.Mutex
}

func (p *pollingPeer) poll(r *http.Request) string {
	var packets []string
	select {
	case packet := <-p.packets:
		packets = append(packets, packet)
	case <-r.Context().Done():
		return ""
	}
	for len(p.packets) > 0 {
		packets = append(packets, <-p.packets)
	}
	return strings.Join(packets, "\x1e")
}

func (f *pollingFloor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := ""
	peer := f.peer(r.URL.Query().Get("sid"))
	switch {
	case peer == nil:
		reply = f.open()
	case r.Method == http.MethodGet:
		reply = peer.poll(r)
	default:
		body, _ := io.ReadAll(r.Body)
		if !peer.posting.TryLock() || f.refusePost != nil && f.refusePost(string(body)) {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		defer peer.posting.Unlock()
		for packet := range strings.SplitSeq(string(body), "\x1e") {
			f.receive(peer, packet)
		}
		if f.lastAfterPost && !strings.HasPrefix(string(body), "40") {
			w.Header().Set("Connection", "close")
		}
		reply = "ok"
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(reply)))
	io.WriteString(w, reply)
}

func (f *pollingFloor) peer(sid string) *pollingPeer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if index, err := strconv.Atoi(sid); err == nil && index < len(f.sessions) {
		return f.sessions[index]
	}
	return nil
}

func (f *pollingFloor) open() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sessions = append(f.sessions, &pollingPeer{packets: make(chan string, 10_000)})
	return fmt.Sprintf(`0{"sid":"%d"}`, len(f.sessions)-1)
}

func (f *pollingFloor) receive(from *pollingPeer, packet string) {
	if strings.HasPrefix(packet, "40") {
		from.packets <- `40{"sid":"x"}`
		return
	}
	if packet[0] == 'b' {
		f.send(fmt.Sprintf("451-[\"bytes\",{\"_placeholder\":true,\"num\":0}]\x1e%s", packet))
		return
	}
	if strings.HasPrefix(packet, "451-") {
		id, _ := leadingNumber([]byte(packet[4:]))
		from.packets <- fmt.Sprintf(`43%d[{"success":true}]`, id)
		return
	}
	if !strings.HasPrefix(packet, "42") {
		return
	}
	id, digits := leadingNumber([]byte(packet[2:]))
	var event []json.RawMessage
	var message struct{ Text string }
	json.Unmarshal([]byte(packet[2+digits:]), &event)
	json.Unmarshal(event[1], &message)
	from.packets <- fmt.Sprintf(`43%d[{"success":true}]`, id)
	if string(event[0]) == `"sendMessage"` {
		f.mu.Lock()
		f.seq++
		seq := f.seq
		f.mu.Unlock()
		f.send(fmt.Sprintf(`42["newMessage",{"seq":%d,"text":"%s"}]`, seq, message.Text))
	}
}

func (f *pollingFloor) send(packet string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, session := range f.sessions {
		session.packets <- packet
	}
}

func startPollingFloor(t *testing.T, f *pollingFloor) *Server {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return &Server{Name: "polling", URL: server.URL}
}

// pollingRoom has one sender: the fake takes no care of two at one time.
func pollingRoom() Talk {
	s := smallRoom()
	s.Members, s.Senders, s.Polling = 10, 1, true
	return s
}

func TestTalkOverPolling(t *testing.T) {
	for name, change := range map[string]func(*pollingFloor, *Talk){
		"text":                    func(*pollingFloor, *Talk) {},
		"attachments":             func(_ *pollingFloor, s *Talk) { s.Binary = true },
		"several in a payload":    func(_ *pollingFloor, s *Talk) { s.Burst = 20 },
		"a POST a socket":         func(f *pollingFloor, _ *Talk) { f.lastAfterPost = true },
		"heartbeats in the midst": func(f *pollingFloor, _ *Talk) { f.refusePost = pingAtMessages(f) },
	} {
		t.Run(name, func(t *testing.T) {
			f, scenario := &pollingFloor{}, pollingRoom()
			change(f, &scenario)
			r, err := scenario.Run(t.Context(), startPollingFloor(t, f))
			if err != nil {
				t.Fatal(err)
			}
			if faults := r.Faults(); faults != "" || r.Sent != 40 || r.Deliveries != 40*10 {
				t.Errorf("%d sent, %d delivered, faults %q; want 40, 400, none", r.Sent, r.Deliveries, faults)
			}
		})
	}
}

// pingAtMessages has everybody pinged at each message, and refuses none.
func pingAtMessages(f *pollingFloor) func(body string) bool {
	return func(body string) bool {
		if strings.Contains(body, `"sendMessage"`) {
			f.send("2")
		}
		return false
	}
}

// pollingMember connects one client to a server, and returns what it is told.
func pollingMember(t *testing.T, f *pollingFloor) (*pollConn, recorder) {
	t.Helper()
	l, err := newLoop(newClock())
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := endpoint(startPollingFloor(t, f).URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close) // before the server's
	events := make(recorder, 100)
	c, err := dialPolling(t.Context(), l, endpoint, &identity{UserID: "u", Username: "u"}, events)
	if err != nil {
		t.Fatal(err)
	}
	return c, events
}

func TestPollConnEnds(t *testing.T) {
	for want, packet := range map[string]string{
		"closed: closed by the server":              "1",
		"closed: closed by the server: DISCONNECT":  "41",
		"closed: illegal base64 data at input byte": "b!",
	} {
		f := &pollingFloor{}
		c, events := pollingMember(t, f)
		f.send(`42["a",1]`)
		f.send(packet)
		events.expect(t, `event 2["a",1]`)
		events.expect(t, want)
		if err := c.emit(0, "x", []byte("1")); err == nil {
			t.Errorf("%s: an ended connection still sends", packet)
		}
	}
}

func TestPollConnEndsByARefusedPost(t *testing.T) {
	f := &pollingFloor{refusePost: func(body string) bool { return !strings.HasPrefix(body, "40") }}
	c, events := pollingMember(t, f)
	if err := c.emit(0, "x", []byte("1")); err != nil {
		t.Fatal(err)
	}
	events.expect(t, "closed: POST: closed by the server: status 400")
}

// A server that doesn't answer a POST is not given megabytes to answer later.
func TestPollConnBoundsWhatWaits(t *testing.T) {
	held := make(chan struct{})
	f := &pollingFloor{refusePost: func(body string) bool {
		if !strings.HasPrefix(body, "40") {
			<-held
		}
		return false
	}}
	c, events := pollingMember(t, f)
	t.Cleanup(func() { close(held) }) // before the server's end, which waits for it
	argument := []byte(`"` + strings.Repeat("x", 100<<10) + `"`)
	for range 2 + waitingBytesMax/len(argument) {
		if c.emit(0, "x", argument) != nil {
			events.expect(t, "closed: the server has stopped reading")
			return
		}
	}
	t.Fatal("more than waitingBytesMax waits")
}

// A server may close a socket on which no POST has come for long. The POST that
// meets with it goes out once more, on another.
func TestPollConnPostsAgainOnAnIdleSocketsEnd(t *testing.T) {
	f := &pollingFloor{}
	c, events := pollingMember(t, f)
	for n := range 20 {
		if err := c.emit(uint64(n), "x", []byte("1")); err != nil {
			t.Fatal(err)
		}
		events.expect(t, fmt.Sprintf("ack %d ", n))
		awaitIdle(t, c)
		c.mu.Lock()
		c.post.mu.Lock()
		c.post.sock.shutdown() // as if the server had closed it meanwhile
		c.post.mu.Unlock()
		c.mu.Unlock()
	}
}

// awaitIdle waits until no POST is under way.
func awaitIdle(t *testing.T, c *pollConn) {
	t.Helper()
	deadline := time.Now().Add(testTimeout)
	for {
		c.mu.Lock()
		idle := c.posting == nil
		c.mu.Unlock()
		if idle {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a POST is not answered")
		}
		time.Sleep(time.Millisecond)
	}
}
