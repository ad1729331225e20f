package gateway

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway/engineio"
	"roomd/gateway/ratelimit"
	"roomd/gateway/socketio"
	"roomd/gateway/token"
	"roomd/gateway/web"
)

// Node runs the rooms. Its methods may be called from several goroutines.
type Node interface {
	// Connect registers a client's connection, and tells it what it is told at
	// first: the directory, what waits for the user. It is closed when the
	// client has gone.
	Connect(user room.User, id room.ConnectionID, out Outbox) (Connection, error)
	// Resume finds the connection of a client that has come back with the private
	// id of its session and the offset of the last event that it has received. Admit
	// is called with the connection's id and what it has missed; then the outbox
	// gets what happens from now on. Nil: it can't come back, or has missed more
	// than is known.
	Resume(user room.User, pid, offset string, out Outbox, admit func(id room.ConnectionID, missed []*engineio.Frame)) Connection
	// HashPassword returns what a room keeps of a password, for a client of this
	// Outbox.Origin. It takes a while.
	HashPassword(origin, password string) (string, error)
	// NewRoomID returns an id that can't be guessed.
	NewRoomID() string
	// DirectRoomID returns the id of the one direct room of two users, the same
	// for both orders. It can't be guessed.
	DirectRoomID(a, b string) string
}

// Connection is one client's connection to the node. Commands must be valid. A
// reply is called at most once, on any goroutine.
type Connection interface {
	// Do gives a command to a room. It blocks while too many commands are under
	// way; so may the others.
	Do(roomID string, command room.Command, reply func(room.Reply))
	// DoUser gives a command to the account of the client's own user.
	DoUser(command user.Command, reply func(user.Reply))
	// List asks the directory: for RoomsReply, or *room.Error.
	List(query room.ListRooms, reply func(room.Reply))
	// Watch turns the feed of the public directory on or off. It is on at first.
	Watch(on bool, reply func(room.Reply))
	// Tell offers an event that only this client is told, with its offset.
	Tell(encode func(offset string) *engineio.Frame)
	// Keep lets the client come back to its session, by this private id. Arrived
	// is the offset that it has come with: of a session that is no more.
	Keep(pid, arrived string)
	// ExpireAt says when the session ends also if the client is gone by then; zero:
	// it doesn't.
	ExpireAt(time.Time)
	// TakePlaces brings the client into the rooms of another connection of the
	// same user, which has lost its client.
	TakePlaces(of room.ConnectionID)
	// Confirm says that the client has answered a ping. Out is the outbox that it
	// has been given last; with another one nothing happens, nor does it below.
	Confirm(out Outbox)
	// Detach says that the client is gone, and may come back.
	Detach(out Outbox)
	// Quit says that it is gone for good.
	Quit(out Outbox)
}

// Config is what a gateway is made of. Zero durations and sizes mean the
// defaults of the packages below.
type Config struct {
	Node            Node // needed
	Logger          *slog.Logger
	Tokens          *token.Verifier    // checks the tokens of clients; nil: none counts. The caller closes it, after Close
	Development     bool               // clients without a token are who they say they are
	RelaxedRooms    bool               // persistent rooms acknowledge before they store, unless their creator says otherwise
	ImplicitRooms   bool               // joining a room that does not exist creates it
	Recovery        bool               // clients may come back to their sessions
	Limits          *ratelimit.Limiter // nil: no limits
	TrustedProxies  []netip.Prefix     // see engineio.Config
	PingInterval    time.Duration
	PingTimeout     time.Duration
	ConnectTimeout  time.Duration
	PayloadBytesMax int
	AllowedOrigins  []string  // see engineio.Config
	ClientBundle    string    // folder of socket.io-client's dist; empty: redirect to the official CDN
	Admin           AdminNode // nil: there is no administration
	// Answered, if set, is told of each command that is answered, on any goroutine:
	// its name (CommandUnknown for what is none), the failure's code or CodeNone, and
	// the time since it was read. It must not block.
	Answered   func(command string, code room.Code, took time.Duration)
	AdminToken string // opens it; empty: only tokens with the admin claim do

	// Bounds on what clients open and send, see engineio.Config.
	SessionsMax                   int
	SessionsPerAddressMax         int
	PacketsPerSecondMax           int
	PacketsPerSecondPerAddressMax int
}

