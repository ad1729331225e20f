package user

import (
	"fmt"
	"slices"

	"roomd/actors/room"
)

func refuse(err *room.Error) Decision { return Decision{Reply: err} }

func done(events ...Event) Decision { return Decision{Reply: room.Done{}, Events: events} }

// Decide returns what the command comes to. It changes nothing.
func (a *Account) Decide(c Command) Decision {
	switch c := c.(type) {
	case AddContact:
		return a.decideAddContact(c)
	case RemoveContact:
		return a.decideRemoveContact(c)
	case Block:
		return a.decideBlock(c)
	case Unblock:
		return a.decideUnblock(c)
	case ListContacts:
		return Decision{Reply: a.contactsReply()}
	case ListInvitations:
		return Decision{Reply: InvitationsReply{slices.Clone(a.invitations)}}
	case Decline:
		return done(a.ending(c.RoomID)...)
	case Connect:
		return a.decideConnect(c)
	case Return:
		return a.decideReturn(c)
	case Disconnect:
		return a.decideDisconnect(c)
	case JoinedRoom:
		return a.decideJoinedRoom(c)
	case LeftRoom:
		if !a.rooms.has(c.RoomID) {
			return done()
		}
		return done(RoomLeft(c))
	case Deliver:
		return a.decideDeliver(c.Invitation)
	case EndInvitation:
		return done(a.ending(c.RoomID)...)
	case Read:
		d := done()
		d.tell(a.connectionsExcept(c.Connection), RoomRead{RoomID: c.RoomID, Seq: c.Seq, Unread: c.Unread})
		return d
	case WatchAgain:
		return a.decideWatchAgain()
	case Watch:
		return a.decideWatch(c)
	case Unwatch:
		if !a.watchers.has(c.By) {
			return done()
		}
		return done(WatcherRemoved{UserID: c.By})
	case Presence:
		return a.decidePresence(c)
	}
	panic(fmt.Sprintf("user: no rule for command %T", c))
}

func (d *Decision) tell(to []room.ConnectionID, n Notice) {
	if len(to) > 0 {
		d.Tells = append(d.Tells, Tell{To: to, Notice: n})
	}
}

func (d *Decision) send(userID string, c Command) {
	d.Sends = append(d.Sends, Send{UserID: userID, Command: c})
}

// ending is the end of an invitation, if there is one.
func (a *Account) ending(roomID string) []Event {
	if !a.isInvited(roomID) {
		return nil
	}
	return []Event{InvitationEnded{RoomID: roomID}}
}

func (a *Account) decideAddContact(c AddContact) Decision {
	switch {
	case c.UserID == a.id:
		return refuse(room.BadRequest("userId must not be your own"))
	case a.contacts.has(c.UserID):
		return done()
	case len(a.contacts) >= contactsMax:
		return refuse(room.TooLarge("contacts are limited to %d", contactsMax))
	}
	d := done(ContactAdded(c))
	if a.IsOnline() {
		d.send(c.UserID, Watch{By: a.id})
	}
	return d
}

func (a *Account) contactsReply() ContactsReply {
	reply := ContactsReply{Blocked: a.blocked.sorted()}
	for _, id := range a.contacts.sorted() {
		u, online := a.online[id]
		u.ID = id
		reply.Contacts = append(reply.Contacts, Contact{User: u, Online: online})
	}
	return reply
}

func (a *Account) decideRemoveContact(c RemoveContact) Decision {
	if !a.contacts.has(c.UserID) {
		return done()
	}
	d := done(ContactRemoved(c))
	if a.IsOnline() {
		d.send(c.UserID, Unwatch{By: a.id})
	}
	return d
}

func (a *Account) decideBlock(c Block) Decision {
	switch {
	case c.UserID == a.id:
		return refuse(room.BadRequest("userId must not be your own"))
	case a.blocked.has(c.UserID):
		return done()
	case len(a.blocked) >= blockedMax:
		return refuse(room.TooLarge("blocked users are limited to %d", blockedMax))
	}
	d := done(UserBlocked(c))
	for _, i := range a.invitations {
		if i.By.ID == c.UserID {
			d.Events = append(d.Events, InvitationEnded{RoomID: i.RoomID})
		}
	}
	if a.IsOnline() && a.watchers.has(c.UserID) {
		d.send(c.UserID, a.absence())
	}
	return d
}

func (a *Account) decideUnblock(c Unblock) Decision {
	if !a.blocked.has(c.UserID) {
		return done()
	}
	d := done(UserUnblocked(c))
	if a.IsOnline() && a.watchers.has(c.UserID) {
		d.send(c.UserID, a.presence())
	}
	return d
}

// presence is what the user's watchers are sent while he is online: his name
// is that of the newest connection.
func (a *Account) presence() Presence {
	newest := a.connections[len(a.connections)-1]
	return Presence{User: room.User{ID: a.id, Name: newest.name}, Online: true}
}

// absence is what they are sent while he is not, or hides from them.
func (a *Account) absence() Presence { return Presence{User: room.User{ID: a.id}} }

