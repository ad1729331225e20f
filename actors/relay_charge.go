package actors

// gatheredSoFar is how much of an audience's events waits to go out.
type gatheredSoFar struct{ events, bytes int }

// count returns that of a room.
func (r *relay) count(roomID string) gatheredSoFar {
	if a := r.audiences.entries[roomID]; a != nil {
		return gatheredSoFar{len(a.gathered), a.bytes}
	}
	return gatheredSoFar{}
}

// charge has the client that asked for something pay for what all others are told of it,
// which costs far more than to read what it said: an address may have thousands of its
// own clients inside.
func (r *relay) charge(o *outcome, a *audience, before gatheredSoFar) {
	if o.request == nil {
		return
	}
	deliveries := deliveriesOf(len(a.subscribers), len(a.gathered)-before.events, a.bytes-before.bytes)
	if c := r.node.connection(o.request.connection); c != nil && deliveries > 0 {
		var err error // logged where it happened
		defer r.node.rescue("outbox", &err)
		c.owe(deliveries)
	}
}

// deliveriesOf is as how many deliveries some events count.
func deliveriesOf(receivers, events, bytes int) int {
	return receivers * (events + bytes/deliveryBlockBytes)
}
