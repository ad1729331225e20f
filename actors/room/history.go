package room

// history is the newest messages of a room, oldest first, bounded by count
// and bytes. The zero value is empty.
type history struct {
	messages []Message
	bytes    int                  // of the messages held
	sent     map[clientKey]uint64 // seq by what the sender calls it, of the messages held
}

// clientKey names a message as its sender does.
type clientKey struct{ user, clientID string }

// add appends a message and drops the oldest ones over the bounds. The newest
// is always kept.
func (h *history) add(m Message) {
	h.messages = append(h.messages, m)
	h.bytes += messageBytes(m)
	if m.ClientID != "" {
		if h.sent == nil {
			h.sent = make(map[clientKey]uint64)
		}
		h.sent[clientKey{m.Sender.ID, m.ClientID}] = m.Seq
	}
	drop := 0
	for len(h.messages)-drop > historyMessagesMax || h.bytes > historyBytesMax && len(h.messages)-drop > 1 {
		h.forget(h.messages[drop])
		drop++
	}
	h.drop(drop)
}

// forget takes a message out of the counts. Its sender may have used its name
// again for a newer message, which keeps it.
func (h *history) forget(m Message) {
	h.bytes -= messageBytes(m)
	key := clientKey{m.Sender.ID, m.ClientID}
	if h.sent[key] == m.Seq {
		delete(h.sent, key)
	}
}

// drop removes the oldest n messages, moving the rest to a new array only
// when the old one is full, so that memory stays bounded and a message costs
// the same on average whatever the history holds.
func (h *history) drop(n int) {
	clear(h.messages[:n]) // nothing dropped is kept alive by the array
	h.messages = h.messages[n:]
}

// find returns the message that the user sent under this name.
func (h *history) find(user, clientID string) (Message, bool) {
	seq, ok := h.sent[clientKey{user, clientID}]
	if !ok { // as is always so without a name
		return Message{}, false
	}
	return h.messages[seq-h.messages[0].Seq], true
}

// last returns the newest n messages.
func (h *history) last(n int) []Message {
	return h.copy(max(0, len(h.messages)-n))
}

// after returns the messages with a higher seq than this one, and whether
// none of them is missing.
func (h *history) after(seq, newest uint64) ([]Message, bool) {
	if seq == newest {
		return []Message{}, true
	}
	if seq > newest || len(h.messages) == 0 || seq+1 < h.messages[0].Seq {
		return nil, false
	}
	return h.copy(int(seq + 1 - h.messages[0].Seq)), true
}

// copy returns the messages from this index on, in an array of their own:
// what a reply holds must not change when the history moves on.
func (h *history) copy(from int) []Message {
	return append(make([]Message, 0, len(h.messages)-from), h.messages[from:]...)
}

// messageBytes is about what a message takes in memory.
func messageBytes(m Message) int {
	n := messageOverheadBytes + len(m.ID) + len(m.Sender.ID) + len(m.Sender.Name) + len(m.Text) + len(m.ClientID)
	for _, a := range m.Attachments {
		n += attachmentOverheadBytes + len(a)
	}
	return n
}
