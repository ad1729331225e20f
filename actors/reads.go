package actors

import "sync"

// reads runs what rooms read of their pasts, and the directory of rooms at rest,
// some at a time, on goroutines of its own: those under way are bounded by the
// connections' credit.
type reads struct {
	sync.WaitGroup // of those under way

	// static after construction
	node     *Node
	slots    chan struct{}
	listings chan struct{} // slots of the directory's
}

func newReads(n *Node) *reads {
	return &reads{
		node: n, slots: make(chan struct{}, readsParallelMax), listings: make(chan struct{}, listingReadsParallelMax),
	}
}

// list reads for the directory, when its turn has come.
func (r *reads) list(more fetch) (err error) {
	defer r.node.rescue("store", &err)
	r.listings <- struct{}{}
	defer func() { <-r.listings }()
	return more(r.node.config.Store)
}
