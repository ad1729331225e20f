package actors

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"
)

// places is a connection's relations to rooms, at most connectionRoomsMax and
// mostly one: smaller than a map, and no slower.
type places []*place

// place is a connection's relation to a room that it is inside of, or may be.
type place struct {
	room     string
	pid      *actor.PID // of the room, while surely inside; nil: commands go by the shard
	change   uint64     // number of the last command that changes membership
	changing bool       // that command is under way
	queue    []*request // wait for it; bounded by commandsUnderWayMax
}

// of returns the place of a room; nil: there is none.
func (l places) of(roomID string) *place {
	if i := l.index(roomID); i >= 0 {
		return l[i]
	}
	return nil
}

func (l places) index(roomID string) int {
	return slices.IndexFunc(l, func(p *place) bool { return p.room == roomID })
}

// add returns the place of a room, a new one if there is none.
func (l *places) add(roomID string) *place {
	p := l.of(roomID)
	if p == nil {
		p = &place{room: roomID}
		*l = append(*l, p)
	}
	return p
}

func (l *places) remove(roomID string) {
	if i := l.index(roomID); i >= 0 {
		*l = slices.Delete(*l, i, i+1)
	}
}
