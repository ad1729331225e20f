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
	accounts  *actor.Props                    // of all: of its own each would take more than its state
	next      *accountActor                   // the one that accounts make
	residents shrinkingMap[string, *resident] // by key
	lingering lingering
	stopping  bool // it starts nobody any more: nobody would tell him to stop
}

// resident is what a shard knows of the actor of a room or an account.
type resident struct {
	pid    *actor.PID
	ending *ending // nil: it goes on
}

// ending is one that is asked to end; messages wait for what it says.
type ending struct{ queue []addressed } // at most shardWaitingMax

func newShard(n *Node) *shard {
	s := &shard{node: n}
	s.accounts = n.props(func() actor.Actor { return s.next })
	return s
}

// HandleFailure has an account go on, which reads its state anew, and restarts a
// room.
func (s *shard) HandleFailure(
	system *actor.ActorSystem, supervisor actor.Supervisor, child *actor.PID, stats *actor.RestartStatistics, reason, message any,
) {
	way := restarting
	if strings.HasPrefix(keyOf(s.self, child), userPrefix) {
		way = resuming
	}
	way.HandleFailure(system, supervisor, child, stats, reason, message)
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
	case *actor.Terminated:
		forgetStopped(ctx)
		s.terminated(ctx, m.Who)
	case *actor.Stopping: // while it waits for those it has, messages still come
		s.stopping = true
		s.lingering.stop()
	case *actor.Started:
		s.self = ctx.Self()
		s.lingering = newLingering(s.node, func() { s.node.send(s.self, &lingered{}) })
	}
}

func (s *shard) route(ctx actor.Context, m addressed) {
	key := m.key()
	r := s.residents.entries[key]
	if r == nil {
		if !m.startsActor() {
			return
		}
		if s.stopping {
			s.node.refuse(m)
			return
		}
		r = s.start(ctx, key)
	}
	switch {
	case r.ending == nil:
		ctx.Send(r.pid, m)
	case len(r.ending.queue) < shardWaitingMax:
		r.ending.queue = append(r.ending.queue, m)
	default:
		s.node.refuse(m)
	}
}

func (s *shard) start(ctx actor.Context, key string) *resident {
	r := &resident{pid: s.spawn(ctx, key)}
	s.residents.put(key, r)
	return r
}

// keyOf returns the key of one that a shard has started: its actor's id is the
// shard's, the key, and what the library tells it from former ones by.
func keyOf(shard, pid *actor.PID) string {
	key := strings.TrimPrefix(pid.Id, shard.Id+"/")
	return key[:strings.LastIndexByte(key, '$')]
}

func (s *shard) spawn(ctx actor.Context, key string) *actor.PID {
	if strings.HasPrefix(key, userPrefix) {
		s.next = newAccountActor(s.node, userOf(key))
		defer func() { s.next = nil }() // or the last one stays in memory when it has ended
		return ctx.SpawnPrefix(s.accounts, key)
	}
	return ctx.SpawnPrefix(newRoomActor(s.node, roomOf(key)).props(), key)
}

// idle ends one that nothing needs, now or when it has lingered.
func (s *shard) idle(ctx actor.Context, m *idle) {
	if r := s.residents.entries[m.key]; r == nil || r.ending != nil {
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
	r := s.residents.entries[key]
	if r == nil || r.ending != nil {
		return
	}
	r.ending = &ending{}
	ctx.Send(r.pid, &end{})
}

// stay gives one that is needed again what has waited.
func (s *shard) stay(ctx actor.Context, key string) {
	r := s.residents.entries[key]
	if r == nil || r.ending == nil {
		return
	}
	s.routeAll(ctx, r)
}

// terminated forgets one that has ended, and starts it anew for those who came
// meanwhile.
func (s *shard) terminated(ctx actor.Context, pid *actor.PID) {
	key := keyOf(ctx.Self(), pid)
	r := s.residents.entries[key]
	if r == nil || !r.pid.Equal(pid) {
		return
	}
	s.residents.remove(key)
	s.lingering.remove(key)
	if strings.HasPrefix(key, roomPrefix) && !s.node.stopping.Load() {
		ctx.Send(s.node.relay(roomOf(key)), &roomStopped{roomOf(key)})
	}
	s.routeAll(ctx, r)
}

// routeAll sends on what has waited for what one says that was asked to end.
func (s *shard) routeAll(ctx actor.Context, r *resident) {
	if r.ending == nil {
		return
	}
	queue := r.ending.queue
	r.ending = nil
	for _, m := range queue {
		s.route(ctx, m)
	}
}
