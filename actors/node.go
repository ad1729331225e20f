package actors

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// Frame is the bytes of one event on the wire, shared by all who get it. This
// package only passes it on.
type Frame interface{ Len() int }

// Encoder turns events into frames: once an event, not once a receiver. It is
// called from several goroutines.
type Encoder interface {
	// RoomEvent returns what those inside are told; false: nothing. The offset
	// goes with it, so that a client can say what it has received; empty: none
	// does. So it is below.
	RoomEvent(roomID string, e room.Event, offset string) (Frame, bool)
	// Notice returns what connections of one user are told.
	Notice(n user.Notice, offset string) Frame
	// DirectoryEvent returns what watchers of the directory are told: as many
	// frames as it takes offsets.
	DirectoryEvent(e room.DirectoryEvent, nextOffset func() string) []Frame
	// Join returns one frame with the events of several, of which there are some,
	// in their order.
	Join(frames []Frame) Frame
}

// Outbox is a connection's bounded queue to its transport. Its methods never
// block, and may be called from several goroutines. It can be compared: each
// transport has its own.
type Outbox interface {
	Offer(Frame)
	OfferVolatile(Frame) (sent bool) // may be dropped when others are waiting
	Hold()                           // what is sent next, a reply too, may wait for what comes behind it, or for Release
	Release()                        // follows each Hold, soon
	CloseTransport(why Why)          // Connection.Detach or Close follows
	Owe(deliveries int)              // the client has caused so many: what it says next may wait for that
	Origin() string                  // what all whom one address has share: they wait for one another
}

// Why is the named reason for which a node ends a transport.
type Why string

// The reasons for which a node ends a transport.
const (
	// WhyInternal: the connection's actor has failed.
	WhyInternal Why = "internal error"
	// WhyTooManyConnections: the user has more than an account holds.
	WhyTooManyConnections Why = "too many connections"
	// WhyAdmin: an administrator has disconnected the user.
	WhyAdmin Why = "disconnected by an administrator"
	// WhyRoomFailed: a room has failed, or its events have a gap, and those
	// inside have to come anew.
	WhyRoomFailed Why = "room failed"
	// WhyTakenOver: the client has come back by another transport, or another
	// connection of its user has taken its place in a room.
	WhyTakenOver Why = "session taken over"
)

// Whys returns all of them.
func Whys() []Why {
	return []Why{WhyInternal, WhyTooManyConnections, WhyAdmin, WhyRoomFailed, WhyTakenOver}
}

// endsConnection reports whether a transport that ends for this reason is the
// end of the connection too: its client may come again, but not come back.
func (w Why) endsConnection() bool {
	return w == WhyTooManyConnections || w == WhyAdmin
}

// FrameCodec lets frames outlive the process. It is called from one goroutine.
type FrameCodec interface {
	// Bytes returns what a frame is made of, which Frame makes one of again. There
	// is at least one.
	Bytes(f Frame) []byte
	Frame(bytes []byte) (Frame, error)
}

// Config is what a node is made of. Store, Encoder and Logger are needed.
type Config struct {
	Store   persistence.Store // the caller closes it, after Stop
	Encoder Encoder
	Logger  *slog.Logger

	// Grace is how long a client may be away until its connection ends; 0: it
	// ends with its transport, and clients are given no offsets.
	Grace time.Duration
	// Frames lets clients come back also to the next node on the same store, if
	// this one ends in order; nil: they can't.
	Frames FrameCodec
	// Unnoticed is how long a transport may be gone before that is noticed.
	Unnoticed time.Duration

	// IdleRoomTimeout is how long a persistent room stays in memory when nobody is
	// inside, up to half as long again, and less if there are too many; 0: not at all.
	IdleRoomTimeout time.Duration

	// Committed, if set, is told of each commit of the journal, on its goroutine.
	Committed func(Commit)

	// Retention is what the store keeps. Its zero value: everything.
	Retention Retention

	nearRoomsMax int // of tests; 0: nearRoomsMax
}