func (a *Account) decideConnect(c Connect) Decision {
	switch {
	case a.hasConnection(c.Connection):
		return done()
	case len(a.connections) >= connectionsMax:
		return refuse(room.TooLarge("a user is limited to %d connections", connectionsMax))
	}
	d := done(Connected(c))
	for _, i := range a.invitations {
		d.tell([]room.ConnectionID{c.Connection}, InvitationReceived{Invitation: i})
	}
	for _, u := range a.ContactsOnline() {
		d.tell([]room.ConnectionID{c.Connection}, ContactOnline{User: u})
	}
	if a.IsOnline() {
		return d
	}
	if len(a.contacts) > 0 {
		a.sendContacts(&d, Watch{By: a.id})
	}
	a.sendWatchers(&d, Presence{User: room.User{ID: a.id, Name: c.Name}, Online: true})
	return d
}

// decideReturn tells nobody anything: nothing has happened.
func (a *Account) decideReturn(c Return) Decision {
	switch {
	case a.hasConnection(c.Connection):
		return done()
	case len(a.connections) >= connectionsMax:
		return refuse(room.TooLarge("a user is limited to %d connections", connectionsMax))
	}
	d := done(Connected{Connection: c.Connection, Name: c.Name})
	for _, u := range c.Online {
		if a.contacts.has(u.ID) {
			d.Events = append(d.Events, ContactCameOnline{User: u})
		}
	}
	return d
}

func (a *Account) decideDisconnect(c Disconnect) Decision {
	if !a.hasConnection(c.Connection) {
		return done()
	}
	d := done(Disconnected(c))
	if len(a.connections) == 1 {
		a.sendContacts(&d, Unwatch{By: a.id})
		a.sendWatchers(&d, a.absence())
	}
	return d
}

func (a *Account) sendContacts(d *Decision, c Command) {
	for _, id := range a.contacts.sorted() {
		d.send(id, c)
	}
}

// sendWatchers leaves out those who are blocked: to them he is offline
// already.
func (a *Account) sendWatchers(d *Decision, p Presence) {
	for _, id := range a.watchers.sorted() {
		if !a.blocked.has(id) {
			d.send(id, p)
		}
	}
}

func (a *Account) decideJoinedRoom(c JoinedRoom) Decision {
	var events []Event
	if !a.rooms.has(c.RoomID) {
		events = append(events, RoomEntered(c))
	}
	return done(append(events, a.ending(c.RoomID)...)...)
}

// decideDeliver: who is blocked, or invites one who is in the room, is not
// told that nothing comes of it (CONTRACT.md: success, nothing sent).
func (a *Account) decideDeliver(i Invitation) Decision {
	if i.By.ID == a.id || a.blocked.has(i.By.ID) || a.rooms.has(i.RoomID) {
		return done()
	}
	others := slices.DeleteFunc(slices.Clone(a.invitations), func(o Invitation) bool { return o.RoomID == i.RoomID })
	var events []Event
	for _, oldest := range others[:max(0, len(others)+1-invitationsMax)] {
		events = append(events, InvitationEnded{RoomID: oldest.RoomID})
	}
	d := done(append(events, InvitationKept{Invitation: i})...)
	if !slices.ContainsFunc(a.invitations, i.is) { // else the account was read while it was on its way
		d.tell(a.Connections(), InvitationReceived{Invitation: i})
	}
	return d
}

func (a *Account) decideWatchAgain() Decision {
	d := done()
	if a.IsOnline() {
		a.sendContacts(&d, Watch{By: a.id})
	}
	return d
}

func (a *Account) decideWatch(c Watch) Decision {
	known := a.watchers.has(c.By)
	if !known && len(a.watchers) >= watchersMax {
		d := done()
		d.send(c.By, a.absence()) // not online, since nobody would say when that ends
		return d
	}
	d := done()
	if !known {
		d.Events = append(d.Events, WatcherAdded{UserID: c.By})
	}
	if a.IsOnline() && !a.blocked.has(c.By) {
		d.send(c.By, a.presence())
	} else {
		d.send(c.By, a.absence())
	}
	return d
}

func (a *Account) decidePresence(c Presence) Decision {
	if !a.IsOnline() || !a.contacts.has(c.User.ID) {
		// Under way when this account ceased to watch, or it was lost and its
		// watching was not.
		d := done()
		d.send(c.User.ID, Unwatch{By: a.id})
		return d
	}
	known, wasOnline := a.online[c.User.ID]
	switch {
	case c.Online == wasOnline && (!c.Online || known == c.User):
		return done()
	case !c.Online:
		d := done(ContactWentOffline{UserID: c.User.ID})
		d.tell(a.Connections(), ContactOffline{User: known})
		return d
	}
	d := done(ContactCameOnline{User: c.User})
	if !wasOnline { // else it is but another name, for connections to come
		d.tell(a.Connections(), ContactOnline{User: c.User})
	}
	return d
}
