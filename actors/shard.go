package actors

import (
	"strings"

	"github.com/asynkron/protoactor-go/actor"
)

// shard supervises the rooms and accounts whose keys hash to it: it starts one
// when the first message for it comes, and ends it when nothing needs it.
type shard struct {
	node      *Node
	self      *actor.PID
	rooms     shrinkingMap[string, *resident] // by key
	lingering lingering
	accounts  shardAccounts
	stopping  bool // it starts nobody any more: nobody would tell him to stop
}

// resident is what a shard knows of the actor of a room.
type resident struct {
	pid    *actor.PID
	ending *ending // nil: it goes on
}

// ending is one that is asked to end; messages wait for what it says.
type ending struct{ queue []addressed } // at most shardWaitingMax

func newShard(n *Node) *shard {
	s := &shard{node: n}
	s.accounts = newShardAccounts(n)
	return s
}

// HandleFailure restarts a room.
func (s *shard) HandleFailure(
	system *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, stats *actor.RestartStatistics, reason, message any,
) {
	restarting.HandleFailure(system, supervisor, child, stats, reason, message)
}

// Receive routes messages, and ends residents.
func (s *shard) Receive(ctx actor.Context) {
	defer s.node.logPanic("shard")
	switch m := ctx.Message().(type) {
	case addressed:
		s.route(ctx, m)
	case *idle:
		s.idle(ctx, m)
	case *lingered:
		s.endAll(ctx, s.lingering.overdue())
	case *staying:
		s.stay(ctx, m.key)
	case *accountIdle:
		s.accounts.end(m.account)
	case *accountAnswered:
		s.routeAll(ctx, s.accounts.answered(m))
	case *actor.Terminated:
		forgetStopped(ctx)
		s.terminated(ctx, m.Who)
	case *actor.Stopping: // while it waits for those it has, messages still come
		s.stopping = true
		s.lingering.stop()
		s.accounts.stop()
	case *actor.Started:
		s.self = ctx.Self()
		s.lingering = newLingering(s.node, func() { s.node.send(s.self, &lingered{}) })
	}
}

// route gives on what is for a room or an account, and starts that if need be.
func (s *shard) route(ctx actor.Context, m addressed) {
	if id := userOfAddressed(m); id != "" {
		s.routeToAccount(id, m)
		return
	}
	key := m.key()
	r := s.rooms.entries[key]
	if r == nil {
		if !s.mayStart(m) {
			return
		}
		r = &resident{pid: ctx.SpawnPrefix(newRoomActor(s.node, roomOf(key)).props(), key)}
		s.rooms.put(key, r)
	}
	if r.ending != nil {
		r.ending.hold(s.node, m)
		return
	}
	ctx.Send(r.pid, m)
}

// mayStart reports whether a message begins what it is for. If not, it is dropped,
// or refused.
func (s *shard) mayStart(m addressed) bool {
	switch {
	case !m.startsActor():
		return false
	case s.stopping:
		s.node.refuse(m)
		return false
	}
	return true
}

// hold has a message wait.
func (e *ending) hold(n *Node, m addressed) {
	if len(e.queue) == shardWaitingMax {
		n.refuse(m)
		return
	}
	e.queue = append(e.queue, m)
}

// keyOf returns the key of one that a shard has started: its actor's id is the
// shard's, the key, and what the library tells it from former ones by.
func keyOf(shard, pid *actor.PID) string {
	key := strings.TrimPrefix(pid.Id, shard.Id+"/")
	return key[:strings.LastIndexByte(key, '$')]
}

// idle ends one that nothing needs, now or when it has lingered.
func (s *shard) idle(ctx actor.Context, m *idle) {
	if r := s.rooms.entries[m.key]; r == nil || r.ending != nil {
		return
	}
	if key := s.lingering.add(m.key, m.bytes); key != "" {
		s.end(ctx, key)
	}
}

func (s *shard) endAll(ctx actor.Context, keys []string) {
	for _, key := range keys {
		s.end(ctx, key)
	}
}

// end asks one that has nothing to do to end. It has the last word: something
// may be on its way to it already, and connections that are inside of a room
// have a road of their own to it.
func (s *shard) end(ctx actor.Context, key string) {
	r := s.rooms.entries[key]
	if r == nil || r.ending != nil {
		return
	}
	r.ending = &ending{}
	ctx.Send(r.pid, &end{})
}

// stay gives one that is needed again what has waited.
func (s *shard) stay(ctx actor.Context, key string) {
	r := s.rooms.entries[key]
	if r == nil {
		return
	}
	s.routeAll(ctx, r.takeEnding())
}

// terminated forgets one that has ended, and starts it anew for those who came
// meanwhile.
func (s *shard) terminated(ctx actor.Context, pid *actor.PID) {
	key := keyOf(ctx.Self(), pid)
	r := s.rooms.entries[key]
	if r == nil || !r.pid.Equal(pid) {
		return
	}
	s.rooms.remove(key)
	s.lingering.remove(key)
	if !s.node.stopping.Load() {
		ctx.Send(s.node.relay(roomOf(key)), &roomStopped{roomOf(key)})
	}
	s.routeAll(ctx, r.takeEnding())
}

// takeEnding returns what has waited for what one says that was asked to end.
func (r *resident) takeEnding() []addressed {
	if r.ending == nil {
		return nil
	}
	queue := r.ending.queue
	r.ending = nil
	return queue
}

func (s *shard) routeAll(ctx actor.Context, waited []addressed) {
	for _, m := range waited {
		s.route(ctx, m)
	}
}
