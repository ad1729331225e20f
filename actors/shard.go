package actors

import (
	"github.com/asynkron/protoactor-go/actor"
)

// shard supervises the rooms whose ids hash to it: it starts a room when the
// first request for it comes, and ends it when nobody needs it.
type shard struct {
	node     *Node
	rooms    map[string]*shardRoom
	roomByID map[string]string // room by the id of its actor
}

// shardRoom is what a shard knows of a room's actor.
type shardRoom struct {
	pid    *actor.PID
	ending bool       // it is asked to end; requests wait for what it says
	queue  []*request // at most shardWaitingMax
}

func newShard(n *Node) *shard {
	return &shard{node: n, rooms: map[string]*shardRoom{}, roomByID: map[string]string{}}
}

// Receive routes requests, and ends rooms.
func (s *shard) Receive(ctx actor.Context) {
	defer s.node.logPanic("shard")
	switch m := ctx.Message().(type) {
	case *request:
		s.route(ctx, m)
	case *idle:
		s.end(ctx, m.room)
	case *staying:
		s.stay(ctx, m.room)
	case *actor.Terminated:
		s.terminated(ctx, m.Who)
	}
}

func (s *shard) route(ctx actor.Context, q *request) {
	r := s.rooms[q.room]
	if r == nil {
		r = s.start(ctx, q.room)
	}
	switch {
	case !r.ending:
		ctx.Send(r.pid, q)
	case len(r.queue) < shardWaitingMax:
		r.queue = append(r.queue, q)
	default:
		s.node.refuse(q)
	}
}

func (s *shard) start(ctx actor.Context, id string) *shardRoom {
	r := &shardRoom{pid: ctx.Spawn(newRoomActor(s.node, id).props())}
	s.rooms[id] = r
	s.roomByID[r.pid.Id] = id
	return r
}

// end asks a room that has nothing to do to end. The room has the last word:
// something may be on its way to it already, and connections that were inside
// have a road of their own to it.
func (s *shard) end(ctx actor.Context, id string) {
	r := s.rooms[id]
	if r == nil || r.ending {
		return
	}
	r.ending = true
	ctx.Send(r.pid, &end{})
}

// stay gives a room that is needed again what has waited.
func (s *shard) stay(ctx actor.Context, id string) {
	r := s.rooms[id]
	if r == nil || !r.ending {
		return
	}
	r.ending = false
	s.routeAll(ctx, r)
}

// terminated forgets a room that has ended, and starts it anew for those who
// came meanwhile.
func (s *shard) terminated(ctx actor.Context, pid *actor.PID) {
	id := s.roomByID[pid.Id]
	r := s.rooms[id]
	delete(s.roomByID, pid.Id)
	if r == nil || !r.pid.Equal(pid) {
		return
	}
	delete(s.rooms, id)
	if !s.node.stopping.Load() {
		ctx.Send(s.node.relay(id), &roomStopped{id})
	}
	s.routeAll(ctx, r)
}

func (s *shard) routeAll(ctx actor.Context, r *shardRoom) {
	queue := r.queue
	r.queue = nil
	for _, q := range queue {
		s.route(ctx, q)
	}
}