// Node runs the rooms and connections of one process. Its methods may be
// called from several goroutines.
type Node struct {
	// static after construction
	config    Config
	log       *slog.Logger
	system    *actor.ActorSystem
	workers   workers
	region    *region
	relays    []*actor.PID
	directory *actor.PID
	starter   *starter
	passwords *passwords
	reads     *reads
	journal   *journal
	frames    *frameStore // nil: without time of grace nobody comes back
	retention *retention

	generation   string // of the store, in short
	directSecret []byte // the ids of direct rooms are made with it

	activations  atomic.Uint64 // of rooms
	panics       atomic.Uint64
	lingerBudget lingerBudget
	counts       counts
	draining     atomic.Bool
	stopping     atomic.Bool

	// accountsStored: the store has something of some user, or may have it soon. As long
	// as it has nothing of anybody, as where no room is persistent, nobody who connects
	// is looked for.
	accountsStored atomic.Bool

	running     bool // all actors have started; Start's own, and Shutdown's after it
	stop        sync.Once
	accounts    sync.WaitGroup // a count of their actors
	connections connectionMap[room.ConnectionID]
	sessions    connectionMap[string] // by their keys

	// of the former node, see carryover_return.go
	left         bool       // Start's own: it has left something, which is to be removed
	returning    *returning // Start's own; nil: nothing, or all has gone on
	streamsLeft  sync.Map   // key of a room or an account → *stream
	seatsLeft    sync.Map   // id of a room → *seatsLeft
	accountsLeft sync.Map   // id of a user → []room.User: contacts that are online
	leaving      *leaving   // for the next node
}

// Start starts a node.
func Start(config Config) (*Node, error) {
	n := &Node{
		config: config,
		log:    config.Logger,
		system: actor.NewActorSystem(
			actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return quiet(config.Logger) }),
			actor.WithDeadLetterRequestLogging(false),
		),
		passwords:  newPasswords(),
		generation: generationName(config.Store),
		leaving:    newLeaving(),
	}
	if config.Grace > 0 {
		n.frames = newFrameStore(config.Grace + config.Unnoticed + sweepInterval)
	}
	n.reads = newReads(n)
	n.journal = startJournal(n)
	n.retention = startRetention(n)
	n.activations.Store(uint64(time.Now().UnixNano())) // no two runs share one
	n.system.EventStream.Subscribe(n.rerouteDeadLetter)
	if err := n.startActors(); err != nil {
		n.Stop()
		return nil, fmt.Errorf("actors: start: %w", err)
	}
	return n, nil
}

func (n *Node) startActors() error {
	var err error
	if n.directSecret, err = loadDirectSecret(n.config.Store); err != nil {
		return err
	}
	if known, err := n.config.Store.Any(accountPrefixes...); known || err != nil {
		n.accountsStored.Store(true)
	}
	if err := n.findSessions(); err != nil {
		return err
	}
	stored, err := n.openDirectory()
	if err != nil {
		return err
	}
	root, guardian := n.system.Root, actor.WithGuardian(resuming)
	n.directory = root.Spawn(n.props(same(newDirectory(n, stored)), guardian))
	for range max(2, runtime.GOMAXPROCS(0)) {
		n.relays = append(n.relays, root.Spawn(n.props(same(newRelay(n)), guardian)))
	}
	n.region = startRegion(n)
	n.starter = newStarter(n)
	if err := n.startReturning(); err != nil {
		return err
	}
	n.running = true
	return nil
}

// Drain makes nobody's time of grace end from now on: it is the server that
// leaves, not its users. Without a time of grace, rooms keep their seats when
// connections end: closing all connections would end rooms for good that go with
// their creator. Stop follows.
func (n *Node) Drain() { n.draining.Store(true) }

// keepsSeats reports whether rooms are not told that a connection has ended.
func (n *Node) keepsSeats() bool { return n.draining.Load() && !n.carries() }

// Stop is Shutdown with all the time that it takes. More calls do nothing.
func (n *Node) Stop() { n.Shutdown(context.Background(), math.MaxInt64) }

// Shutdown ends all actors, layer by layer, and waits for them: for each at most
// the 10 s that the actor library gives it, and for all until the context ends.
// Then the journal commits what it was given, in that time more at most. The
// error says what was not done: if anything, no sessions are kept for the next
// node. Connections should have lost their transports before, or be closed; those
// that were not are ended without a word. More calls do nothing.
func (n *Node) Shutdown(ctx context.Context, flushTimeout time.Duration) (err error) {
	n.stop.Do(func() { err = n.end(ctx, flushTimeout) })
	return err
}

func (n *Node) end(ctx context.Context, flushTimeout time.Duration) error {
	if n.running && n.carries() {
		n.quiesce(ctx)
	}
	n.stopping.Store(true)
	n.passwords.close()
	failed := n.endActors(ctx)
	waited := within(ctx, func() {
		n.passwords.wait()
		n.reads.Wait()
		n.retention.close()
	})
	if !waited {
		failed = errors.Join(failed, errors.New("actors: passwords, pages of history or retention were not done in time"))
	}
	if failed == nil && n.running {
		within(ctx, func() {
			if err := n.leaveSessions(); err != nil {
				n.logLeft(err)
			}
		})
	}
	failed = errors.Join(failed, n.journal.closeWithin(flushTimeout))
	if n.frames != nil {
		n.frames.stop()
	}
	n.system.Shutdown()
	n.workers.close()
	return failed
}

