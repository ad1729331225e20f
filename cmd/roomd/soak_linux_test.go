package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	soakDuration = flag.Duration("soak-duration", 4*time.Second, "how long TestSoak has clients come and go, after a warm-up of a fifth of that")
	soakClients  = flag.Int("soak-clients", 24, "how many at a time")
)

// soakSamplesMin is how many samples there are however slow the machine is: thirds of
// fewer are compared by chance.
const soakSamplesMin = 15

// A soakSample is what a server takes at one time, after a garbage collection.
type soakSample struct {
	goroutines, heapBytes, files                  float64
	sessions, connections, rooms, liveRooms, kept float64
}

// TestSoak has clients come and go, by both transports, join and leave, talk and
// fall silent, be cut off and come back, while rooms are born and end; and wants
// what the server takes to be flat: between the thirds of the time, and between the
// silence before and the silence after. The full size is 20 minutes.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--data", t.TempDir(), "--ops-listen", "127.0.0.1:0",
		"--grace", "500ms", "--idle-room-timeout", "500ms", "--ping-interval", "500ms", "--ping-timeout", "4s")
	o := &soak{t: t, server: s, ops: s.operations(t), address: strings.TrimPrefix(s.url, "http://")}
	o.churn(*soakDuration/5, 0) // caches and pools are filled
	before := o.settled()
	samples := o.churn(*soakDuration, soakSamplesMin)
	after := o.settled()
	t.Logf("%d lives, %d recovered; silent before: %+v", o.lives.Load(), o.recovered.Load(), before)
	t.Logf("silent after: %+v", after)
	o.wantFlat("silence", before, after, 0.10)
	third := len(samples) / 3
	first, last := medianOf(samples[:third]), medianOf(samples[len(samples)-third:])
	t.Logf("%d samples; first third: %+v", len(samples), first)
	t.Logf("last third: %+v", last)
	o.wantFlat("load", first, last, 0.20)
	if lives, failed := o.lives.Load(), len(o.failures); lives < int64(*soakClients) || int64(failed) > lives/20 {
		t.Errorf("%d lives, of which failed %d: %v", lives, failed, o.failures[:min(failed, 10)])
	}
}

// wantFlat compares two samples, with this part more for chance, and a little for
// what there are few of.
func (o *soak) wantFlat(what string, first, last soakSample, tolerance float64) {
	o.t.Helper()
	for _, c := range []struct {
		name               string
		first, last, extra float64
	}{
		{"goroutines", first.goroutines, last.goroutines, 20},
		{"bytes of heap", first.heapBytes, last.heapBytes, 4 << 20}, // maps and pools that don't shrink
		{"open files", first.files, last.files, 10},
	} {
		if c.last > c.first*(1+tolerance)+c.extra {
			o.t.Errorf("%s: from %.0f to %.0f %s", what, c.first, c.last, c.name)
		}
	}
}

func medianOf(samples []soakSample) soakSample {
	median := func(of func(soakSample) float64) float64 {
		values := make([]float64, len(samples))
		for i, s := range samples {
			values[i] = of(s)
		}
		slices.Sort(values)
		if len(values) == 0 {
			return 0
		}
		return values[len(values)/2]
	}
	return soakSample{
		goroutines:  median(func(s soakSample) float64 { return s.goroutines }),
		heapBytes:   median(func(s soakSample) float64 { return s.heapBytes }),
		files:       median(func(s soakSample) float64 { return s.files }),
		sessions:    median(func(s soakSample) float64 { return s.sessions }),
		connections: median(func(s soakSample) float64 { return s.connections }),
		rooms:       median(func(s soakSample) float64 { return s.rooms }),
		liveRooms:   median(func(s soakSample) float64 { return s.liveRooms }),
		kept:        median(func(s soakSample) float64 { return s.kept }),
	}
}

// A soak is a server under clients that come and go.
type soak struct {
	t            *testing.T
	server       *server
	ops, address string

	lives, recovered atomic.Int64
	born             atomic.Int64 // rooms

	mu       sync.Mutex
	failures []error // guarded by mu: of clients; few, where the machine stalls for longer than a ping may take
}

