package actors

import "github.com/asynkron/protoactor-go/actor"

// region holds the map of shards and is the only way to a room or an account by
// its id. The map is constant while there is one node; with more, it will be
// replaced as a whole under a new epoch. route may be called from several
// goroutines.
type region struct {
	// static after construction
	node   *Node
	pid    *actor.PID
	shards [shardCount]*actor.PID
}

// ownerEpoch names this node's ownership of its shards. With one node it never
// changes.
const ownerEpoch = 1

func startRegion(n *Node) *region {
	r := &region{node: n}
	started := make(chan struct{})
	r.pid = n.system.Root.Spawn(n.props(same(&regionActor{r, started}),
		actor.WithGuardian(resuming), actor.WithSupervisor(resuming)))
	<-started
	return r
}

// route sends a message to the shard of its room or account.
func (r *region) route(m addressed) { r.node.send(r.shard(m.key()), m) }

func (r *region) shard(key string) *actor.PID { return r.shards[hash(key)%shardCount] }

// hash is FNV-1a: the same on every node and in every run.
func hash(key string) uint32 {
	h := uint32(2166136261)
	for i := range len(key) {
		h = (h ^ uint32(key[i])) * 16777619
	}
	return h
}

// regionActor supervises the shards.
type regionActor struct {
	region  *region
	started chan struct{} // closed when the map is complete
}

// Receive starts the shards.
func (a *regionActor) Receive(ctx actor.Context) {
	defer a.region.node.logPanic("region")
	switch ctx.Message().(type) {
	case *actor.Started:
		a.start(ctx)
	}
}

// start fills the map. A shard that fails goes on under its PID, so the map
// keeps its entries.
func (a *regionActor) start(ctx actor.Context) {
	for i := range a.region.shards {
		a.region.shards[i] = ctx.Spawn(a.region.node.props(same(newShard(a.region.node))))
	}
	close(a.started)
}
