package actors

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/persistence"
)

// read has older entries of the room read without holding it up. They come back
// with the request that needs them.
func (a *roomActor) read(ctx actor.Context, q *request, f room.Fetch) {
	a.waited++
	n, self := a.node, ctx.Self()
	n.reads.Go(func() {
		again := *q
		page, err := n.reads.page(q, f)
		switch {
		case errors.Is(err, errTurnsTaken):
		case err != nil:
			n.log.Warn("messages could not be read", "room", q.room, "error", err)
		default:
			again.command = room.WithPage(q.command, page)
		}
		n.send(self, &resumed{request: &again, failed: err != nil})
	})
}

// page reads one page, when the turn of who has asked has come.
func (r *reads) page(q *request, f room.Fetch) (page room.Page, err error) {
	defer r.node.rescue("store", &err)
	if err := r.slots.enter(r.node.connection(q.connection).origin()); err != nil {
		return page, err
	}
	begin := time.Now()
	defer func() { r.leave(time.Since(begin)) }()
	messages, err := r.node.config.Store.Messages(roomKey(q.room), persistence.Query{
		After: f.After, Before: f.Before, Limit: f.Limit,
	})
	if err != nil {
		return page, err
	}
	page.Fetch = f
	for i, m := range messages {
		if i%readBurst == readBurst-1 {
			r.node.journal.awaitCommit(readWaitMax)
		}
		e, err := room.DecodeEntry(m.Data)
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}

// leave gives a slot on that was used for so long: readers that page on and on leave the
// processor to commits.
func (r *reads) leave(used time.Duration) {
	if used <= 0 { // of a clock that stands
		r.slots.leave()
		return
	}
	time.AfterFunc(min(readPauses*used, readPauseMax), r.slots.leave)
}

// reading holds back what a connection sends to a room while a request of its
// own that changes something waits for old messages: its commands take effect in
// the order that it sent them. Bounded by the connections' credit. The zero
// value holds nothing.
type reading map[room.ConnectionID][]*request

// begin holds back what comes behind this request.
func (r *reading) begin(q *request) {
	if !inOrder(q) {
		return
	}
	if *r == nil {
		*r = make(reading)
	}
	(*r)[q.connection] = nil
}

// inOrder reports whether others must not overtake the request: one that only
// reads has no effect, and the node's own have no order.
func inOrder(q *request) bool {
	_, reads := q.command.(room.GetHistory)
	return !reads && q.connection != ""
}

// holds reports whether the request is held back.
func (r reading) holds(q *request) bool {
	behind, waits := r[q.connection]
	if waits {
		r[q.connection] = append(behind, q)
	}
	return waits
}

// end returns what was held back behind this request.
func (r reading) end(q *request) []*request {
	if !inOrder(q) {
		return nil
	}
	behind := r[q.connection]
	delete(r, q.connection)
	return behind
}

// endAll returns all that was held back.
func (r reading) endAll() []*request {
	var all []*request
	for _, behind := range r {
		all = append(all, behind...)
	}
	clear(r)
	return all
}
