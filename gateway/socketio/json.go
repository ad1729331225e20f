package socketio

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// The functions of this file walk JSON text without decoding its values. They rely on the text
// being valid: scanJSON comes first.

// firstByte is the first byte of a valid JSON text that isn't a blank.
func firstByte(text []byte) byte { return trimBlanks(text)[0] }

// checkPlaceholders checks that every placeholder in a valid JSON text, at any depth, names one of
// that many attachments. A stock client closes its connection on one that doesn't, so it must
// never be relayed. It is no laxer than JavaScript whatever the text (of a key given twice the last
// counts); it is stricter only in that also values which such a key hides must be right. It calls rest
// as scanJSON does.
func checkPlaceholders(text []byte, attachments int, rest func()) error {
	scan := placeholderScan{text: text, attachments: attachments, rest: rest}
	if !scan.value() {
		return errPlaceholder
	}
	return nil
}

// A placeholderScan is a walk over a valid JSON text. It recurses at most depthMax deep.
type placeholderScan struct {
	text        []byte
	at          int
	attachments int
	values      int // so far
	rest        func()
}

// value walks over the value that begins at or after s.at and tells whether its placeholders are right.
func (s *placeholderScan) value() bool {
	if s.values++; s.values%restValues == 0 {
		s.rest()
	}
	s.blanks()
	switch s.text[s.at] {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		s.at = stringEnd(s.text, s.at)
	default:
		for s.at < len(s.text) && !endsLiteral(s.text[s.at]) {
			s.at++
		}
	}
	return true
}

func (s *placeholderScan) array() bool {
	s.at++
	for s.blanks(); s.text[s.at] != ']'; s.blanks() {
		if s.text[s.at] == ',' {
			s.at++
		}
		if !s.value() {
			return false
		}
	}
	s.at++
	return true
}

func (s *placeholderScan) object() bool {
	var marked bool
	var num []byte
	s.at++
	for s.blanks(); s.text[s.at] != '}'; s.blanks() {
		if s.text[s.at] == ',' {
			s.at++
			s.blanks()
		}
		key, value, ok := s.member()
		if !ok {
			return false
		}
		switch key {
		case "_placeholder":
			marked = string(value) == "true"
		case "num":
			num = value
		}
	}
	s.at++
	return !marked || isIndex(num, s.attachments)
}

// member walks over one key and its value.
func (s *placeholderScan) member() (key string, value []byte, ok bool) {
	start := s.at
	s.at = stringEnd(s.text, start)
	key = decodeString(s.text[start:s.at])
	s.blanks()
	s.at++ // the colon
	s.blanks()
	start = s.at
	ok = s.value()
	return key, s.text[start:s.at], ok
}

func (s *placeholderScan) blanks() {
	for s.at < len(s.text) && isBlank(s.text[s.at]) {
		s.at++
	}
}

// isIndex tells whether a JSON text is a number that JavaScript would find an array element with.
func isIndex(text []byte, length int) bool {
	if len(text) == 0 || text[0] != '-' && !isDigit(text[0]) {
		return false
	}
	n, err := strconv.ParseFloat(string(text), 64)
	return err == nil && n >= 0 && n < float64(length) && n == float64(int(n))
}

// stringEnd returns the index behind the string that begins at text[start].
func stringEnd(text []byte, start int) int {
	for i := start + 1; ; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// decodeString decodes a valid JSON string.
func decodeString(text []byte) string {
	if bytes.IndexByte(text, '\\') < 0 {
		return string(text[1 : len(text)-1])
	}
	var decoded string
	_ = json.Unmarshal(text, &decoded) // a valid string always decodes
	return decoded
}

// trimBlanks cuts JSON's white space off both ends. Appending to what it returns copies.
func trimBlanks(text []byte) []byte {
	start, end := 0, len(text)
	for start < end && isBlank(text[start]) {
		start++
	}
	for end > start && isBlank(text[end-1]) {
		end--
	}
	return text[start:end:end]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func endsLiteral(c byte) bool { return c == ',' || c == ']' || c == '}' || isBlank(c) }
