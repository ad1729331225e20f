package actors

import (
	"github.com/tidwall/btree"

	"roomd/actors/room"
)

// atRest is what the directory knows of persistent rooms that are not in memory.
// Their listings are in the store. Of the public ones the index has those that were
// active last, so that the beginning of the list needs no read; of the others only
// their number is kept. It is the directory's own.
//
// An answer that is read takes time, and rooms come, rest and end meanwhile. What
// was read is merged with the index as it is when the answer is given, and no room
// leaves the index, or is forgotten to have ended, before all reads are done that
// were under way then: so none is missed that was at rest only after the read, and
// none shown that has ended.
type atRest struct {
	// static after construction
	index   *roomIndex
	nearMax int

	// owned by the directory
	near     *btree.BTreeG[recentKey] // public rooms at rest that stay in the index
	edge     recentKey                // of those at rest the index has all before it; its zero value is behind all
	whole    bool                     // it has all, there is no edge
	rooms    int                      // that the index hasn't
	public   int                      // of them
	reads    map[uint64]struct{}      // under way
	lastRead uint64
	leaving  []departure       // in their order
	departs  map[string]uint64 // rooms that rest and are to leave the index: by id, as their last departure
}

// departure is a room that leaves the index, or is forgotten to have ended, when
// no read is under way that began up to then.
type departure struct {
	id    string
	after uint64
}

func newAtRest(index *roomIndex, s *storedRooms) *atRest {
	r := &atRest{
		index: index, nearMax: s.nearMax, whole: s.whole, edge: s.edge,
		near:  btree.NewBTreeGOptions(recentKey.less, btree.Options{NoLocks: true}),
		reads: map[uint64]struct{}{}, departs: map[string]uint64{},
		rooms: s.rooms - len(s.near), public: s.public - len(s.near),
	}
	for _, l := range s.near {
		index.put(l)
		r.near.Set(recentKeyOf(l))
	}
	return r
}

// wake takes in that a room is in memory from now on, before the index has it as
// it is now.
func (r *atRest) wake(l room.Listing) {
	if was, known := r.index.rooms.entries[l.ID]; known {
		r.near.Delete(recentKeyOf(was))
	}
	delete(r.departs, l.ID)
	delete(r.index.gone, l.ID)
}

// read takes in that a room has come to memory that was at rest.
func (r *atRest) read(l room.Listing) {
	r.wake(l)
	if _, known := r.index.put(l); known {
		return
	}
	r.rooms--
	if l.Public() {
		r.public--
	}
}

// rest takes in that a room is at rest, when the index has it as it is stored.
func (r *atRest) rest(l room.Listing) {
	k := recentKeyOf(l)
	if !l.Public() || !r.whole && !k.less(r.edge) {
		r.leave(l.ID)
		return
	}
	r.near.Set(k)
	if r.near.Len() > r.nearMax {
		last, _ := r.near.PopMax()
		r.edge, r.whole = last, false
		r.leave(last.id)
	}
}

func (r *atRest) leave(id string) {
	r.departs[id] = r.lastRead
	r.leaving = append(r.leaving, departure{id, r.lastRead})
	r.release()
}

// end takes in that a room is no more, when the index hasn't it any more.
func (r *atRest) end(was room.Listing) {
	r.near.Delete(recentKeyOf(was))
	delete(r.departs, was.ID)
	if was.Persistent && len(r.reads) > 0 {
		r.index.gone[was.ID] = r.lastRead
		r.leaving = append(r.leaving, departure{was.ID, r.lastRead})
	}
}

// begin begins a read; done ends it.
func (r *atRest) begin() uint64 {
	r.lastRead++
	r.reads[r.lastRead] = struct{}{}
	return r.lastRead
}

func (r *atRest) done(read uint64) {
	delete(r.reads, read)
	r.release()
}

// release lets go whom no read under way can miss.
func (r *atRest) release() {
	oldest := r.lastRead + 1
	for read := range r.reads {
		oldest = min(oldest, read)
	}
	for len(r.leaving) > 0 && r.leaving[0].after < oldest {
		d := r.leaving[0]
		r.leaving = r.leaving[1:]
		if after, ended := r.index.gone[d.id]; ended && after == d.after {
			delete(r.index.gone, d.id)
		}
		if after, departs := r.departs[d.id]; departs && after == d.after {
			delete(r.departs, d.id)
			r.depart(d.id)
		}
	}
	if len(r.leaving) == 0 {
		r.leaving = nil
	}
}

func (r *atRest) depart(id string) {
	was, known := r.index.remove(id)
	if !known {
		return
	}
	r.rooms++
	if was.Public() {
		r.public++
	}
}

// known returns how far answers go without a read. What is about to leave the index
// may leave it before the answer is given.
func (r *atRest) known() restingRead {
	stays := len(r.leaving) == 0
	return restingRead{
		recent: reach[recentKey]{to: r.edge, all: stays && r.public == 0},
		words:  reach[wordKey]{all: stays && r.public == 0},
		seats:  reach[seatsKey]{all: stays && r.rooms == 0}, // to where the first one without seats would be
		allIDs: stays && r.rooms == 0,
	}
}

// count adds the rooms at rest to figures of those in the index.
func (r *atRest) count(s *room.Stats) {
	s.TotalRooms += r.rooms
	s.PersistentRooms += r.rooms
	s.EmptyRooms += r.rooms
	s.PublicRooms += r.public
}
