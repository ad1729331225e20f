package floor

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/gobwas/ws"
)

// emission is an emitToRoom with one attachment as its data, to all in the
// room: includeSelf is taken for true.
type emission struct {
	ackID string

	RoomID string `json:"roomId"`
	Event  string `json:"event"`
}

// binaryEvent keeps an event until its attachment comes.
func (p *peer) binaryEvent(packet []byte) error {
	ackID, name, argument, err := parseEvent(packet)
	if err != nil || name != "emitToRoom" {
		return errBadPacket
	}
	e := &emission{ackID: ackID}
	if err := json.Unmarshal(argument, e); err != nil {
		return errBadPacket
	}
	p.awaiting = e
	return nil
}

// emit does with an attachment what send does with a text.
func (p *peer) emit(e *emission, attachment []byte) error {
	at := slices.IndexFunc(p.in, func(r *room) bool { return r.id == e.RoomID })
	if at < 0 {
		return errBadPacket
	}
	return p.in[at].emit(p, e, attachment)
}

// emit answers the sender, then does one plain write a member, of the event
// and its attachment together.
func (r *room) emit(from *peer, e *emission, attachment []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := from.ack(e.ackID, []byte(`{"success":true}`)); err != nil {
		return err
	}
	frames := slices.Concat(
		ws.MustCompileFrame(ws.NewTextFrame(emitted(e, from.user, time.Now()))),
		ws.MustCompileFrame(ws.NewBinaryFrame(attachment)),
	)
	for _, member := range r.members {
		member.conn.Write(frames) // a dead connection ends in its reader
	}
	return nil
}

// emitted is the event's packet, field for field roomd's.
func emitted(e *emission, user identity, at time.Time) []byte {
	event, _ := json.Marshal(e.Event)
	roomID, _ := json.Marshal(e.RoomID)
	userID, _ := json.Marshal(user.UserID)
	username, _ := json.Marshal(user.Username)
	return fmt.Appendf(nil, `451-[%s,{"_placeholder":true,"num":0},{"roomId":%s,"sender":{"id":%s,"username":%s},"at":%q},%q]`,
		event, roomID, userID, username, at.UTC().Format("2006-01-02T15:04:05.000Z"), offset)
}