// Gateway serves clients: Socket.IO at /socket.io/, the client's bundle beside
// it, and the demo page at /. It is safe for concurrent use.
type Gateway struct {
	// static after construction
	node        Node
	log         *slog.Logger
	tokens      *token.Verifier
	development bool
	implicit    bool // see Config.ImplicitRooms
	relaxed     bool // see Config.RelaxedRooms
	recovery    bool // see Config.Recovery
	limits      *ratelimit.Limiter
	answered    func(command string, code room.Code, took time.Duration)
	connects    tally // CONNECTs, by what came of them
	admin       *admin
	sockets     *socketio.Server
	mux         *http.ServeMux
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
	g := &Gateway{
		node: config.Node, log: config.Logger, tokens: config.Tokens, development: config.Development,
		implicit: config.ImplicitRooms, relaxed: config.RelaxedRooms, recovery: config.Recovery,
		limits: config.Limits, answered: config.Answered, mux: http.NewServeMux(),
	}
	g.sockets = socketio.NewServer(socketio.Config{
		Engine: engineio.Config{
			PingInterval:                  config.PingInterval,
			PingTimeout:                   config.PingTimeout,
			PayloadBytesMax:               config.PayloadBytesMax,
			OutboxBytesMax:                max(outboxBytesMin, outboxPayloads*config.PayloadBytesMax),
			AllowedOrigins:                config.AllowedOrigins,
			TrustedProxies:                config.TrustedProxies,
			Admit:                         g.admit,
			SessionsMax:                   config.SessionsMax,
			SessionsPerAddressMax:         config.SessionsPerAddressMax,
			PacketsPerSecondMax:           config.PacketsPerSecondMax,
			PacketsPerSecondPerAddressMax: config.PacketsPerSecondPerAddressMax,
			Logger:                        config.Logger,
		},
		ConnectTimeout: config.ConnectTimeout,
		Logger:         config.Logger,
	}, g)
	a := adminConfig{node: config.Admin, token: config.AdminToken, stats: g.sockets.Stats, log: config.Logger}
	if config.Tokens != nil {
		a.verify = config.Tokens.Verify
	}
	if g.admin, err = newAdmin(a); err != nil {
		return nil, err
	}
	g.mux.Handle(socketPath, g.sockets)
	for _, name := range bundleFiles {
		g.mux.Handle("GET "+socketPath+name, bundle.file(name))
	}
	g.mux.Handle("/", web.Handler(g.admin.isOpen()))
	return g, nil
}

// socketPath is where clients speak Socket.IO.
const socketPath = "/socket.io/"

// ServeHTTP serves one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == socketPath && r.URL.RawPath == "" { // mostly: no need to look for whose it is
		g.sockets.ServeHTTP(w, r)
		return
	}
	g.mux.ServeHTTP(w, r)
}

// Drain refuses new clients and closes the transports of the others at that pace,
// without a DISCONNECT: they come back by themselves. It returns how many were
// closed at once because the context ended. Close follows.
func (g *Gateway) Drain(ctx context.Context, pace engineio.DrainPace) (left int) {
	return g.sockets.Drain(ctx, engineio.ReasonServerShutdown, pace)
}

// Close closes all clients' transports and waits until their connections are
// closed. It never sends DISCONNECT: clients come back by themselves.
func (g *Gateway) Close() { g.sockets.Close(engineio.ReasonServerShutdown) }

// admit decides whether one more session may begin at an address.
func (g *Gateway) admit(_ *http.Request, client netip.Addr) *engineio.Refusal {
	if retryAfter, ok := g.limits.AllowConnect(client, time.Now()); !ok {
		return &engineio.Refusal{RetryAfter: retryAfter}
	}
	return nil
}

// admitAgain decides whether a client may connect once more on its transport. It
// costs what a new session does, which admit has counted only once.
func (g *Gateway) admitAgain(s *socketio.Socket) error {
	if !s.Again() {
		return nil
	}
	if retryAfter, ok := g.limits.AllowConnect(s.Handshake().ClientAddr, time.Now()); !ok {
		return tooManyAttempts(retryAfter)
	}
	return nil
}

// Connect decides on a CONNECT packet. It may wait for the keys of tokens.
func (g *Gateway) Connect(s *socketio.Socket, auth json.RawMessage) (socketio.Receiver, error) {
	receiver, err := g.decide(s, auth)
	g.connects.add(connectResult(receiver, err))
	return receiver, err
}

func (g *Gateway) decide(s *socketio.Socket, auth json.RawMessage) (socketio.Receiver, error) {
	switch s.Namespace() {
	case mainNamespace:
	case adminNamespace:
		return g.admin.connect(s, auth)
	default:
		return nil, socketio.ErrInvalidNamespace
	}
	handshake := s.Handshake()
	if err := g.admitAgain(s); err != nil {
		return nil, err
	}
	s.Charge(ratelimit.Connect.Packets())
	given := readCredentials(auth)
	who, claims, err := g.identify(given, handshake.Query)
	if err != nil {
		return nil, err
	}
	one := &session{
		gateway: g, socket: s, user: who, claims: keptClaims(claims),
		limits: g.limits.NewConnection(who.ID, handshake.ClientAddr),
	}
	if g.recovery {
		one.comeBack(given)
	}
	return one, nil
}