// churn has lives lived for a while, and until there are so many samples, and returns
// what was seen meanwhile.
func (o *soak) churn(d time.Duration, samplesMin int) []soakSample {
	done := make(chan struct{})
	var living sync.WaitGroup
	for range *soakClients {
		living.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					o.live()
				}
			}
		})
	}
	for begin := o.lives.Load(); o.lives.Load() < begin+int64(2**soakClients); { // all have begun, and come and go
		time.Sleep(20 * time.Millisecond)
	}
	var samples []soakSample
	every := max(d/60, 200*time.Millisecond)
	for end := time.Now().Add(d); time.Now().Before(end) || len(samples) < samplesMin; {
		time.Sleep(every)
		samples = append(samples, o.sample())
	}
	close(done)
	living.Wait()
	return samples
}

// sample has the server collect its garbage, and asks what there is.
func (o *soak) sample() soakSample {
	o.t.Helper()
	get(o.t, o.ops+"/debug/pprof/heap?gc=1")
	text := get(o.t, o.ops+"/metrics").body
	value := func(names ...string) float64 {
		sum := 0.0
		for _, name := range names {
			v, ok := metricOf(text, name)
			if !ok {
				o.t.Fatalf("there is no %s", name)
			}
			sum += v
		}
		return sum
	}
	return soakSample{
		goroutines:  value("go_goroutines"),
		heapBytes:   value("go_memstats_heap_alloc_bytes"),
		files:       value("process_open_fds"),
		sessions:    value(`roomd_sessions{transport="polling"}`, `roomd_sessions{transport="websocket"}`),
		connections: value(`roomd_connections{state="here"}`, `roomd_connections{state="away"}`),
		rooms:       value(`roomd_rooms{kind="persistent"}`, `roomd_rooms{kind="ephemeral"}`),
		liveRooms:   value("roomd_rooms_in_memory"),
		kept:        value("roomd_kept_bytes"),
	}
}

// settled waits until all clients are gone, and what they needed, and for what is
// kept for those who could come back.
func (o *soak) settled() soakSample {
	o.t.Helper()
	var last soakSample
	for end := time.Now().Add(patienceOfClients); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if last = o.sample(); last.sessions+last.connections+last.liveRooms+last.kept == 0 {
			return last
		}
	}
	o.t.Fatalf("something stays when all have gone: %+v", last)
	return last
}

// soakRooms are there for longer than any client.
const soakRooms = 8

// live is one client's life.
func (o *soak) live() {
	o.lives.Add(1)
	user := fmt.Sprintf("user-%d", rand.N(100))
	client, err := o.open(rand.N(2) == 0)
	if err == nil {
		err = o.spend(client, user)
	}
	if err != nil {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.failures = append(o.failures, err)
	}
}

// spend is a life from CONNECT on. It ends in one of the ways in which clients do.
func (o *soak) spend(c soakClient, user string) error {
	reply, err := c.ask(`40{"userId":"`+user+`"}`, "40{")
	if err != nil {
		c.cut()
		return fmt.Errorf("connect: %w", err)
	}
	shared, own := fmt.Sprintf("shared-%d", rand.N(soakRooms)), fmt.Sprintf("own-%d", o.born.Add(1))
	for i, command := range []string{
		`["createRoom",{"roomId":"` + own + `","persistent":` + fmt.Sprint(rand.N(4) == 0) + `,"isPrivate":` + fmt.Sprint(rand.N(2) == 0) + `}]`,
		`["joinRoom","` + shared + `"]`,
		`["sendMessage",{"roomId":"` + shared + `","text":"hello from ` + user + `"}]`,
		`["sendMessage",{"roomId":"` + own + `","text":"hello me"}]`,
		`["inviteToRoom",{"roomId":"` + own + `","userId":"user-1"}]`,
		`["listRooms",{"limit":5}]`,
		`["no-such-command",1]`,
		`["leaveRoom","` + shared + `"]`,
		`["deleteRoom","` + own + `"]`,
	} {
		time.Sleep(rand.N(20 * time.Millisecond))
		if _, err := c.ask(fmt.Sprintf("42%d%s", i, command), fmt.Sprintf("43%d[", i)); err != nil {
			c.cut()
			return fmt.Errorf("%s: %w", command, err)
		}
	}
	switch rand.N(13) {
	case 0, 1, 2: // without a word
		c.cut()
	case 3, 4, 5:
		c.say("41")
		c.cut()
	case 6, 7, 8:
		c.say("1")
		c.cut()
	case 9: // and without an end: the server has to find out
		time.Sleep(5 * time.Second)
		c.cut()
	default:
		c.cut()
		return o.comeBack(user, reply)
	}
	return nil
}

