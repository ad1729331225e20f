package socketio

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"roomd/gateway/engineio"
)

// A Server speaks Socket.IO with any number of clients for one Application. It is an http.Handler
// and doesn't look at the path: mount it where clients expect it, by default at "/socket.io/".
type Server struct {
	// static after construction
	application      Application
	connectTimeout   time.Duration
	ackTimeout       time.Duration
	namespacesMax    int
	attachmentsBytes int // see assembly
	log              *slog.Logger
	engine           *engineio.Server

	panics atomic.Uint64

	mu      sync.Mutex
	sockets map[string]int // guarded by mu: how many are open, by namespace
}

// Config configures a Server. Values that are not positive mean the defaults.
type Config struct {
	Engine         engineio.Config
	ConnectTimeout time.Duration // from open to the first successful CONNECT; default 45 s
	AckTimeout     time.Duration // of Socket.EmitWithAck when it names none; default 30 s
	NamespacesMax  int           // sockets a client may have at a time; default 10
	Logger         *slog.Logger  // default Engine.Logger, else slog.Default()
}

// An Application decides who may connect to which namespace. Its methods are called from the
// goroutines that read from clients, so from many at a time.
type Application interface {
	// Connect decides on a CONNECT packet; auth is its payload as it came, an object, or nil.
	// While it runs nothing else of this client is handled. It may block, for as long as it is
	// right that the client waits, and may send already: such events reach the client before
	// CONNECT's reply, and a stock client keeps them until then.
	//
	// A nil error admits the socket to the receiver, which must not be nil. An error refuses it:
	// a *ConnectError is sent as it is, any other as "internal", and logged.
	Connect(s *Socket, auth json.RawMessage) (Receiver, error)
}

// A Receiver is told what happens to one socket, one call at a time.
type Receiver interface {
	// Connected is the first call: CONNECT's reply is queued.
	Connected()
	// Event brings the client's events in the order they were sent. It may block: that is
	// back-pressure on this client, whose acknowledgements and pongs then wait, too.
	Event(Event)
	// Disconnected is the last call, always made and made once. The call comes from the goroutine
	// that reads from the client, or from inside Socket.Disconnect.
	Disconnected(Reason)
}

// A PongReceiver is a Receiver that wants to know when the client has answered a ping: it has then
// received all that was sent to it before the last time.
type PongReceiver interface {
	// Ponged is called like Receiver.Event, between its calls.
	Ponged()
}

// A ConnectError is an Application's refusal, for the client to read: CONNECT_ERROR
// {"message": Message, "data": Data}. Data must encode to JSON; nil leaves it out.
type ConnectError struct {
	Message string
	Data    any
}

func (e *ConnectError) Error() string { return "socketio: connect refused: " + e.Message }

// ErrInvalidNamespace refuses a namespace that the application doesn't have, in the words of the
// reference implementation.
var ErrInvalidNamespace error = &ConnectError{Message: "Invalid namespace"}

// Refusals of the server itself.
var (
	refusedInternal      = &ConnectError{Message: "internal"}
	refusedNamespacesMax = &ConnectError{Message: "Too many namespaces"}
)

var errNoReceiver = errors.New("socketio: Connect returned neither a receiver nor an error")

// NewServer returns a server of the application. Close ends it.
func NewServer(config Config, application Application) *Server {
	s := &Server{
		application:      application,
		connectTimeout:   positiveOr(config.ConnectTimeout, defaultConnectTimeout),
		ackTimeout:       positiveOr(config.AckTimeout, defaultAckTimeout),
		namespacesMax:    positiveOr(config.NamespacesMax, defaultNamespacesMax),
		attachmentsBytes: positiveOr(config.Engine.PayloadBytesMax, defaultPayloadBytesMax),
		log:              cmp.Or(config.Logger, config.Engine.Logger, slog.Default()),
		sockets:          make(map[string]int),
	}
	config.Engine.Logger = cmp.Or(config.Engine.Logger, s.log)
	s.engine = engineio.NewServer(config.Engine, func(session *engineio.Session) engineio.Receiver {
		return newClient(s, session)
	})
	return s
}

// ServeHTTP serves a request of Engine.IO.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// SessionCount is how many clients' transports are open.
func (s *Server) SessionCount() int { return s.engine.SessionCount() }

// Drain refuses new clients and closes the transports of all others at that pace; see
// [engineio.Server.Drain]. Close follows.
func (s *Server) Drain(ctx context.Context, reason Reason, pace engineio.DrainPace) (left int) {
	return s.engine.Drain(ctx, reason, pace)
}

// Close refuses new clients, closes the transports of all others and returns when every receiver
// has been told. It never sends DISCONNECT, after which clients would not come back by themselves.
func (s *Server) Close(reason Reason) { s.engine.Close(reason) }

func positiveOr[T int | time.Duration](value, otherwise T) T {
	if value > 0 {
		return value
	}
	return otherwise
}
