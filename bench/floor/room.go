package floor

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// rooms are those that were named so far. They are never forgotten.
type rooms struct {
	mu   sync.Mutex
	byID map[string]*room // guarded by mu
}

func (r *rooms) named(id string) *room {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.byID == nil {
		r.byID = make(map[string]*room)
	}
	if r.byID[id] == nil {
		r.byID[id] = &room{id: id}
	}
	return r.byID[id]
}

// room is one room. Its lock is held while a message is written to all
// members: that is what makes one order, and what makes the floor stop when
// one member doesn't read.
type room struct {
	id string // static

	mu      sync.Mutex
	members []*peer // guarded by mu
	seq     uint64  // guarded by mu
}

// message is the argument of sendMessage as far as the floor looks at it.
type message struct {
	RoomID      string          `json:"roomId"`
	Text        json.RawMessage `json:"text"`
	Attachments json.RawMessage `json:"attachments"`
}

// join answers first: the reply comes before the room's first message, and who
// has it misses none.
func (r *room) join(p *peer, ackID string, reply []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	others := r.members
	r.members = append(r.members, p)
	if err := p.ack(ackID, reply); err != nil || !p.news || len(others) == 0 {
		return err
	}
	frame := ws.MustCompileFrame(ws.NewTextFrame(userJoined(r.id, p.user)))
	for _, member := range others {
		member.conn.Write(frame) // a dead connection ends in its reader
	}
	return nil
}

func (r *room) leave(p *peer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.members, p); i >= 0 {
		r.members = slices.Delete(r.members, i, i+1)
	}
}

// send answers the sender, then does one plain write a member.
func (r *room) send(from *peer, ackID string, m message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seq++
	id := messageID(r.seq)
	reply := fmt.Appendf(nil, `{"success":true,"messageId":%q,"seq":%d}`, id, r.seq)
	if err := from.ack(ackID, reply); err != nil {
		return err
	}
	frame := ws.MustCompileFrame(ws.NewTextFrame(newMessage(id, r.seq, from.user, m, time.Now())))
	for _, member := range r.members {
		member.conn.Write(frame) // a dead connection ends in its reader
	}
	return nil
}

// epoch is as long as roomd's, so that messages' ids are too.
const epoch = "floors-epoch.12345678"

// offset is as long as roomd's, which a client shows to have what it missed
// (connection state recovery). Nobody can do that here.
const offset = "floors-offset-22-chars"

func messageID(seq uint64) string {
	return epoch + "-" + strconv.FormatUint(seq, 10)
}

// userJoined is the event's packet, field for field roomd's.
func userJoined(roomID string, user identity) []byte {
	id, _ := json.Marshal(roomID)
	userID, _ := json.Marshal(user.UserID)
	username, _ := json.Marshal(user.Username)
	return fmt.Appendf(nil, `42["userJoined",{"roomId":%s,"userId":%s,"user":{"id":%s,"username":%s}},%q]`,
		id, userID, userID, username, offset)
}

// newMessage is the event's packet, field for field roomd's.
func newMessage(id string, seq uint64, user identity, m message, at time.Time) []byte {
	attachments := m.Attachments
	if attachments == nil {
		attachments = json.RawMessage("[]")
	}
	createdAt := at.UTC().Format("2006-01-02T15:04:05.000Z")
	roomID, _ := json.Marshal(m.RoomID)
	userID, _ := json.Marshal(user.UserID)
	username, _ := json.Marshal(user.Username)
	return fmt.Appendf(nil, `42["newMessage",{"id":%q,"seq":%d,"roomId":%s,"sender":{"id":%s,"username":%s},`+
		`"userId":%s,"text":%s,"attachments":%s,"createdAt":%q,"timestamp":%q},%q]`,
		id, seq, roomID, userID, username, userID, m.Text, attachments, createdAt, createdAt, offset)
}
