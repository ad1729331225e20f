package room

import "strings"

// history is the newest records of a room, oldest first and without a gap,
// bounded by count and bytes. The names that senders gave are kept for the
// whole count, also of messages that the bytes have pushed out. The zero value
// is empty.
type history struct {
	entries []Entry
	bytes   int                       // of the entries held
	sent    map[clientKey]sentMessage // by what the sender calls it
	named   []namedMessage            // those in sent, oldest first
}

// clientKey names a message as its sender does.
type clientKey struct{ user, clientID string }

type sentMessage struct {
	id  string
	seq uint64
}

type namedMessage struct {
	key clientKey
	seq uint64
}

// add appends a record and drops the oldest ones over the bounds. The newest
// is always kept.
func (h *history) add(e Entry) {
	h.entries = append(h.entries, e)
	h.bytes += entryBytes(e)
	h.trim()
	if e.Message != nil {
		h.name(*e.Message)
	}
	h.forgetNames(e.Seq())
}

func (h *history) trim() {
	drop := 0
	for len(h.entries)-drop > historyEntriesMax || h.bytes > historyBytesMax && len(h.entries)-drop > 1 {
		h.bytes -= entryBytes(h.entries[drop])
		drop++
	}
	h.drop(drop)
}

// replace puts a message as it is now in its place, if it is held. The change
// is to be added next, which keeps the bounds.
func (h *history) replace(m Message) {
	if _, held := h.at(m.Seq); !held {
		return
	}
	i := int(m.Seq - h.first())
	h.bytes += messageBytes(m) - entryBytes(h.entries[i])
	h.entries[i] = Entry{Message: &m}
}

// name notes what the sender calls a message.
func (h *history) name(m Message) {
	if m.ClientID == "" {
		return
	}
	if h.sent == nil {
		h.sent = make(map[clientKey]sentMessage)
	}
	key := clientKey{m.Sender.ID, m.ClientID}
	h.sent[key] = sentMessage{m.ID, m.Seq}
	h.named = append(h.named, namedMessage{key, m.Seq})
}

// forgetNames forgets the names that are too old.
func (h *history) forgetNames(newest uint64) {
	old := 0
	for old < len(h.named) && h.named[old].seq+historyEntriesMax <= newest {
		// Its sender may have used the name again since.
		if n := h.named[old]; h.sent[n.key].seq == n.seq {
			delete(h.sent, n.key)
		}
		old++
	}
	clear(h.named[:old])
	h.named = h.named[old:]
}

// drop removes the oldest n records, moving the rest to a new array only when
// the old one is full, so that memory stays bounded and a message costs the
// same on average whatever the history holds.
func (h *history) drop(n int) {
	clear(h.entries[:n]) // nothing dropped is kept alive by the array
	h.entries = h.entries[n:]
}

// find returns the message that the user sent under this name.
func (h *history) find(user, clientID string) (sentMessage, bool) {
	m, ok := h.sent[clientKey{user, clientID}] // never so without a name
	return m, ok
}

// first returns the seq of the oldest record held; 0: none is.
func (h *history) first() uint64 {
	if len(h.entries) == 0 {
		return 0
	}
	return h.entries[0].Seq()
}

// at returns the record of this number, if it is held.
func (h *history) at(seq uint64) (Entry, bool) {
	first := h.first()
	if first == 0 || seq < first || seq-first >= uint64(len(h.entries)) {
		return Entry{}, false
	}
	return h.entries[seq-first], true
}

// after returns the records with a higher seq than this one, and whether none
// of them is missing. They are the history's own.
func (h *history) after(seq, newest uint64) ([]Entry, bool) {
	if seq == newest {
		return nil, true
	}
	if _, held := h.at(seq + 1); !held {
		return nil, false
	}
	return h.entries[seq+1-h.first():], true
}

// before returns the records held with a lower seq than this one. They are the
// history's own.
func (h *history) before(seq uint64) []Entry {
	first := h.first()
	if seq <= first {
		return nil
	}
	return h.entries[:min(uint64(len(h.entries)), seq-first)]
}

// last returns the newest n messages, oldest first.
func (h *history) last(n int) []Message {
	from := len(h.entries)
	for found := 0; from > 0 && found < n; from-- {
		if h.entries[from-1].Message != nil {
			found++
		}
	}
	return messagesIn(h.entries[from:])
}

// messagesIn returns the messages among these records. Never nil.
func messagesIn(entries []Entry) []Message {
	messages := make([]Message, 0, len(entries))
	for _, e := range entries {
		if e.Message != nil {
			messages = append(messages, *e.Message)
		}
	}
	return messages
}

// changesIn returns the changes among these records.
func changesIn(entries []Entry) []Change {
	var changes []Change
	for _, e := range entries {
		if e.Change != nil {
			changes = append(changes, *e.Change)
		}
	}
	return changes
}

// entryBytes is about what a record takes on the wire, and no less than what it
// takes in memory.
func entryBytes(e Entry) int {
	if e.Message != nil {
		return messageBytes(*e.Message)
	}
	c := e.Change
	return entryOverheadBytes + jsonBytes(c.MessageID) + jsonBytes(c.By.ID) + jsonBytes(c.By.Name) +
		jsonBytes(c.Text) + rawBytes(c.Attachments)
}

func messageBytes(m Message) int {
	return entryOverheadBytes + jsonBytes(m.ID) + jsonBytes(m.Sender.ID) + jsonBytes(m.Sender.Name) +
		jsonBytes(m.Text) + len(m.ClientID) + rawBytes(m.Attachments)
}

func rawBytes[T ~[]byte](texts []T) int {
	n := 0
	for _, text := range texts {
		n += attachmentOverheadBytes + len(text)
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
