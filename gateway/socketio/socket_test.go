package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"roomd/gateway/engineio"
)

// The header of a binary event and its attachments stay together, whoever else is sending.
func TestBinaryFramesAreAtomic(t *testing.T) {
	const senders, events = 4, 50
	for name, open := range map[string]func(*host) transport{"websocket": (*host).openWebSocket, "polling": (*host).openPolling} {
		t.Run(name, func(t *testing.T) {
			app := newScripted()
			h := newHost(t, Config{}, app)
			client := open(h)
			h.run(client, app, `
				> 40
				< 40{"sid":"*"}`)
			socket := <-app.sockets
			for i := range senders {
				go func() {
					attachment := []byte{byte(i)}
					frame := EncodeEvent("/", fmt.Sprint(i), nil, [][]byte{attachment, attachment})
					for range events {
						socket.Send(frame)
					}
				}()
			}
			for range senders * events {
				header, err := client.receive()
				if err != nil {
					t.Fatal(err)
				}
				var sender byte
				if _, err := fmt.Sscanf(header.text, `452-["%d"]`, &sender); err != nil {
					t.Fatalf("got %+v: %v", header, err)
				}
				for range 2 {
					if m, err := client.receive(); err != nil || !m.binary || m.data[0] != sender {
						t.Fatalf("behind %s: got %+v, error %v", header.text, m, err)
					}
				}
			}
		})
	}
}

func TestSendVolatile(t *testing.T) {
	client, socket := pair(t)
	if !socket.SendVolatile(EncodeEvent("/", "tick", nil, nil)) {
		t.Error("dropped, though nothing was in its way")
	}
	if err := step(client, nil, `< 42["tick"]`); err != nil {
		t.Error(err)
	}
}

// A socket that the application refused is of no more use.
func TestRefusedSocket(t *testing.T) {
	app := &refusing{failed: make(chan error, 2)}
	h := newHost(t, Config{}, app)
	h.run(h.openWebSocket(), nil, `
		> 40
		< 420["while deciding"]
		< 44{"message":"Invalid namespace"}`)
	if app.socket.Send(EncodeEvent("/", "late", nil, nil)) {
		t.Error("it took an event")
	}
	app.socket.EmitWithAck("late", nil, nil, 0, app.done)
	for range 2 {
		if err := <-app.failed; !errors.Is(err, ErrDisconnected) {
			t.Errorf("got error %v", err)
		}
	}
}

// A refusing application keeps the socket that it refuses.
type refusing struct {
	socket *Socket
	failed chan error
}

func (a *refusing) Connect(s *Socket, _ json.RawMessage) (Receiver, error) {
	a.socket = s
	s.EmitWithAck("while deciding", nil, nil, 0, a.done)
	return nil, ErrInvalidNamespace
}

func (a *refusing) done(_ []json.RawMessage, _ [][]byte, err error) { a.failed <- err }

// Behind DISCONNECT comes nothing that was meant for the socket that has ended.
func TestNothingBehindDisconnect(t *testing.T) {
	client, socket := pair(t)
	frame := EncodeEvent("/", "old", nil, nil)
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() {
			for socket.Send(frame) {
			}
		})
	}
	waitFor := func(want string) {
		for {
			m, err := client.receive()
			if err != nil {
				t.Fatal(err)
			}
			if m.text == want {
				return
			}
			if m.text != `42["old"]` {
				t.Fatalf("got %q", m.text)
			}
		}
	}
	waitFor(`42["old"]`)
	socket.Disconnect()
	waitFor("41")
	senders.Wait()
	for _, line := range []string{`> 40`, `< 40{"sid":"*"}`, `> 42["echo"]`, `< 42["echo"]`} {
		if err := step(client, nil, line); err != nil {
			t.Fatal(err)
		}
	}
}

// A socket that ends while its receiver is at work ends for the receiver after that.
func TestDisconnectedWaitsForEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := &slow{release: make(chan struct{})}
		h := newPipeHost(t, Config{}, app)
		client := h.openWebSocket()
		h.run(client, nil, `
			> 40
			< 40{"sid":"*"}
			> 42["x"]
			> 42["y"]`)
		synctest.Wait()
		app.socket.Disconnect()
		h.run(client, nil, `< 41`)
		synctest.Wait()
		if got := strings.Join(app.calls, " "); got != "x" {
			t.Errorf("while Event is blocked: %q", got)
		}
		close(app.release)
		synctest.Wait()
		if got := strings.Join(app.calls, " "); got != "x server namespace disconnect" {
			t.Errorf("after Event: %q", got)
		}
	})
}

