package gateway

import "encoding/json"

// credentials are what CONNECT's payload says, read once. Which of it counts is
// decided later, so what is of the wrong kind is no error yet.
type credentials struct {
	Token    optionalString `json:"token"`
	UserID   optionalString `json:"userId"`
	Username optionalString `json:"username"`
	PID      optionalString `json:"pid"`    // of a former session, which the client comes back to
	Offset   optionalString `json:"offset"` // of the last event that it has received there
}

// optionalString is a string that a client may say.
type optionalString struct {
	text  string
	given bool // null is as if it weren't
	wrong bool // it is no string
}

// readCredentials reads CONNECT's payload, an object or nothing. In what is neither
// nothing is right.
func readCredentials(auth json.RawMessage) credentials {
	if c, plain := plainCredentials(auth); plain {
		return c
	}
	return decodeCredentials(auth)
}

func decodeCredentials(auth json.RawMessage) (c credentials) {
	if len(auth) > 0 && json.Unmarshal(auth, &c) != nil {
		return credentials{Token: optionalString{wrong: true}}
	}
	return c
}

// plainCredentials reads a payload as nearly all clients write it; see plain.go.
func plainCredentials(auth []byte) (c credentials, plain bool) {
	plain = readPlain(auth, c.set)
	return c, plain
}

// set sets one of them. It reports false if that key is none.
func (c *credentials) set(key, value []byte) bool {
	var which *optionalString
	switch string(key) {
	case "token":
		which = &c.Token
	case "userId":
		which = &c.UserID
	case "username":
		which = &c.Username
	case "pid":
		which = &c.PID
	case "offset":
		which = &c.Offset
	default:
		return false
	}
	*which = optionalString{text: string(value), given: true}
	return true
}

// UnmarshalJSON never fails.
func (s *optionalString) UnmarshalJSON(text []byte) error {
	*s = optionalString{}
	switch {
	case text[0] == 'n':
	case text[0] != '"':
		s.wrong = true
	case isPlain(text[1 : len(text)-1]):
		s.text, s.given = string(text[1:len(text)-1]), true
	default:
		s.wrong = json.Unmarshal(text, &s.text) != nil
		s.given = !s.wrong
	}
	return nil
}

// isPlain reports whether the inside of a JSON string stands for itself.
func isPlain(inside []byte) bool {
	for _, c := range inside {
		if c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

// or is what the query says where the client has not said it.
func (s optionalString) or(name string, query func(name string) string) string {
	if s.given {
		return s.text
	}
	return query(name)
}

// within is what was said, unless it is too long.
func (s optionalString) within(bytesMax int) string {
	if len(s.text) > bytesMax {
		return ""
	}
	return s.text
}

// isUnusable reports whether what was said can't be right: it is no string, or too long.
func (s optionalString) isUnusable(bytesMax int) bool { return s.wrong || len(s.text) > bytesMax }
