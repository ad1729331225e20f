package room

import (
	"fmt"
	"slices"
	"time"
)

// model is a second implementation of the rules, as naive as can be: lists
// that are searched from end to end, every message ever sent, nothing shared
// with the real one but the types of its answers and the sizes of messages.
type model struct {
	id                  string
	exists, tombstone   bool
	settings            Settings
	creator             User
	createdAt, activity time.Time
	epoch               string
	inside              []Joined  // every connection, in the order of arrival
	members             []User    // of a persistent room
	messages            []Message // all of them, from seq 1
	sizes               []int     // of messages: to count them again each time takes long
}

// answer is what the request should come to. Unlike Decide it changes the
// model at once.
func (m *model) answer(q Request) Decision {
	if c, ok := q.Command.(Create); ok {
		return m.create(q, c)
	}
	if c, ok := q.Command.(Join); ok {
		return m.join(q, c)
	}
	if !m.exists {
		return Decision{Reply: ErrRoomNotFound}
	}
	switch q.Command.(type) {
	case Disconnect:
		return Decision{Reply: Done{}, Events: m.goOut(q, true)}
	case Leave:
		return m.leave(q)
	}
	if !m.isInside(q.Connection) {
		if m.settings.Private && !m.isKnown(q.From) {
			return Decision{Reply: ErrRoomPrivate}
		}
		return Decision{Reply: ErrNotInRoom}
	}
	return m.speak(q)
}

func (m *model) create(q Request, c Create) Decision {
	if m.exists || m.tombstone {
		return Decision{Reply: ErrRoomExists}
	}
	events := m.begin(q, c.Settings, q.From)
	return Decision{Reply: CreateReply{m.info()}, Events: events}
}

func (m *model) begin(q Request, s Settings, creator User) []Event {
	*m = model{id: m.id, exists: true, settings: s, creator: creator, createdAt: q.At, activity: q.At, epoch: q.Epoch}
	born := Created{Settings: s, Creator: creator, At: q.At, Epoch: q.Epoch}
	return append([]Event{born}, m.goIn(q)...)
}

func (m *model) join(q Request, c Join) Decision {
	if !m.exists && !m.tombstone && c.Implicit {
		events := m.begin(q, Settings{Name: m.id, Unlisted: true}, User{})
		return Decision{Reply: m.joinReply(c.Since), Events: events}
	}
	if !m.exists {
		return Decision{Reply: ErrRoomNotFound}
	}
	if m.isInside(q.Connection) {
		return Decision{Reply: m.joinReply(c.Since)}
	}
	if !m.isKnown(q.From) {
		if d, refused := m.doorkeeper(c); refused {
			return d
		}
	}
	if !slices.Contains(m.seated(), q.From) && m.settings.MaxUsers > 0 && len(m.seated()) >= m.settings.MaxUsers {
		if m.settings.Private && !m.isKnown(q.From) {
			return Decision{Reply: ErrRoomPrivate}
		}
		return Decision{Reply: ErrRoomFull}
	}
	events := m.goIn(q)
	return Decision{Reply: m.joinReply(c.Since), Events: events}
}

