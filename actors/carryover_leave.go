package actors

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"roomd/actors/room"
)

// leaving gathers what a node leaves to the next one: each actor gives its part
// when it has ended.
type leaving struct {
	// guarded by mu
	mu       sync.Mutex
	rooms    map[string]leftRoom
	accounts map[string]leftAccount
	feed     carriedDirectory
	streams  map[*stream]struct{} // that somebody goes on with
	ofRooms  map[string]*stream   // of their audiences
}

type leftRoom struct {
	carriedRoom
	inside []room.Joined
	gone   bool // with the node
	lost   bool // those inside have not been told all
}

type leftAccount struct {
	stream *stream
	online []room.User
}

func newLeaving() *leaving {
	return &leaving{
		rooms: map[string]leftRoom{}, accounts: map[string]leftAccount{},
		streams: map[*stream]struct{}{}, ofRooms: map[string]*stream{},
	}
}

// leave gives what a room leaves, if anybody is inside: an ephemeral one ends
// with the node.
func (a *roomActor) leave() {
	inside := a.state.Connections()
	if !a.node.stopping.Load() || !a.node.carries() || len(inside) == 0 {
		return
	}
	r := leftRoom{inside: inside, carriedRoom: carriedRoom{ID: a.id, Epoch: a.state.Epoch(), Seq: a.state.Seq()}}
	r.gone = !a.state.Persistent()
	r.lost = r.gone || !a.loaded || a.isWriting() || a.told != a.state.Seq()
	l := a.node.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms[a.id] = r
}

// leave gives what an account leaves.
func (a *accountActor) leave() {
	if !a.node.stopping.Load() || !a.node.carries() || !a.state.IsOnline() {
		return
	}
	l := a.node.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	l.accounts[a.id] = leftAccount{a.notices(), a.state.ContactsOnline()}
}

// leave gives the streams of audiences.
func (r *relay) leave() {
	l := r.node.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	for roomID, a := range r.audiences.entries {
		l.ofRooms[roomID] = a.stream
	}
}

// leave gives what watchers know.
func (d *directory) leave() {
	if !d.node.carries() {
		return
	}
	left := carriedDirectory{Stream: d.stream.id}
	for id, n := range d.feed.rooms.entries {
		if one := (carriedNews{id, n.known, n.told}); one != (carriedNews{id, true, 0}) || n.ended || !n.listing.Persistent {
			left.Rooms = append(left.Rooms, one)
		}
	}
	l := d.node.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	l.feed, l.streams[d.stream] = left, struct{}{}
}

// quiesce waits until no command is under way, or for so long: what the actors
// are told when they have been told to end is lost.
func (n *Node) quiesce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, quiesceTimeout)
	defer cancel()
	look := time.NewTicker(quiesceInterval)
	defer look.Stop()
	for n.commandsUnderWay() {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

func (n *Node) commandsUnderWay() bool {
	for c := range n.connections.all() {
		if c.isWaiting() {
			return true
		}
	}
	return false
}

// leaveSessions stores what the next node needs to go on with the sessions. All
// actors have ended, and have left nothing undone.
func (n *Node) leaveSessions() error {
	if !n.carries() {
		return nil
	}
	c, err := n.carryover()
	if err != nil || len(c.Connections) == 0 {
		return err
	}
	changes, err := c.changes()
	if err != nil {
		return err
	}
	if err := n.journal.commit(changes...); err != nil {
		return err
	}
	n.log.Info("sessions are kept for the next process", "connections", len(c.Connections))
	return nil
}

// carryover returns what the actors have left.
func (n *Node) carryover() (*carryover, error) {
	l, now := n.leaving, time.Now()
	c := &carryover{
		Version: carryoverVersion, Generation: n.config.Store.Generation(), At: now.Round(0),
		Secret: n.frames.secret.key, Directory: l.feed,
	}
	g := gathering{carryover: c, leaving: l, codec: n.config.Frames, places: map[room.ConnectionID]int{}, needed: map[*stream]uint64{}}
	for one := range n.connections.all() {
		if g.addConnection(one, now); len(c.Connections) > carriedConnectionsMax {
			break
		}
	}
	n.leaveUntaken(g.from)
	for _, r := range l.rooms {
		g.addRoom(r, now)
	}
	if len(c.Connections) > carriedConnectionsMax {
		return nil, errCarryoverTooLarge
	}
	for id, a := range l.accounts {
		g.addAccount(id, a)
	}
	g.addNeeded()
	g.addStreams(n.frames.now())
	c.StreamIDs = n.frames.streams.Load()
	return c, nil
}

// leaveUntaken gives on as it was found what the former node has left to rooms and to
// the accounts of these connections that haven't come to it: this one may end right
// after its start.
func (n *Node) leaveUntaken(connections []*Connection) {
	l := n.leaving
	l.mu.Lock()
	defer l.mu.Unlock()
	n.seatsLeft.Range(func(id, found any) bool {
		left, roomID := found.(*seatsLeft), id.(string)
		l.rooms[roomID] = leftRoom{inside: left.inside, carriedRoom: carriedRoom{ID: roomID, Epoch: left.epoch, Seq: left.seq}}
		l.ofRooms[roomID] = n.streamOf(roomKey(roomID))
		return true
	})
	for _, c := range connections {
		if online, untaken := n.accountsLeft.LoadAndDelete(c.user.ID); untaken {
			l.accounts[c.user.ID] = leftAccount{n.streamOf(userKey(c.user.ID)), online.([]room.User)}
		}
	}
}

// gathering makes a carryover of what was left.
type gathering struct {
	*carryover
	leaving *leaving
	codec   FrameCodec
	from    []*Connection             // what Connections are, but for the last of them
	places  map[room.ConnectionID]int // index in Connections
	needed  map[*stream]uint64        // number of the first event that somebody may have missed
}

func (g *gathering) addConnection(c *Connection, now time.Time) {
	t := &c.trail
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.hasEnded() {
		return
	}
	left := carriedConnection{
		ID: c.id, User: c.user, Key: c.key, Away: timeOf(t.since), Expires: timeOf(t.expires), Arrived: t.arrived,
		Received: t.received.carried(), Newest: t.newest.carried(),
		Lost: t.lost, Spoilt: t.spoilt, Watches: !c.unwatched.Load(), Welcomed: c.welcomed,
	}
	if t.outbox != nil { // nobody has noticed yet that the node ends
		left.Away = now.Round(0)
	}
	if own := c.own.opened.Load(); own != nil {
		left.Own = own.id
		g.keep(own)
	}
	for _, r := range t.runs {
		left.Runs = append(left.Runs, carriedRun{r.stream.id, r.first, r.last})
	}
	g.places[c.id] = len(g.Connections)
	g.from, g.Connections = append(g.from, c), append(g.Connections, left)
}

// addNeeded notes which events those may have missed who can come back.
func (g *gathering) addNeeded() {
	for i, c := range g.from {
		if g.Connections[i].Spoilt || g.Connections[i].Key == "" {
			g.Connections[i].Runs = nil
			continue
		}
		c.trail.mu.Lock()
		for _, r := range c.trail.runs {
			if first, known := g.needed[r.stream]; !known || r.first < first {
				g.needed[r.stream] = r.first
			}
		}
		c.trail.mu.Unlock()
	}
}

// unixOf and timeOf are how times are kept in the least space: in nanoseconds;
// 0: none.
func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(0, unix)
}

