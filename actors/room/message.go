package room

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Message is a stored record of what a user said, as it is now.
type Message struct {
	ID          string            `json:"id"`
	Seq         uint64            `json:"seq"`
	Sender      User              `json:"sender"`
	Text        string            `json:"text"`
	Attachments []json.RawMessage `json:"attachments,omitempty"`
	At          time.Time         `json:"at"`
	ClientID    string            `json:"clientId,omitempty"`
	EditedAt    time.Time         `json:"editedAt,omitzero"`
	DeletedAt   time.Time         `json:"deletedAt,omitzero"` // text and attachments are gone then
	Changed     uint64            `json:"changed,omitempty"`  // seq of its newest change; 0: none
}

// Deleted reports whether the message was taken back.
func (m Message) Deleted() bool { return !m.DeletedAt.IsZero() }

// Change is a stored record of an edit of a message, or of its deletion.
type Change struct {
	Seq         uint64            `json:"seq"`
	MessageID   string            `json:"messageId"`
	MessageSeq  uint64            `json:"messageSeq"`
	Deleted     bool              `json:"deleted,omitempty"`
	Text        string            `json:"text,omitempty"`        // of an edit
	Attachments []json.RawMessage `json:"attachments,omitempty"` // of an edit
	By          User              `json:"by"`
	At          time.Time         `json:"at"`
	Newest      uint64            `json:"newest,omitempty"` // seq of the newest message then; 0: not known
}

// Entry is one numbered record: a message or a change. One field is set. What
// they point to never changes.
type Entry struct {
	Message *Message
	Change  *Change
}

// At returns when the record was made.
func (e Entry) At() time.Time {
	if e.Message != nil {
		return e.Message.At
	}
	return e.Change.At
}

// Seq returns the record's number.
func (e Entry) Seq() uint64 {
	if e.Message != nil {
		return e.Message.Seq
	}
	return e.Change.Seq
}

// messageID is the epoch in which the message was sent and its seq, which
// together never come twice.
func (r *Room) messageID(seq uint64) string { return r.epoch + "-" + strconv.FormatUint(seq, 10) }

// seqOf returns the seq in the id of a message; 0: it is the id of none. The
// epoch in it may be an earlier one of the room's.
func (r *Room) seqOf(messageID string) uint64 {
	number := messageID[strings.LastIndexByte(messageID, '-')+1:]
	seq, err := strconv.ParseUint(number, 10, 64)
	if err != nil || seq > r.seq {
		return 0
	}
	return seq
}

// decideSend stores a message, unless it is the retry of one.
func (r *Room) decideSend(q Request, c Send) Decision {
	if err := r.mustBeInside(q); err != nil {
		return refuse(err)
	}
	if m, sent := r.history.find(q.From.ID, c.ClientID); sent {
		return Decision{Reply: SendReply{MessageID: m.id, Seq: m.seq}}
	}
	if err := r.mustNotBeMuted(q); err != nil {
		return refuse(err)
	}
	m := Message{
		ID:          r.messageID(r.seq + 1),
		Seq:         r.seq + 1,
		Sender:      q.From,
		Text:        c.Text,
		Attachments: c.Attachments,
		At:          q.At,
		ClientID:    c.ClientID,
	}
	return Decision{
		Reply:  SendReply{MessageID: m.ID, Seq: m.Seq},
		Events: []Event{MessageSent{Message: m}},
	}
}

func (r *Room) decideEdit(q Request, c EditMessage) Decision {
	if err := r.maySpeak(q); err != nil {
		return refuse(err)
	}
	old, d := r.message(c.MessageID, c.found)
	switch {
	case old == nil:
		return d
	case old.Sender.ID != q.From.ID:
		return refuse(Forbidden("Only its sender can edit a message"))
	case old.Deleted():
		return refuse(ErrMessageNotFound)
	}
	change := r.change(q, *old)
	change.Text, change.Attachments = c.Text, old.Attachments
	if c.Attachments != nil {
		change.Attachments = c.Attachments
	}
	if change.Text == "" && len(change.Attachments) == 0 {
		return refuse(BadRequest("text must not be empty without attachments"))
	}
	return changed(change, *old)
}

func (r *Room) decideDeleteMessage(q Request, c DeleteMessage) Decision {
	if err := r.mustBeInside(q); err != nil {
		return refuse(err)
	}
	old, d := r.message(c.MessageID, c.found)
	if old == nil {
		return d
	}
	if old.Sender.ID != q.From.ID {
		if err := r.mayActOn(q, old.Sender.ID); err != nil {
			return refuse(err)
		}
	}
	if old.Deleted() {
		return Decision{Reply: SendReply{MessageID: old.ID, Seq: old.Changed}}
	}
	change := r.change(q, *old)
	change.Deleted = true
	return changed(change, *old)
}

func (r *Room) change(q Request, m Message) Change {
	return Change{Seq: r.seq + 1, MessageID: m.ID, MessageSeq: m.Seq, By: q.From, At: q.At, Newest: r.newest}
}

func changed(c Change, m Message) Decision {
	return Decision{
		Reply:  SendReply{MessageID: m.ID, Seq: c.Seq},
		Events: []Event{MessageChanged{Change: c, Message: c.of(m)}},
	}
}

// of returns the message as the change has made it.
func (c Change) of(m Message) Message {
	m.Text, m.Attachments, m.Changed = c.Text, c.Attachments, c.Seq
	if c.Deleted {
		m.DeletedAt = c.At
	} else {
		m.EditedAt = c.At
	}
	return m
}

// message returns the message of this id, as it is now. Where it returns none,
// the decision says why, or asks the host to read it.
func (r *Room) message(id string, f *found) (*Message, Decision) {
	seq := r.seqOf(id)
	if seq == 0 {
		return nil, refuse(ErrMessageNotFound)
	}
	if e, kept := r.history.at(seq); kept {
		if e.Message == nil || e.Message.ID != id { // the number of a change, or of another epoch
			return nil, refuse(ErrMessageNotFound)
		}
		return e.Message, Decision{}
	}
	if !r.settings.Persistent {
		return nil, refuse(ErrMessageNotFound)
	}
	read, current := r.current(f)
	switch {
	case !current:
		return nil, r.fetch(nil, Fetch{After: seq - 1, Limit: 1})
	case len(read) == 0 || read[0].ID != id: // it is that of a change, or no longer stored
		return nil, refuse(ErrMessageNotFound)
	}
	return &read[0], Decision{}
}
