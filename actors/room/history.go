package room

import "strings"

// history is the newest messages of a room, oldest first, bounded by count
// and bytes. The names that senders gave are kept for the whole count, also of
// messages that the bytes have pushed out. The zero value is empty.
type history struct {
	messages []Message
	bytes    int                  // of the messages held
	sent     map[clientKey]uint64 // seq by what the sender calls it
	named    []namedMessage       // those in sent, oldest first
}

// clientKey names a message as its sender does.
type clientKey struct{ user, clientID string }

type namedMessage struct {
	key clientKey
	seq uint64
}

// add appends a message and drops the oldest ones over the bounds. The newest
// is always kept.
func (h *history) add(m Message) {
	h.messages = append(h.messages, m)
	h.bytes += messageBytes(m)
	drop := 0
	for len(h.messages)-drop > historyMessagesMax || h.bytes > historyBytesMax && len(h.messages)-drop > 1 {
		h.bytes -= messageBytes(h.messages[drop])
		drop++
	}
	h.drop(drop)
	h.name(m)
}

// name notes what the sender calls a message, and forgets the names that are
// too old.
func (h *history) name(m Message) {
	if m.ClientID != "" {
		if h.sent == nil {
			h.sent = make(map[clientKey]uint64)
		}
		key := clientKey{m.Sender.ID, m.ClientID}
		h.sent[key] = m.Seq
		h.named = append(h.named, namedMessage{key, m.Seq})
	}
	old := 0
	for old < len(h.named) && h.named[old].seq+historyMessagesMax <= m.Seq {
		// Its sender may have used the name again since.
		if n := h.named[old]; h.sent[n.key] == n.seq {
			delete(h.sent, n.key)
		}
		old++
	}
	clear(h.named[:old])
	h.named = h.named[old:]
}

// drop removes the oldest n messages, moving the rest to a new array only
// when the old one is full, so that memory stays bounded and a message costs
// the same on average whatever the history holds.
func (h *history) drop(n int) {
	clear(h.messages[:n]) // nothing dropped is kept alive by the array
	h.messages = h.messages[n:]
}

// find returns the seq of the message that the user sent under this name.
func (h *history) find(user, clientID string) (uint64, bool) {
	seq, ok := h.sent[clientKey{user, clientID}] // never so without a name
	return seq, ok
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

// messageBytes is about what a message takes on the wire, and no less than what
// it takes in memory.
func messageBytes(m Message) int {
	n := messageOverheadBytes + jsonBytes(m.ID) + jsonBytes(m.Sender.ID) + jsonBytes(m.Sender.Name) +
		jsonBytes(m.Text) + len(m.ClientID)
	for _, a := range m.Attachments {
		n += attachmentOverheadBytes + len(a)
	}
	return n
}

// jsonBytes returns how long a text is in JSON at the most: six times as long
// as by itself where every character has to be escaped.
func jsonBytes(text string) int {
	n := len(text) + 3*strings.Count(text, "\u2028") + 3*strings.Count(text, "\u2029")
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ':
			n += 5
		case c == '"', c == '\\':
			n++
		}
	}
	return n
}
