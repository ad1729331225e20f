package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// accountDisk is what an account's actor knows of its records in the store.
type accountDisk struct {
	number        uint64 // of the last record
	sinceSnapshot uint64 // records
}

// load reads the account from the store. What the actor knows already that is
// not stored stays, and what may be wrong by now is asked for again. Then comes
// what has waited for the store.
func (a *accountActor) load(ctx actor.Context) {
	stored, disk, err := a.read()
	if err != nil {
		a.node.log.Error("account could not be loaded", "user", a.id, "error", err)
		return
	}
	stored.TakeOver(a.state)
	a.state, a.disk, a.loaded = stored, disk, true
	a.rooms.replace(a.state.Rooms())
	for _, s := range a.rule(user.WatchAgain{}).Sends {
		a.node.region.route(&errand{user: s.UserID, command: s.Command})
	}
	if !a.known {
		a.known = true
		a.checkInvitations()
	}
	for a.loaded && len(a.held) > 0 {
		e := a.held[0]
		a.held = a.held[1:] // should it panic, the others stay
		if !a.decide(ctx, e) {
			a.held = append([]*errand{e}, a.held...)
		}
	}
}

// needsStore reports whether a command waits while the store fails. What is
// about connections doesn't, nor what is about rooms, unless behind something
// that does.
func (a *accountActor) needsStore(c user.Command) bool {
	switch c.(type) {
	case user.Connect, user.Disconnect, user.Read:
		return false
	case user.JoinedRoom, user.LeftRoom:
		return len(a.held) > 0
	}
	return true
}

// postpone refuses an errand that the store has failed on, or keeps it if
// nobody waits for it: rooms and other accounts say what they say only once.
func (a *accountActor) postpone(ctx actor.Context, e *errand) {
	switch {
	case e.number != 0:
		a.node.settle(e.connection, e.number, room.ErrUnavailable)
	case len(a.held) == heldErrandsMax:
		a.node.log.Error("an account has lost an errand", "user", a.id, "command", fmt.Sprintf("%T", e.command))
	default:
		a.held = append(a.held, e)
		a.tryLater(ctx)
	}
}

// tryLater sees to it that the store is tried again while something waits.
func (a *accountActor) tryLater(ctx actor.Context) {
	if a.retry == nil && len(a.held) > 0 {
		n, self := a.node, ctx.Self()
		a.retry = time.AfterFunc(storeRetryInterval, func() { n.send(self, &tryAgain{}) })
	}
}

func (a *accountActor) tryAgain(ctx actor.Context) {
	a.retry = nil
	if !a.loaded {
		a.load(ctx)
	}
	a.tryLater(ctx)
}

// checkInvitations ends those to rooms that are gone, or know of no invitation:
// ephemeral ones end with the server, and the end of an invitation may have been
// lost with it. Connections that came while the store failed are told the
// others now.
func (a *accountActor) checkInvitations() {
	list, _ := a.rule(user.ListInvitations{}).Reply.(user.InvitationsReply)
	late := a.state.Connections()
	for _, i := range list.Invitations {
		if len(late) > 0 {
			a.tell([]user.Tell{{To: late, Notice: user.InvitationReceived{Invitation: i}}})
		}
		ended := &errand{user: a.id, command: user.EndInvitation{RoomID: i.RoomID}}
		a.node.region.route(&request{
			room: i.RoomID, from: room.User{ID: a.id}, command: room.Glance{},
			answer: func(r room.Reply) {
				if r == room.Reply(room.ErrRoomNotFound) || r == room.Reply(room.ErrRoomPrivate) {
					a.node.region.route(ended)
				}
			},
		})
	}
}

// read returns the account as the store has it, in the rooms that it is a
// member of. A store that panics is one that fails, here and below.
func (a *accountActor) read() (account *user.Account, disk accountDisk, err error) {
	defer a.node.rescue("store", &err)
	store := a.node.config.Store
	account = user.New(a.id)
	stored, err := store.Load(userKey(a.id))
	switch {
	case errors.Is(err, persistence.ErrNotFound):
	case err != nil:
		return nil, disk, err
	default:
		disk.number, disk.sinceSnapshot = stored.SnapshotNumber, uint64(len(stored.Records))
		records := make([][]byte, len(stored.Records))
		for i, r := range stored.Records {
			records[i], disk.number = r.Data, r.Number
		}
		if account, err = user.Restore(a.id, stored.Snapshot, records); err != nil {
			return nil, disk, err
		}
	}
	err = store.Keys(memberPrefix(a.id), func(key string, _ []byte) error {
		_, roomID := memberOf(key)
		account.Apply(user.RoomEntered{RoomID: roomID})
		return nil
	})
	return account, disk, err
}

// commit puts the stored events on disk, now and then as a snapshot.
func (a *accountActor) commit(events []user.Event) (err error) {
	defer a.node.rescue("store", &err)
	change := persistence.Change{Key: userKey(a.id), Owner: ownerEpoch}
	for _, e := range events {
		stored, ok := e.(user.Stored)
		if !ok {
			continue
		}
		data, err := user.EncodeRecord(stored)
		if err != nil {
			return err
		}
		number := a.disk.number + uint64(len(change.Records)) + 1
		change.Records = append(change.Records, persistence.Record{Number: number, Data: data})
	}
	if len(change.Records) == 0 {
		return nil
	}
	if !a.loaded {
		return room.ErrUnavailable // its numbers are not known
	}
	if a.disk.sinceSnapshot >= recordsPerAccountSnapshot {
		// The state before these events stands for the records before them.
		if change.Snapshot, err = a.state.Snapshot(); err != nil {
			return err
		}
		change.SnapshotNumber = a.disk.number
	}
	if err := a.node.journal.commit(change); err != nil {
		return err
	}
	a.disk.number += uint64(len(change.Records))
	a.disk.sinceSnapshot += uint64(len(change.Records))
	if change.Snapshot != nil {
		a.disk.sinceSnapshot = uint64(len(change.Records))
	}
	return nil
}