func (g *gathering) keep(s *stream) { g.leaving.streams[s] = struct{}{} }

func (p position) carried() carriedPosition {
	if p.stream == nil {
		return carriedPosition{}
	}
	return carriedPosition{p.stream.id, p.number}
}

// addRoom adds the seats of a room. One whose connection has ended, of which the
// room had not heard yet, ends at once in the next process.
func (g *gathering) addRoom(r leftRoom, now time.Time) {
	for _, j := range r.inside {
		place, known := g.places[j.Connection]
		if !known {
			place = len(g.Connections)
			g.places[j.Connection] = place
			g.Connections = append(g.Connections, carriedConnection{ID: j.Connection, User: j.User, Expires: now.Round(0), Spoilt: true})
		}
		if r.lost {
			g.Connections[place].Spoilt = true
		}
		r.Inside = append(r.Inside, place)
	}
	if r.gone {
		return
	}
	if s := g.leaving.ofRooms[r.ID]; s != nil {
		r.Stream = s.id
		g.keep(s)
	}
	g.Rooms = append(g.Rooms, r.carriedRoom)
}

func (g *gathering) addAccount(id string, a leftAccount) {
	g.keep(a.stream)
	g.Accounts = append(g.Accounts, carriedAccount{id, a.stream.id, a.online})
}

// addStreams adds the streams that are gone on with, with the frames that may
// have been missed: as far as there is place for them, and those of the smallest
// streams first, so that a few who shout don't cost all others theirs.
func (g *gathering) addStreams(now time.Duration) {
	type one struct {
		stream *stream
		frames []carriedFrame
		bytes  int
		last   uint64
	}
	var all []one
	for s := range g.needed {
		g.keep(s)
	}
	for s := range g.leaving.streams {
		o := one{stream: s}
		o.frames, o.bytes, o.last = s.carried(g.needed[s], g.codec, now)
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b one) int {
		return cmp.Or(cmp.Compare(a.bytes, b.bytes), cmp.Compare(a.stream.id, b.stream.id))
	})
	left := carriedFramesBytesMax
	for _, o := range all {
		if left -= o.bytes; left < 0 {
			o.frames = nil
		}
		g.Streams = append(g.Streams, carriedStream{o.stream.id, o.last, o.frames})
	}
}

// carried returns the frames from that event on (0: nobody needs any), how many
// bytes they take, and the number of the last event. What is not kept any more is
// missing for those who need that, and not for others.
func (s *stream) carried(first uint64, codec FrameCodec, now time.Duration) (frames []carriedFrame, bytes int, last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begin := s.last - uint64(len(s.kept)) + 1
	if first == 0 || first > s.last {
		return nil, 0, s.last
	}
	for _, k := range s.kept[max(first, begin)-begin:] {
		f := carriedFrame{Except: k.except, Age: now - k.at}
		if k.frame != nil {
			f.Bytes = codec.Bytes(k.frame)
		}
		frames, bytes = append(frames, f), bytes+keptFrameBytes+len(f.Bytes)
	}
	return frames, bytes, s.last
}

// logLeft says why nobody comes back but by since.
func (n *Node) logLeft(err error) {
	if errors.Is(err, errCarryoverTooLarge) {
		n.log.Warn("sessions end with this process", "error", err)
		return
	}
	n.log.Error("sessions could not be kept for the next process", "error", err)
}