// A slow application blocks in Event until it is released.
type slow struct {
	socket  *Socket
	release chan struct{}
	calls   []string
}

func (a *slow) Connect(s *Socket, _ json.RawMessage) (Receiver, error) {
	a.socket = s
	return a, nil
}

func (a *slow) Connected() {}

func (a *slow) Event(e Event) {
	a.calls = append(a.calls, e.Name)
	<-a.release
}

func (a *slow) Disconnected(reason Reason) { a.calls = append(a.calls, reason.String()) }

// Whatever happens at the same time: Connected first, one call at a time, Disconnected last and
// once, and every callback of EmitWithAck once.
func TestReceiversUnderFire(t *testing.T) {
	app := &strict{t: t}
	h := newHost(t, Config{}, app)
	t.Run("clients", func(t *testing.T) {
		for seed := range uint64(8) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				own := *h
				own.t = t
				own.fire(rand.New(rand.NewPCG(seed, 0)))
			})
		}
	})
	h.server.Close(engineio.ReasonServerShutdown) // waits until all were told
	app.actors.Wait()
	app.answers.Wait()
	if app.connected.Load() == 0 || app.connected.Load() != app.disconnected.Load() {
		t.Errorf("%d connected, %d disconnected", app.connected.Load(), app.disconnected.Load())
	}
	if app.asked.Load() == 0 || app.asked.Load() != app.answered.Load() {
		t.Errorf("%d asked, %d answered", app.asked.Load(), app.answered.Load())
	}
}

// fire sends packets of all kinds, on one transport after the other.
func (h *host) fire(random *rand.Rand) {
	client := h.openWebSocket()
	client.send(message{text: "40"})
	for range 300 {
		switch random.IntN(12) {
		case 0: // legal whether the server has disconnected the socket or not
			client.send(message{text: "41"})
			client.send(message{text: "40"})
		case 1:
			client.send(message{text: `451-["x",{"_placeholder":true,"num":0}]`})
			client.send(message{data: []byte{1}, binary: true})
		case 2:
			client.send(message{text: fmt.Sprintf(`43%d[]`, random.IntN(20))})
		case 3:
			client.send(message{text: `42["kick"]`})
		case 4:
			if random.IntN(2) == 0 {
				client.send(message{text: `42{}`})
			}
			client.close()
			client = h.openWebSocket()
			client.send(message{text: "40"})
		default:
			client.send(message{text: `42["x"]`})
		}
	}
}

// A strict application checks how it is called, while goroutines of its own use the sockets.
type strict struct {
	t                       *testing.T
	actors, answers         sync.WaitGroup
	connected, disconnected atomic.Int64
	asked, answered         atomic.Int64
}

func (a *strict) Connect(s *Socket, _ json.RawMessage) (Receiver, error) {
	return &strictReceiver{app: a, socket: s}, nil
}

type strictReceiver struct {
	app    *strict
	socket *Socket
	calls  atomic.Int32 // running right now
	state  string       // "", "connected", "disconnected"
}

func (r *strictReceiver) call(from, to string) {
	if r.calls.Add(1) != 1 {
		r.app.t.Error("two calls at a time")
	}
	if r.state != from {
		r.app.t.Errorf("state %q, expected %q", r.state, from)
	}
	r.state = to
	r.calls.Add(-1)
}

func (r *strictReceiver) Connected() {
	r.call("", "connected")
	r.app.connected.Add(1)
	frame := EncodeEvent("/", "x", nil, nil)
	r.app.actors.Go(func() {
		for i := range 20 {
			r.socket.Send(frame)
			r.app.asked.Add(1)
			r.app.answers.Add(1)
			r.socket.EmitWithAck("ask", nil, nil, time.Duration(i+1)*time.Millisecond, func([]json.RawMessage, [][]byte, error) {
				r.app.answered.Add(1)
				r.app.answers.Done()
			})
		}
		switch rand.IntN(4) {
		case 0:
			r.socket.Disconnect()
		case 1:
			r.socket.CloseTransport(ReasonInternalError)
		}
	})
}

func (r *strictReceiver) Event(e Event) {
	r.call("connected", "connected")
	if e.Name == "kick" {
		r.socket.Disconnect()
	}
}

func (r *strictReceiver) Disconnected(Reason) {
	r.call("connected", "disconnected")
	r.app.disconnected.Add(1)
}