// endActors ends all actors, each layer when those above it have ended. One that
// doesn't end in time is left, with what is below.
func (n *Node) endActors(ctx context.Context) error {
	if n.starter != nil {
		if err := n.starter.end(ctx, &n.connections); err != nil {
			return err
		}
	}
	var region *actor.PID
	if n.region != nil {
		region = n.region.pid
	}
	if err := n.endLayer(ctx, "rooms and accounts", single(region)); err != nil {
		return err
	}
	if err := n.endAccounts(ctx); err != nil {
		return err
	}
	if err := n.endLayer(ctx, "relays", n.relays); err != nil {
		return err
	}
	return n.endLayer(ctx, "directory", single(n.directory))
}

func (n *Node) endLayer(ctx context.Context, name string, actors []*actor.PID) error {
	ending := make([]*actor.Future, len(actors))
	for i, pid := range actors {
		ending[i] = n.system.Root.PoisonFuture(pid)
	}
	for i, pid := range actors {
		var err error
		if !within(ctx, func() { err = ending[i].Wait() }) {
			return fmt.Errorf("actors: %s did not end in time", name)
		}
		if err != nil {
			n.log.Error("actors did not stop in time", "in", name, "actor", pid.Id, "error", err)
		}
	}
	return nil
}

// single is one actor, or none.
func single(pid *actor.PID) []*actor.PID {
	if pid == nil {
		return nil
	}
	return []*actor.PID{pid}
}

// within reports whether a function returned before the context ended. If not, it
// goes on alone, and what it writes must not be looked at.
func within(ctx context.Context, wait func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait()
	}()
	select {
	case <-done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Connect registers a client's connection. The caller calls Detach when its
// transport has ended, or Close when it has ended for good.
func (n *Node) Connect(from room.User, id room.ConnectionID, outbox Outbox) (*Connection, error) {
	c := newConnection(n, from, id, outbox)
	if !n.connections.add(id, c) {
		return nil, errors.New("actors: connection id is taken")
	}
	if err := n.starter.start(c, nil); err != nil {
		c.markEnded()
		n.connections.remove(id, c)
		return nil, err
	}
	n.region.route(&errand{user: from.ID, command: user.Connect{Connection: id, Name: from.Name}})
	return c, nil
}

// HashPassword returns what is kept of a password that a client of this origin gives a
// room. It takes some 25 ms, and waits while too many are hashed already.
func (n *Node) HashPassword(origin, password string) (string, error) {
	return n.passwords.hash(origin, password)
}

// NewRoomID returns an id for a room that can't be guessed.
func NewRoomID() string { return randomName(15) }

// newEpoch returns the name of a new count of records. It names the generation
// of the store, so that a room which was restored with a backup finds that its
// numbers are not what they were.
func (n *Node) newEpoch() string { return randomName(9) + "." + n.generation }

// isCurrent reports whether no number of this epoch can have been lost with the
// store, or will be given again.
func (n *Node) isCurrent(epoch string) bool { return strings.HasSuffix(epoch, "."+n.generation) }

// generationName is a short name of a store's generation.
func generationName(store persistence.Store) string {
	sum := sha256.Sum256([]byte(store.Generation()))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

func randomName(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// connection returns a connection of this node, or nil.
func (n *Node) connection(id room.ConnectionID) *Connection { return n.connections.load(id) }

// refuse answers a message of which nobody can say what became of it.
func (n *Node) refuse(m addressed) {
	switch m := m.(type) {
	case *request:
		n.refuseRequest(m)
	case *errand:
		n.settle(m.connection, m.number, room.ErrUnavailable)
	case *listWanted:
		n.settle(m.connection.id, m.number, room.ErrUnavailable)
	}
}

func (n *Node) refuseRequest(q *request) {
	if q.answer != nil {
		q.answer(room.ErrUnavailable)
	}
	c := n.connection(q.connection)
	if c == nil || q.number == 0 {
		return
	}
	c.settle(q.number, room.ErrUnavailable)
	if q.changesMembership() {
		n.send(c.pid, &settled{room: q.room, number: q.number})
	}
}

// settle answers a connection's request, if anybody waits for it.
func (n *Node) settle(id room.ConnectionID, number uint64, reply room.Reply) {
	if c := n.connection(id); c != nil && number != 0 {
		c.settle(number, reply)
	}
}

func (n *Node) send(pid *actor.PID, message any) { n.system.Root.Send(pid, message) }

// relay returns the relay of a room's events.
func (n *Node) relay(roomID string) *actor.PID {
	return n.relays[hash(roomID)/shardCount%uint32(len(n.relays))]
}
