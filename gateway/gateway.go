package gateway

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
	"roomd/gateway/web"
)

// Node runs the rooms. Its methods may be called from several goroutines.
type Node interface {
	// Connect registers a client's connection; it is closed when the client
	// has gone.
	Connect(user room.User, id room.ConnectionID, out Outbox) (Connection, error)
	// HashPassword returns what a room keeps of a password. It takes a while.
	HashPassword(password string) (string, error)
	// NewRoomID returns an id that can't be guessed.
	NewRoomID() string
}

// Connection is one client's connection to the node.
type Connection interface {
	// Do gives a valid command to a room. The reply is called at most once, on
	// any goroutine. Do blocks while too many commands are under way.
	Do(roomID string, command room.Command, reply func(room.Reply))
	// Watch begins the feed of the public directory.
	Watch()
	// Close ends the connection.
	Close()
}

// Outbox is how a node reaches a client. Its methods never block.
type Outbox interface {
	Offer(*engineio.Frame)
	OfferVolatile(*engineio.Frame) // may be dropped when others are waiting
	CloseTransport(reason string)
}

// Config is what a gateway is made of. Zero durations and sizes mean the
// defaults of the packages below.
type Config struct {
	Node            Node // needed
	Logger          *slog.Logger
	PingInterval    time.Duration
	PingTimeout     time.Duration
	ConnectTimeout  time.Duration
	PayloadBytesMax int
	AllowedOrigins  []string // see engineio.Config
	ClientBundle    string   // folder of socket.io-client's dist; empty: redirect to the official CDN
}

// Gateway serves clients: Socket.IO at /socket.io/, the client's bundle beside
// it, and the demo page at /. It is safe for concurrent use.
type Gateway struct {
	// static after construction
	node    Node
	log     *slog.Logger
	sockets *socketio.Server
	mux     *http.ServeMux
}

// What may wait for a client that reads slowly is bounded by bytes: it has to
// hold the reply to a join (half a MiB of history, and some) and a few of the
// largest events that others may send, or these would close clients that only
// blinked.
const (
	outboxBytesMin = 4 << 20
	outboxPayloads = 4
)

// New returns a gateway. Close ends it.
func New(config Config) (*Gateway, error) {
	bundle, err := newBundle(config.ClientBundle)
	if err != nil {
		return nil, err
	}
	g := &Gateway{node: config.Node, log: config.Logger, mux: http.NewServeMux()}
	g.sockets = socketio.NewServer(socketio.Config{
		Engine: engineio.Config{
			PingInterval:    config.PingInterval,
			PingTimeout:     config.PingTimeout,
			PayloadBytesMax: config.PayloadBytesMax,
			OutboxBytesMax:  max(outboxBytesMin, outboxPayloads*config.PayloadBytesMax),
			AllowedOrigins:  config.AllowedOrigins,
			Logger:          config.Logger,
		},
		ConnectTimeout: config.ConnectTimeout,
		Logger:         config.Logger,
	}, g)
	g.mux.Handle("/socket.io/", g.sockets)
	for _, name := range bundleFiles {
		g.mux.Handle("GET /socket.io/"+name, bundle.file(name))
	}
	g.mux.Handle("/", web.Handler())
	return g, nil
}

// ServeHTTP serves one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.mux.ServeHTTP(w, r) }

// Close closes all clients' transports and waits until their connections are
// closed. It never sends DISCONNECT: clients come back by themselves.
func (g *Gateway) Close() { g.sockets.Close(engineio.ReasonServerShutdown) }

// Connect decides on a CONNECT packet.
func (g *Gateway) Connect(s *socketio.Socket, auth json.RawMessage) (socketio.Receiver, error) {
	if s.Namespace() != "/" {
		return nil, socketio.ErrInvalidNamespace
	}
	user, err := identify(auth, s.Handshake().Query)
	if err != nil {
		return nil, err
	}
	return &session{gateway: g, socket: s, user: user}, nil
}
