package room

import (
	"fmt"
	"slices"
)

// speak is for what needs this very connection inside.
func (m *model) speak(q Request) Decision {
	if !m.isInside(q.Connection) {
		return Decision{Reply: ErrNotInRoom}
	}
	if c, ok := q.Command.(DeleteMessage); ok {
		return m.deleteMessage(q, c)
	}
	c, sends := q.Command.(Send)
	if sends && c.ClientID != "" {
		for _, sent := range messagesOf(m.entries[max(0, len(m.entries)-300):]) {
			if sent.ClientID == c.ClientID && sent.Sender == q.From {
				return Decision{Reply: SendReply{MessageID: sent.ID, Seq: sent.Seq}}
			}
		}
	}
	if refusal := m.muteOf(q); refusal != nil {
		return Decision{Reply: refusal}
	}
	switch c := q.Command.(type) {
	case Emit:
		e := Emitted{Name: c.Event, Data: c.Data, Binary: c.Binary, Sender: q.From, At: q.At, Volatile: c.Volatile}
		if !c.IncludeSelf {
			e.Connection = q.Connection
		}
		return Decision{Reply: Done{}, Events: []Event{e}}
	case Act:
		return Decision{Reply: Done{}, Events: []Event{Acted{Action: c.Action, Binary: c.Binary, Player: q.From.ID, At: q.At}}}
	case EditMessage:
		return m.edit(q, c)
	}
	message := Message{
		ID: fmt.Sprintf("%s-%d", m.epoch, m.newest()+1), Seq: m.newest() + 1, Sender: q.From,
		Text: c.Text, Attachments: c.Attachments, At: q.At, ClientID: c.ClientID,
	}
	m.add(Entry{Message: &message})
	m.activity = q.At
	return Decision{Reply: SendReply{MessageID: message.ID, Seq: message.Seq}, Events: []Event{MessageSent{message}}}
}

func (m *model) muteOf(q Request) *Error {
	for _, s := range m.muted {
		if s.user == q.From.ID && (s.Until.IsZero() || q.At.Before(s.Until)) {
			refusal := *ErrMuted
			if !s.Until.IsZero() {
				refusal.RetryAfter = s.Until.Sub(q.At)
			}
			return &refusal
		}
	}
	return nil
}

func (m *model) edit(q Request, c EditMessage) Decision {
	old := m.find(c.MessageID)
	if old == nil {
		return Decision{Reply: ErrMessageNotFound}
	}
	if old.Sender != q.From {
		return Decision{Reply: Forbidden("Only its sender can edit a message")}
	}
	if old.Deleted() {
		return Decision{Reply: ErrMessageNotFound}
	}
	change := Change{
		Seq: m.newest() + 1, MessageID: old.ID, MessageSeq: old.Seq, Text: c.Text, Attachments: c.Attachments,
		By: q.From, At: q.At,
	}
	if c.Attachments == nil {
		change.Attachments = old.Attachments
	}
	if change.Text == "" && len(change.Attachments) == 0 {
		return Decision{Reply: BadRequest("text must not be empty without attachments")}
	}
	edited := *old
	edited.Text, edited.Attachments, edited.EditedAt, edited.Changed = c.Text, change.Attachments, q.At, change.Seq
	return m.change(change, edited)
}

func (m *model) deleteMessage(q Request, c DeleteMessage) Decision {
	old := m.find(c.MessageID)
	if old == nil {
		return Decision{Reply: ErrMessageNotFound}
	}
	if old.Sender != q.From {
		if refusal := m.mayNotActOn(q, old.Sender.ID); refusal != nil {
			return Decision{Reply: refusal}
		}
	}
	if old.Deleted() {
		return Decision{Reply: SendReply{MessageID: old.ID, Seq: old.Changed}}
	}
	change := Change{Seq: m.newest() + 1, MessageID: old.ID, MessageSeq: old.Seq, Deleted: true, By: q.From, At: q.At}
	gone := *old
	gone.Text, gone.Attachments, gone.DeletedAt, gone.Changed = "", nil, q.At, change.Seq
	return m.change(change, gone)
}

func (m *model) change(c Change, now Message) Decision {
	for _, e := range m.entries {
		if e.Message != nil {
			c.Newest = e.Message.Seq
		}
	}
	m.entries[now.Seq-1], m.sizes[now.Seq-1] = Entry{Message: &now}, messageBytes(now)
	m.forget()
	m.add(Entry{Change: &c})
	return Decision{Reply: SendReply{MessageID: now.ID, Seq: c.Seq}, Events: []Event{MessageChanged{c, now}}}
}

// find returns the message of this id, unless it is no longer anywhere.
func (m *model) find(id string) *Message {
	for _, e := range m.entries[m.gone():] {
		if e.Message != nil && e.Message.ID == id {
			return e.Message
		}
	}
	return nil
}

// gone is how many records are no longer anywhere.
func (m *model) gone() int { return either(m.settings.Persistent, m.trimmed, m.forgotten) }

func (m *model) add(e Entry) {
	m.entries = append(m.entries, e)
	m.sizes = append(m.sizes, entryBytes(e))
	m.forget()
}

// forget takes the oldest records out of memory until the rest is within the
// bounds.
func (m *model) forget() {
	for len(m.entries)-m.forgotten > 300 || sum(m.sizes[m.forgotten:]) > 512<<10 {
		m.forgotten++
	}
}

// remember has all in memory that goes there, as after a restart.
func (m *model) remember() {
	m.forgotten = max(0, len(m.entries)-300)
	m.forget()
}

func sum(sizes []int) int {
	total := 0
	for _, n := range sizes {
		total += n
	}
	return total
}

func (m *model) newest() uint64 { return uint64(len(m.entries)) }

func (m *model) messages() []Message { return messagesOf(m.entries) }

func messagesOf(entries []Entry) []Message {
	var messages []Message
	for _, e := range entries {
		if e.Message != nil {
			messages = append(messages, *e.Message)
		}
	}
	return slices.Clip(messages)
}
