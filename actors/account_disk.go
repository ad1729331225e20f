package actors

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

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
func (a *accountActor) load() {
	stored, delivered, disk, err := a.read()
	if err != nil {
		a.node.log.Error("account could not be loaded", "user", a.id, "error", err)
		return
	}
	if stored != nil || a.known {
		stored = cmp.Or(stored, user.New(a.id))
		stored.TakeOver(&a.state)
		a.state = *stored
	} // else there is nothing yet but what the actor knows
	a.disk, a.loaded = disk, true
	a.rooms.replace(a.state.Rooms())
	for _, s := range a.rule(user.WatchAgain{}).Sends {
		a.node.region.route(&errand{user: s.UserID, command: s.Command})
	}
	if !a.known { // else all that has come since is held
		a.known = true
		a.tellInvitations()
		a.catchUp(delivered)
		a.checkInvitations()
	}
	for a.loaded && len(a.held) > 0 {
		e := a.held[0]
		a.held = a.held[1:] // should it panic, the others stay
		if !a.decide(e) {
			a.held = append([]*errand{e}, a.held...)
		}
	}
}

// needsStore reports whether a command waits while the store fails. What is
// about connections doesn't, nor what is about rooms, unless behind something
// that does.
func (a *accountActor) needsStore(c user.Command) bool {
	switch c.(type) {
	case user.Connect, user.Return, user.Disconnect, user.Read:
		return false
	case user.JoinedRoom, user.LeftRoom:
		return len(a.held) > 0
	}
	return true
}

// postpone refuses an errand that the store has failed on, or keeps it if
// nobody waits for it: rooms and other accounts say what they say only once.
func (a *accountActor) postpone(e *errand) {
	switch {
	case e.number != 0:
		a.node.settle(e.connection, e.number, room.ErrUnavailable)
	case len(a.held) == heldErrandsMax:
		a.node.log.Error("an account has lost an errand", "user", a.id, "command", fmt.Sprintf("%T", e.command))
	default:
		a.held = append(a.held, e)
		a.tryLater()
	}
}

// tryLater sees to it that the store is tried again while something waits.
func (a *accountActor) tryLater() {
	if a.retry == nil && len(a.held) > 0 {
		a.retry = time.AfterFunc(storeRetryInterval, func() { a.post(&tryAgain{}) })
	}
}

func (a *accountActor) tryAgain() {
	a.retry = nil
	if !a.loaded {
		a.load()
	}
	a.tryLater()
}

// tellInvitations tells connections that came while the store failed.
func (a *accountActor) tellInvitations() {
	late := a.state.Connections()
	if len(late) == 0 {
		return
	}
	for _, i := range a.invitations() {
		a.tell([]user.Tell{{To: late, Notice: user.InvitationReceived{Invitation: i}}})
	}
}

func (a *accountActor) invitations() []user.Invitation {
	list, _ := a.rule(user.ListInvitations{}).Reply.(user.InvitationsReply)
	return list.Invitations
}

// catchUp takes in the invitations that rooms have stored for the user and that
// have not come: the server may have ended on their way. One that the rules take
// in is the account's own from here on; one that they don't (its giver is
// blocked) doesn't come again.
func (a *accountActor) catchUp(delivered []user.Invitation) {
	known := map[string]bool{}
	for _, i := range a.invitations() {
		known[i.RoomID] = true
	}
	for _, e := range a.held {
		if d, ok := e.command.(user.Deliver); ok {
			known[d.Invitation.RoomID] = true
		}
	}
	for _, i := range delivered {
		if known[i.RoomID] {
			continue
		}
		if !a.decide(&errand{user: a.id, command: user.Deliver{Invitation: i}}) {
			a.known = false // again, when the store works
			return
		}
	}
}

// dropped returns the changes by which invitations that the account itself has
// let go don't come again. Those that a room has ended it has removed itself.
func (a *accountActor) dropped(c user.Command, events []user.Event) []persistence.Change {
	drop := func(roomID string) persistence.Change {
		return persistence.Change{Key: invitationKey(a.id, roomID), Owner: ownerEpoch, Delete: true}
	}
	delivery, delivers := c.(user.Deliver)
	if _, blocks := c.(user.Block); !delivers && !blocks {
		return nil
	}
	var changes []persistence.Change
	keeps := false
	for _, e := range events {
		switch e := e.(type) {
		case user.InvitationEnded:
			changes = append(changes, drop(e.RoomID))
		case user.InvitationKept:
			keeps = true
		}
	}
	if delivers && !keeps {
		changes = append(changes, drop(delivery.Invitation.RoomID))
	}
	return changes
}

