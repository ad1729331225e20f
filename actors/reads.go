package actors

import "sync"

// reads runs what rooms read of their pasts, and the directory of rooms at rest,
// some at a time, on goroutines of its own: those under way are bounded by the
// connections' credit.
type reads struct {
	sync.WaitGroup // of those under way

	// static after construction
	node     *Node
	slots    *turns
	listings *turns // the directory's
}

func newReads(n *Node) *reads {
	return &reads{
		node: n, slots: newTurns(readsParallelMax), listings: newTurns(listingReadsParallelMax),
	}
}

// list reads for the directory, when the turn of who has asked has come.
func (r *reads) list(by *Connection, more fetch) (err error) {
	defer r.node.rescue("store", &err)
	if err := r.listings.enter(by.origin()); err != nil {
		return err
	}
	defer r.listings.leave()
	return more(r.node.config.Store)
}
