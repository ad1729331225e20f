package actors

import (
	"time"

	"roomd/actors/room"
)

// lists is what clients have asked the directory for, and what it hasn't come to. A page takes
// some 20 µs, but a search looks at thousands of names, and an address may ask for
// hundreds a second: so the directory answers each address in turn, and rests in between
// for what else it is told, as who has just come waits for. It is the directory's own.
type lists struct {
	inTurn[*listWanted]
	rest *time.Timer // nil: it doesn't
}

// list answers a client's query, now or in its turn.
func (d *directory) list(m *listWanted) {
	if !d.lists.add(m.connection.origin(), m) {
		m.connection.settle(m.number, room.ErrUnavailable)
	}
	if d.lists.rest == nil {
		d.answerLists()
	}
}

// answerLists answers what waits until it should rest.
func (d *directory) answerLists() {
	d.lists.rest = nil
	begin, self := time.Now(), d.self
	defer func() { // after a panic too, for what still waits
		if took := time.Since(begin); took >= listsTimeMin || len(d.lists.origins) > 0 {
			d.lists.rest = time.AfterFunc(min(listsRestTimes*took, listsRestMax), func() { d.node.send(self, &listsDue{}) })
		}
	}()
	for time.Since(begin) < listsTimeMin {
		m, ok := d.lists.next()
		if !ok {
			return
		}
		d.answerList(m)
	}
}

func (d *directory) answerList(m *listWanted) {
	if m.connection.hasEnded() {
		return
	}
	settle := func(reply room.Reply) { m.connection.settle(m.number, reply) }
	d.askFor(m.connection, settle, func(r *restingRead) (room.Reply, fetch) {
		if m.query.Mine {
			return d.index.pageOf(m.mine, m.query, r)
		}
		return d.index.page(m.query, r)
	})
}

func (l *lists) stop() {
	if l.rest != nil {
		l.rest.Stop()
	}
}