// checkInvitations ends those to rooms that are gone, or know of no invitation:
// ephemeral ones end with the server, and the end of an invitation may have been
// lost with it.
func (a *accountActor) checkInvitations() {
	for _, i := range a.invitations() {
		a.node.region.route(&request{
			room: i.RoomID, from: room.User{ID: a.id}, command: room.Glance{},
			answer: func(r room.Reply) {
				known, _ := r.(room.ReadReply)
				if r != room.Reply(room.ErrUnavailable) && !known.Invited {
					a.node.endInvitation(a.id, i.RoomID)
				}
			},
		})
	}
}

// endInvitation ends one that its room knows nothing of.
func (n *Node) endInvitation(userID, roomID string) {
	n.region.route(&errand{user: userID, command: user.EndInvitation{RoomID: roomID}})
	stored := persistence.Change{Key: invitationKey(userID, roomID), Owner: ownerEpoch, Delete: true}
	n.journal.give([]persistence.Change{stored}, func(err error) {
		if err != nil {
			n.log.Warn("an invitation that has ended stays behind", "user", userID, "room", roomID, "error", err)
		}
	})
}

// read returns the account as the store has it, in the rooms that it is a
// member of, and the invitations that rooms have stored for it; nil: there is
// nothing of it. A store that panics is one that fails, here and below.
func (a *accountActor) read() (account *user.Account, delivered []user.Invitation, disk accountDisk, err error) {
	defer a.node.rescue("store", &err)
	if !a.node.accountsStored.Load() {
		return nil, nil, disk, nil
	}
	store := a.node.config.Store
	// Mostly there is nothing, of one who has joined no room that lasts: that is one look instead of three.
	key := userKey(a.id)
	known, err := store.Any(key, memberPrefix(a.id), invitationPrefix(a.id))
	if err != nil || !known {
		return nil, nil, disk, err
	}
	account = user.New(a.id)
	stored, err := store.Load(key)
	switch {
	case errors.Is(err, persistence.ErrNotFound):
	case err != nil:
		return nil, nil, disk, err
	default:
		disk.number, disk.sinceSnapshot = stored.SnapshotNumber, uint64(len(stored.Records))
		records := make([][]byte, len(stored.Records))
		for i, r := range stored.Records {
			records[i], disk.number = r.Data, r.Number
		}
		if account, err = user.Restore(a.id, stored.Snapshot, records); err != nil {
			return nil, nil, disk, err
		}
	}
	err = store.Keys(memberPrefix(a.id), func(key string, _ []byte) error {
		_, roomID := memberOf(key)
		account.Apply(user.RoomEntered{RoomID: roomID})
		return nil
	})
	if err == nil {
		delivered, err = a.readInvitations()
	}
	return account, delivered, disk, err
}

// readInvitations returns those that rooms have stored, oldest first.
func (a *accountActor) readInvitations() ([]user.Invitation, error) {
	var found []user.Invitation
	err := a.node.config.Store.Keys(invitationPrefix(a.id), func(key string, summary []byte) error {
		var i user.Invitation
		if err := json.Unmarshal(summary, &i); err != nil {
			return fmt.Errorf("invitation %q: %w", key, err)
		}
		found = append(found, i)
		return nil
	})
	slices.SortStableFunc(found, func(x, y user.Invitation) int { return x.At.Compare(y.At) })
	return found, err
}

// commit puts the stored events of a command on disk, now and then as a
// snapshot.
func (a *accountActor) commit(c user.Command, events []user.Event) (err error) {
	defer a.node.rescue("store", &err)
	change := persistence.Change{Owner: ownerEpoch}
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
	dropped := a.dropped(c, events)
	if len(change.Records) == 0 {
		if len(dropped) == 0 {
			return nil
		}
		return a.node.journal.commit(dropped...)
	}
	if !a.loaded {
		return room.ErrUnavailable // its numbers are not known
	}
	change.Key = userKey(a.id)
	if a.disk.sinceSnapshot >= recordsPerAccountSnapshot {
		// The state before these events stands for the records before them.
		if change.Snapshot, err = a.state.Snapshot(); err != nil {
			return err
		}
		change.SnapshotNumber = a.disk.number
	}
	if err := a.node.journal.commit(append(dropped, change)...); err != nil {
		return err
	}
	a.disk.number += uint64(len(change.Records))
	a.disk.sinceSnapshot += uint64(len(change.Records))
	if change.Snapshot != nil {
		a.disk.sinceSnapshot = uint64(len(change.Records))
	}
	return nil
}
