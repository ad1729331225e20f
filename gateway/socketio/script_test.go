package socketio

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Scripts show both sides of the server, one line a step:
//
//	> 42["echo",1]         the client sends a packet
//	>> 010203              … or an attachment
//	< 40{"sid":"*"}        the client gets a packet; * stands for anything but a quote
//	<< 010203              … or an attachment
//	app event / echo [1]   the application was told
//	closed                 the client sees its transport closed
//
// Each step waits for what it names, and nothing else may come first.

// A script has steps, and a name that says what they show.
type script struct{ name, steps string }

// runOnBoth runs a script over a WebSocket and over long-polling.
func runOnBoth(t *testing.T, config Config, steps string) {
	t.Helper()
	t.Run("websocket", func(t *testing.T) {
		app := newScripted()
		h := newHost(t, config, app)
		h.run(h.openWebSocket(), app, steps)
	})
	t.Run("polling", func(t *testing.T) {
		app := newScripted()
		h := newHost(t, config, app)
		h.run(h.openPolling(), app, steps)
	})
}

// openWebSocket opens a session and reads its handshake.
func (h *host) openWebSocket() transport {
	h.t.Helper()
	ws, status := h.webSocket("EIO=4&transport=websocket")
	if status != http.StatusSwitchingProtocols {
		h.t.Fatalf("WebSocket: status %d", status)
	}
	if m, err := ws.receive(); err != nil || !strings.HasPrefix(m.text, "0{") {
		h.t.Fatalf("handshake: %+v, error %v", m, err)
	}
	return ws
}

// openPolling opens a session and reads its handshake.
func (h *host) openPolling() transport {
	h.t.Helper()
	client := &pollTransport{host: h, sid: h.openSession()}
	h.t.Cleanup(client.close)
	return client
}

// openSession opens a session by polling and returns its sid.
func (h *host) openSession() string {
	h.t.Helper()
	status, body := h.get("EIO=4&transport=polling")
	var handshake struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &handshake); status != http.StatusOK || err != nil {
		h.t.Fatalf("handshake: status %d, %q, error %v", status, body, err)
	}
	return handshake.SID
}

func (h *host) run(client transport, app *scripted, steps string) {
	h.t.Helper()
	for line := range strings.Lines(steps) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := step(client, app, line); err != nil {
			h.t.Fatalf("%s\n%v", line, err)
		}
	}
}

func step(client transport, app *scripted, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case ">":
		client.send(message{text: rest})
	case ">>":
		data, err := hex.DecodeString(rest)
		if err != nil {
			return err
		}
		client.send(message{data: data, binary: true})
	case "<", "<<":
		return expectMessage(client, verb == "<<", rest)
	case "app":
		return app.expect(rest)
	case "closed":
		return expectClosed(client)
	default:
		return fmt.Errorf("no such step")
	}
	return nil
}

func expectMessage(client transport, binary bool, want string) error {
	m, err := client.receive()
	if err != nil {
		return err
	}
	got := m.text
	if m.binary {
		got = hex.EncodeToString(m.data)
	}
	if m.binary != binary || !matches(want, got) {
		return fmt.Errorf("got %q (binary: %v)", got, m.binary)
	}
	return nil
}

func expectClosed(client transport) error {
	for {
		m, err := client.receive()
		if errors.Is(err, errClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		if m.text != "6" {
			return fmt.Errorf("got %q (binary: %v)", m.text, m.binary)
		}
	}
}

func matches(pattern, text string) bool {
	expression := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `[^"]*`)
	return regexp.MustCompile(`^(?s:` + expression + `)$`).MatchString(text)
}

// A scripted application does as the client's events say, and remembers what it was told.
type scripted struct {
	told    chan string
	sockets chan *Socket // those that are connected
}

func newScripted() *scripted {
	return &scripted{told: make(chan string, 1000), sockets: make(chan *Socket, 1000)}
}

func (a *scripted) tell(format string, args ...any) {
	a.told <- strings.TrimSpace(fmt.Sprintf(format, args...))
}

// expect waits for the next thing that the application was told.
func (a *scripted) expect(want string) error {
	select {
	case got := <-a.told:
		if !matches(want, got) {
			return fmt.Errorf("the application was told %q", got)
		}
		return nil
	case <-time.After(patience):
		return errors.New("the application was told nothing")
	}
}

// Connect admits to "/" and to all that begins with "/room".
func (a *scripted) Connect(s *Socket, auth json.RawMessage) (Receiver, error) {
	a.tell("connect %s %s", s.Namespace(), auth)
	switch {
	case s.Namespace() == "/" || strings.HasPrefix(s.Namespace(), "/room"):
		return &scriptedReceiver{app: a, socket: s}, nil
	case s.Namespace() == "/refused":
		return nil, &ConnectError{Message: "Not <you>", Data: map[string]string{"code": "unauthorized"}}
	case s.Namespace() == "/wrapped":
		return nil, fmt.Errorf("no such thing: %w", ErrInvalidNamespace)
	case s.Namespace() == "/failing":
		return nil, errors.New("the database is down")
	case s.Namespace() == "/unencodable":
		return nil, &ConnectError{Message: "no", Data: func() {}}
	case s.Namespace() == "/nobody":
		return nil, nil
	case s.Namespace() == "/panicking":
		panic("Connect")
	case s.Namespace() == "/early":
		s.Send(EncodeEvent("/early", "before", nil, nil))
		s.Disconnect()
		return &scriptedReceiver{app: a, socket: s}, nil
	}
	return nil, ErrInvalidNamespace
}

type scriptedReceiver struct {
	app    *scripted
	socket *Socket
}

func (r *scriptedReceiver) Connected() {
	r.app.tell("connected %s", r.socket.Namespace())
	if r.socket.Namespace() == "/roompanic" {
		panic("Connected")
	}
	r.app.sockets <- r.socket
}

func (r *scriptedReceiver) Disconnected(reason Reason) {
	r.app.tell("disconnected %s %s", r.socket.Namespace(), reason)
	if r.socket.Namespace() == "/roomlast" {
		panic("Disconnected")
	}
}

func (r *scriptedReceiver) Event(e Event) {
	namespace := r.socket.Namespace()
	r.app.tell("event %s %s %s", namespace, e.Name, e.Args)
	switch e.Name {
	case "echo":
		r.socket.Send(EncodeEvent(namespace, "echo", e.Args, e.Attachments))
	case "ask":
		r.socket.EmitWithAck("question", e.Args, e.Attachments, 0, func(args []json.RawMessage, attachments [][]byte, err error) {
			r.app.tell("answer %s %x %v", args, attachments, err)
			if len(args) > 0 && string(args[0]) == `"panic"` {
				panic("done")
			}
		})
	case "kick":
		r.socket.Disconnect()
		r.socket.Send(EncodeEvent(namespace, "too late", nil, nil))
	case "close":
		r.socket.CloseTransport(Reason{Name: "token expired", CloseCode: 1008})
	case "panic":
		panic("Event")
	}
	if id, wanted := e.AckID(); wanted {
		r.socket.Send(EncodeAck(namespace, id, e.Args, e.Attachments))
	}
}
