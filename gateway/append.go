package gateway

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// An appender is a shape that appends its own JSON text, the same as the general
// encoder's but at a fraction of the time: those that each message takes.
type appender interface {
	appendJSON(to []byte) []byte
}

// What the texts take beside the strings in them, at most if nothing is escaped
// and there are neither attachments nor changes: an estimate, which saves growing.
const (
	messageBytes = len(`{"id":"","seq":18446744073709551615,"roomId":"","sender":{"id":"","username":""},"userId":"","text":"","attachments":[],"createdAt":"2006-01-02T15:04:05.000Z","timestamp":"2006-01-02T15:04:05.000Z"}`)
	sentBytes    = len(`{"success":true,"messageId":"","seq":18446744073709551615}`)
)

// appendJSON appends the shape of a message.
func (m messageJSON) appendJSON(to []byte) []byte {
	to = slices.Grow(to, messageBytes+len(m.ID)+len(m.RoomID)+2*len(m.UserID)+len(m.Sender.Username)+len(m.Text))
	to = appendString(append(to, `{"id":`...), m.ID)
	to = strconv.AppendUint(append(to, `,"seq":`...), m.Seq, 10)
	to = appendString(append(to, `,"roomId":`...), m.RoomID)
	to = m.Sender.appendJSON(append(to, `,"sender":`...))
	to = appendString(append(to, `,"userId":`...), m.UserID)
	to = appendString(append(to, `,"text":`...), m.Text)
	to = append(to, `,"attachments":`...)
	if len(m.Attachments) == 0 {
		to = append(to, "[]"...)
	} else {
		to = append(to, encode(m.Attachments)...)
	}
	to = m.CreatedAt.appendJSON(append(to, `,"createdAt":`...))
	to = m.Timestamp.appendJSON(append(to, `,"timestamp":`...))
	if !m.EditedAt.IsZero() {
		to = m.EditedAt.appendJSON(append(to, `,"editedAt":`...))
	}
	if !m.DeletedAt.IsZero() {
		to = m.DeletedAt.appendJSON(append(to, `,"deletedAt":`...))
	}
	return append(to, '}')
}

// appendJSON appends the shape of a user.
func (u userJSON) appendJSON(to []byte) []byte {
	to = appendString(append(to, `{"id":`...), u.ID)
	to = appendString(append(to, `,"username":`...), u.Username)
	return append(to, '}')
}

// appendJSON appends the reply to a message.
func (r sentReply) appendJSON(to []byte) []byte {
	to = slices.Grow(to, sentBytes+len(r.MessageID))
	to = strconv.AppendBool(append(to, `{"success":`...), r.Success)
	to = appendString(append(to, `,"messageId":`...), r.MessageID)
	to = strconv.AppendUint(append(to, `,"seq":`...), r.Seq, 10)
	return append(to, '}')
}

// appendString appends a string's JSON text: as it is where nothing has to be
// escaped. The general encoder escapes the two line separators of Unicode too,
// which alone begin with e2 80 in UTF-8 among what it does.
func appendString(to []byte, s string) []byte {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ', c == '"', c == '\\', c == 0xe2:
			return append(to, encode(s)...)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	if !ascii && !utf8.ValidString(s) {
		return append(to, encode(s)...)
	}
	to = append(to, '"')
	to = append(to, s...)
	return append(to, '"')
}