// comeBack goes on with a session that was cut off, by a WebSocket.
func (o *soak) comeBack(user, reply string) error {
	_, rest, _ := strings.Cut(reply, `"pid":"`)
	pid, _, found := strings.Cut(rest, `"`)
	if !found {
		return fmt.Errorf("no pid in %s", reply)
	}
	client, err := o.open(false)
	if err != nil {
		return err
	}
	defer client.cut()
	again, err := client.ask(`40{"userId":"`+user+`","pid":"`+pid+`"}`, "40{")
	if err != nil {
		return fmt.Errorf("coming back: %w", err)
	}
	if strings.Contains(again, pid) {
		o.recovered.Add(1)
	}
	return nil
}

// A soakClient is a client by either transport.
type soakClient interface {
	// ask says something, and waits for what begins so.
	ask(text, prefix string) (string, error)
	// say doesn't wait, nor mind.
	say(text string)
	// cut hangs up without a word.
	cut()
}

func (o *soak) open(polling bool) (soakClient, error) {
	if polling {
		return openSoakPolling(o.server.url)
	}
	conn, err := dialFrom("127.0.0.1", o.address)
	if err != nil {
		return nil, err
	}
	c := soakSocket{newRawClient(conn)}
	if err := c.open(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

type soakSocket struct{ *rawClient }

func (c soakSocket) ask(text, prefix string) (string, error) {
	if err := c.send(text); err != nil {
		return "", err
	}
	return c.readUntil(prefix)
}

func (c soakSocket) say(text string) { c.send(text) }
func (c soakSocket) cut()            { c.conn.Close() }

// soakPolling has connections of its own, which it keeps for as long as it lives.
type soakPolling struct {
	url    string // with its sid
	client *http.Client
	ahead  []string // packets that have come
}

func openSoakPolling(server string) (soakClient, error) {
	c := &soakPolling{
		url:    server + "/socket.io/?EIO=4&transport=polling",
		client: &http.Client{Transport: &http.Transport{}, Timeout: patienceOfClients},
	}
	opened, err := c.request(http.MethodGet, "")
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(opened, `"sid":"`)
	sid, _, found := strings.Cut(rest, `"`)
	if !found {
		return nil, fmt.Errorf("the handshake got %.100s", opened)
	}
	c.url += "&sid=" + sid
	return c, nil
}

func (c *soakPolling) request(method, body string) (string, error) {
	r, err := http.NewRequest(method, c.url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	answer, err := readResponse(c.client.Do(r))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s got %d %.100s", method, answer.StatusCode, answer.body)
	}
	return answer.body, err
}

func (c *soakPolling) ask(text, prefix string) (string, error) {
	if _, err := c.request(http.MethodPost, text); err != nil {
		return "", err
	}
	for {
		for len(c.ahead) > 0 {
			packet := c.ahead[0]
			c.ahead = c.ahead[1:]
			switch {
			case packet == "2":
				c.request(http.MethodPost, "3")
			case packet == "1":
				return "", errors.New("closed")
			case strings.HasPrefix(packet, prefix):
				return packet, nil
			}
		}
		payload, err := c.request(http.MethodGet, "")
		if err != nil {
			return "", err
		}
		c.ahead = strings.Split(payload, "\x1e")
	}
}

func (c *soakPolling) say(text string) { c.request(http.MethodPost, text) }
func (c *soakPolling) cut()            { c.client.CloseIdleConnections() }