// doorkeeper decides on one who is neither the creator nor a member.
func (m *model) doorkeeper(c Join) (Decision, bool) {
	hash := m.settings.PasswordHash
	private, protected := m.settings.Private, hash != ""
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

func (m *model) leave(q Request) Decision {
	if m.settings.Private && !m.isKnown(q.From) {
		return Decision{Reply: ErrRoomPrivate}
	}
	wasMember := slices.Contains(m.members, q.From)
	events := m.goOut(q, false)
	if wasMember && !slices.Contains(m.seated(), q.From) {
		m.members = slices.DeleteFunc(m.members, func(u User) bool { return u == q.From })
		left := MemberRemoved{UserID: q.From.ID}
		if n := len(events); n > 0 && events[n-1] == (Removed{At: q.At}) {
			events = slices.Insert(events, n-1, Event(left))
		} else {
			events = append(events, left)
		}
	}
	return Decision{Reply: Done{}, Events: events}
}

func (m *model) goIn(q Request) []Event {
	var events []Event
	if m.settings.Persistent && !slices.Contains(m.members, q.From) {
		m.members = append(m.members, q.From)
		events = append(events, MemberAdded{User: q.From, At: q.At})
	}
	e := Joined{User: q.From, Connection: q.Connection, TookSeat: !slices.Contains(m.seated(), q.From)}
	m.inside = append(m.inside, e)
	return append(events, e)
}

func (m *model) goOut(q Request, disconnected bool) []Event {
	if !m.isInside(q.Connection) {
		return nil
	}
	m.inside = slices.DeleteFunc(m.inside, func(j Joined) bool { return j.Connection == q.Connection })
	gaveUp := !slices.Contains(m.seated(), q.From)
	events := []Event{Left{User: q.From, Connection: q.Connection, GaveUpSeat: gaveUp, Disconnected: disconnected}}
	over := len(m.inside) == 0 && !m.settings.Persistent
	if over || gaveUp && m.settings.AutoDelete && q.From == m.creator {
		*m = model{id: m.id, tombstone: m.settings.Persistent}
		events = append(events, Removed{At: q.At})
	}
	return events
}

func (m *model) speak(q Request) Decision {
	switch c := q.Command.(type) {
	case Emit:
		e := Emitted{Name: c.Event, Data: c.Data, Binary: c.Binary, Sender: q.From, At: q.At, Volatile: c.Volatile}
		if !c.IncludeSelf {
			e.Connection = q.Connection
		}
		return Decision{Reply: Done{}, Events: []Event{e}}
	case Act:
		return Decision{Reply: Done{}, Events: []Event{Acted{Action: c.Action, Binary: c.Binary, Player: q.From.ID, At: q.At}}}
	}
	c := q.Command.(Send)
	for _, sent := range m.messages[max(0, len(m.messages)-300):] {
		if c.ClientID != "" && sent.ClientID == c.ClientID && sent.Sender == q.From {
			return Decision{Reply: SendReply{MessageID: sent.ID, Seq: sent.Seq}}
		}
	}
	message := Message{
		ID: fmt.Sprintf("%s-%d", m.epoch, len(m.messages)+1), Seq: uint64(len(m.messages) + 1), Sender: q.From,
		Text: c.Text, Attachments: c.Attachments, At: q.At, ClientID: c.ClientID,
	}
	m.messages = append(m.messages, message)
	m.sizes = append(m.sizes, messageBytes(message))
	m.activity = q.At
	return Decision{Reply: SendReply{MessageID: message.ID, Seq: message.Seq}, Events: []Event{MessageSent{message}}}
}

func (m *model) isInside(c ConnectionID) bool {
	return slices.ContainsFunc(m.inside, func(j Joined) bool { return j.Connection == c })
}

// isKnown: creator, member, or inside.
func (m *model) isKnown(u User) bool {
	return u == m.creator || slices.Contains(m.members, u) || slices.Contains(m.seated(), u)
}

// seated are the users inside, each once.
func (m *model) seated() []User {
	var users []User
	for _, j := range m.inside {
		if !slices.Contains(users, j.User) {
			users = append(users, j.User)
		}
	}
	return users
}

// kept are the newest messages within the bounds.
func (m *model) kept() []Message {
	bytes, from := 0, len(m.messages)
	for from > 0 && len(m.messages)-from < 300 {
		bytes += m.sizes[from-1]
		if bytes > 512<<10 {
			break
		}
		from--
	}
	return m.messages[from:]
}

func (m *model) joinReply(since *Since) JoinReply {
	newest := uint64(len(m.messages))
	r := JoinReply{Room: m.info(), Users: m.seated(), Epoch: m.epoch, Seq: newest}
	kept := m.kept()
	if since != nil && since.Epoch == m.epoch && since.Seq <= newest && newest-since.Seq <= uint64(len(kept)) {
		r.Messages = m.messages[since.Seq:]
		return r
	}
	r.Gap = since != nil
	r.Messages = kept[max(0, len(kept)-50):]
	return r
}

func (m *model) info() Info {
	i := Info{
		ID: m.id, Name: m.settings.Name, Description: m.settings.Description, Creator: m.creator,
		CreatedAt: m.createdAt, Persistent: m.settings.Persistent, Private: m.settings.Private,
		HasPassword: m.settings.PasswordHash != "", MaxUsers: m.settings.MaxUsers,
		UserCount: len(m.seated()), MemberCount: m.memberCount(), LastActivity: m.activity,
	}
	for _, u := range m.seated() {
		i.Users = append(i.Users, u.ID)
	}
	return i
}

func (m *model) memberCount() int {
	if m.settings.Persistent {
		return len(m.members)
	}
	return len(m.seated())
}

// restart is the end of the process: nobody is inside any more.
func (m *model) restart() {
	if m.exists && !m.settings.Persistent {
		*m = model{id: m.id}
	}
	m.inside = nil
}
