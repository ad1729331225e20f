package actors

import (
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
		page, err := n.reads.page(q.room, f)
		if err != nil {
			n.log.Warn("messages could not be read", "room", q.room, "error", err)
		} else {
			again.command = room.WithPage(q.command, page)
		}
		n.send(self, &resumed{request: &again, failed: err != nil})
	})
}

// page reads one page, when its turn has come.
func (r *reads) page(roomID string, f room.Fetch) (page room.Page, err error) {
	defer r.node.rescue("store", &err)
	r.slots <- struct{}{}
	defer func() { <-r.slots }()
	messages, err := r.node.config.Store.Messages(roomKey(roomID), persistence.Query{
		After: f.After, Before: f.Before, Limit: f.Limit,
	})
	if err != nil {
		return page, err
	}
	page.Fetch = f
	for _, m := range messages {
		e, err := room.DecodeEntry(m.Data)
		if err != nil {
			return page, err
		}
		page.Entries = append(page.Entries, e)
	}
	return page, nil
}
