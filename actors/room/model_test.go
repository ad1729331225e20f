package room

import (
	"slices"
	"time"
)

// model is a second implementation of the rules, as naive as can be: lists
// that are searched from end to end, every record ever made, nothing shared
// with the real one but the types of its answers and the sizes of records.
type model struct {
	id                  string
	exists, tombstone   bool
	settings            Settings
	creator             User
	createdAt, activity time.Time
	epoch               string
	inside              []Joined    // every connection, in the order of arrival
	seats               []modelSeat // in the order of arrival
	arrived             uint64
	members             []modelMember // of an ephemeral room: those who have a seat
	entries             []Entry       // all of them, from seq 1, as they are now
	sizes               []int         // of entries: to count them again each time takes long
	forgotten           int           // how many of them are no longer in memory
	trimmed             int           // how many of them are no longer stored
	moderators          []string
	banned, muted       []modelSanction
	invited             []string
}

type modelSeat struct {
	user    User
	arrival uint64
}

type modelMember struct {
	user   User
	from   uint64 // the newest record when membership began
	mark   uint64
	readTo uint64 // beyond the mark: what was up to here could no longer be read then
}

type modelSanction struct {
	user string
	Sanction
}

// answer is what the request should come to, whatever has to be read for it.
// Unlike Decide it changes the model at once.
func (m *model) answer(q Request) Decision {
	switch c := q.Command.(type) {
	case Create:
		return m.create(q, c)
	case Join:
		return m.join(q, c)
	case Open:
		return m.open(q, c)
	}
	if !m.exists {
		return Decision{Reply: ErrRoomNotFound}
	}
	switch c := q.Command.(type) {
	case Disconnect:
		events, gaveUp := m.takeOut(q.From, q.Connection, true)
		return Decision{Reply: Done{}, Events: append(events, m.over(q, q.From.ID, gaveUp)...)}
	case Detach, Resume:
		return m.setAway(q)
	case TakePlace:
		return m.takePlace(q, c)
	case Delete:
		if c.ByAdmin {
			return m.end(q, c)
		}
	case Kick:
		if c.ByAdmin {
			return m.kick(q, c)
		}
	}
	if m.settings.Private && !m.isKnown(q.From) {
		return Decision{Reply: ErrRoomPrivate}
	}
	switch q.Command.(type) {
	case Leave:
		return m.leave(q)
	case Send, Emit, Act, EditMessage, DeleteMessage:
		return m.speak(q)
	case GetHistory, ListUsers, MarkRead, Glance:
		return m.read(q)
	case Update, Delete, Invite, Decline:
		return m.arrange(q)
	}
	return m.moderate(q)
}

func (m *model) create(q Request, c Create) Decision {
	if m.exists || m.tombstone {
		return Decision{Reply: ErrRoomExists}
	}
	events := m.begin(q, c.Settings, q.From)
	return Decision{Reply: RoomReply{m.info()}, Events: events}
}

func (m *model) begin(q Request, s Settings, creator User) []Event {
	*m = model{id: m.id, exists: true, settings: s, creator: creator, createdAt: q.At, activity: q.At, epoch: q.Epoch}
	events := []Event{Created{Settings: s, Creator: creator, At: q.At, Epoch: q.Epoch}}
	entered := m.goIn(q)
	if s.Peer != "" {
		entered = slices.Insert(entered, len(entered)-1, m.invite(q, s.Peer))
	}
	return append(events, entered...)
}

func (m *model) join(q Request, c Join) Decision {
	if !m.exists && !m.tombstone && c.Implicit {
		events := m.begin(q, Settings{Name: m.id, Unlisted: true}, User{})
		return Decision{Reply: m.joinReply(q, c.Since), Events: events}
	}
	if !m.exists {
		return Decision{Reply: ErrRoomNotFound}
	}
	if m.isInside(q.Connection) {
		return Decision{Reply: m.joinReply(q, c.Since)}
	}
	banned := m.isBanned(q)
	if banned && !m.settings.Private {
		return Decision{Reply: ErrBanned}
	}
	if banned || !m.isKnown(q.From) {
		if d, refused := m.doorkeeper(q, c, banned); refused {
			return d
		}
	}
	if m.isFullFor(q.From) {
		return Decision{Reply: ErrRoomFull}
	}
	events := m.goIn(q)
	return Decision{Reply: m.joinReply(q, c.Since), Events: events}
}

func (m *model) isFullFor(u User) bool {
	return !slices.Contains(m.seated(), u) && m.settings.MaxUsers > 0 && len(m.seats) >= m.settings.MaxUsers
}

// doorkeeper decides on one who is not known.
func (m *model) doorkeeper(q Request, c Join, banned bool) (Decision, bool) {
	hash := m.settings.PasswordHash
	private, protected := m.settings.Private, hash != ""
	if private && (banned || m.isFullFor(q.From)) {
		hash, protected = "", false
	}
	no := Decision{Reply: ErrWrongPassword}
	if private {
		no = Decision{Reply: ErrRoomPrivate}
	}
	if !private && !protected {
		return Decision{}, false
	}
	if c.Password == "" {
		return no, true
	}
	if c.Verdict == nil || c.Verdict.PasswordHash != hash {
		return Decision{Check: &Check{Password: c.Password, PasswordHash: hash}}, true
	}
	return no, !protected || !c.Verdict.Matches
}

func (m *model) open(q Request, c Open) Decision {
	if c.Peer == q.From.ID {
		return Decision{Reply: BadRequest("userId must not be your own")}
	}
	if !m.exists && !m.tombstone {
		s := Settings{Name: q.From.Name + " & " + c.Peer, Private: true, Persistent: true, MaxUsers: 2, Peer: c.Peer}
		events := m.begin(q, s, q.From)
		return Decision{Reply: RoomReply{m.info()}, Events: events}
	}
	if !m.exists {
		return Decision{Reply: ErrRoomNotFound}
	}
	two := []string{m.creator.ID, m.settings.Peer}
	if m.settings.Peer == "" || !slices.Contains(two, q.From.ID) || !slices.Contains(two, c.Peer) {
		return Decision{Reply: ErrRoomPrivate}
	}
	var events []Event
	if !m.isInside(q.Connection) {
		events = m.goIn(q)
		if !m.isMemberID(c.Peer) && !slices.Contains(m.invited, c.Peer) {
			events = append(events, m.invite(q, c.Peer))
		}
	}
	return Decision{Reply: RoomReply{m.info()}, Events: events}
}

func (m *model) leave(q Request) Decision {
	wasInside := m.isInside(q.Connection)
	events, gaveUp := m.takeOut(q.From, q.Connection, false)
	if !slices.Contains(m.seated(), q.From) {
		events = append(events, m.dropMember(q.From.ID)...)
		if wasInside {
			events = append(events, m.uninvite(q.From.ID)...)
		}
	}
	return Decision{Reply: Done{}, Events: append(events, m.over(q, q.From.ID, gaveUp)...)}
}

// restart is the end of the process: nobody is inside any more.
func (m *model) restart() {
	if m.exists && !m.settings.Persistent {
		*m = model{id: m.id}
	}
	m.inside, m.seats, m.arrived = nil, nil, 0
	m.remember()
}
