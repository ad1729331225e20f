package actors

import "sync"

// reads runs what rooms read of their pasts, some at a time, on goroutines of
// its own: those under way are bounded by the connections' credit.
type reads struct {
	sync.WaitGroup // of those under way

	// static after construction
	node  *Node
	slots chan struct{}
}

func newReads(n *Node) *reads { return &reads{node: n, slots: make(chan struct{}, readsParallelMax)} }
