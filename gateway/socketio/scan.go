package socketio

import "encoding/json"

// scanJSON checks a packet's payload in one pass, and finds the elements if it is an array: as they
// stand, without the blanks around them, as parts of text. It stops at the first thing that is wrong,
// so that what is too deep or too wide costs next to nothing, however long it is. It accepts what
// json.Valid does, within depthMax and argsMax, at a fraction of the time. It has no clock: behind
// each restValues values it calls rest, since whoever reads packets knows who else is waiting.
func scanJSON(text []byte, rest func()) (elements []json.RawMessage, err error) {
	s := scanner{text: text, rest: rest}
	s.blanks()
	if s.peek() == '[' {
		elements, err = s.elements()
	} else {
		err = s.value(0)
	}
	s.blanks()
	if err == nil && s.at != len(text) {
		err = errJSON
	}
	return elements, err
}

// A scanner walks over text that may be anything. Each method begins where a value, or a part of
// one, has to begin, and ends behind it. It recurses at most depthMax deep.
type scanner struct {
	text   []byte
	at     int
	values int // so far
	rest   func()
}

// elements reads the array that is the whole text.
func (s *scanner) elements() ([]json.RawMessage, error) {
	s.at++
	if s.blanks(); s.peek() == ']' {
		s.at++
		return nil, nil
	}
	elements := make([]json.RawMessage, 0, 4)
	for {
		if len(elements) == argsMax {
			return nil, errArgCount
		}
		s.blanks()
		start := s.at
		if err := s.value(1); err != nil {
			return nil, err
		}
		elements = append(elements, s.text[start:s.at:s.at])
		if more, err := s.next(']'); err != nil || !more {
			return elements, err
		}
	}
}

// value reads any value, inside of so many arrays and objects.
func (s *scanner) value(depth int) error {
	if s.values++; s.values%restValues == 0 {
		s.rest()
	}
	switch c := s.peek(); c {
	case '{', '[':
		if depth == depthMax {
			return errDepth
		}
		if c == '{' {
			return s.object(depth + 1)
		}
		return s.array(depth + 1)
	case '"':
		return s.string()
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	}
	return s.number()
}

func (s *scanner) array(depth int) error {
	s.at++
	if s.blanks(); s.peek() == ']' {
		s.at++
		return nil
	}
	for {
		s.blanks()
		if err := s.value(depth); err != nil {
			return err
		}
		if more, err := s.next(']'); err != nil || !more {
			return err
		}
	}
}

func (s *scanner) object(depth int) error {
	s.at++
	if s.blanks(); s.peek() == '}' {
		s.at++
		return nil
	}
	for {
		if s.blanks(); s.peek() != '"' {
			return errJSON
		}
		if err := s.string(); err != nil {
			return err
		}
		if s.blanks(); s.peek() != ':' {
			return errJSON
		}
		s.at++
		s.blanks()
		if err := s.value(depth); err != nil {
			return err
		}
		if more, err := s.next('}'); err != nil || !more {
			return err
		}
	}
}

// next reads what stands behind a member: a comma, and more follows, or the end.
func (s *scanner) next(end byte) (more bool, err error) {
	s.blanks()
	c := s.peek()
	s.at++
	if c != ',' && c != end {
		return false, errJSON
	}
	return c == ',', nil
}

func (s *scanner) string() error {
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return nil
		case c == '\\':
			length := escapeLength(s.text[i:])
			if length == 0 {
				return errJSON
			}
			i += length - 1
		case c < ' ':
			return errJSON
		}
	}
	return errJSON
}

// escapeLength is how long the escape is that text begins with; 0: it is none.
func escapeLength(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) >= 6 && isHex(text[2]) && isHex(text[3]) && isHex(text[4]) && isHex(text[5]) {
			return 6
		}
	}
	return 0
}

func (s *scanner) number() error {
	rest := s.text[s.at:]
	i := 0
	if i < len(rest) && rest[i] == '-' {
		i++
	}
	whole := digits(rest[i:])
	if whole == 0 || whole > 1 && rest[i] == '0' {
		return errJSON
	}
	i += whole
	if i < len(rest) && rest[i] == '.' {
		fraction := digits(rest[i+1:])
		if fraction == 0 {
			return errJSON
		}
		i += 1 + fraction
	}
	if i < len(rest) && (rest[i] == 'e' || rest[i] == 'E') {
		if i++; i < len(rest) && (rest[i] == '+' || rest[i] == '-') {
			i++
		}
		exponent := digits(rest[i:])
		if exponent == 0 {
			return errJSON
		}
		i += exponent
	}
	s.at += i
	return nil
}

// digits is how many digits text begins with.
func digits(text []byte) int {
	for i, c := range text {
		if !isDigit(c) {
			return i
		}
	}
	return len(text)
}

func (s *scanner) literal(word string) error {
	end := s.at + len(word)
	if end > len(s.text) || string(s.text[s.at:end]) != word {
		return errJSON
	}
	s.at = end
	return nil
}

// blanks is small enough to be no call where there are none, as in what programs write.
func (s *scanner) blanks() {
	if s.at < len(s.text) && s.text[s.at] <= ' ' {
		s.skipBlanks()
	}
}

func (s *scanner) skipBlanks() {
	for s.at < len(s.text) && isBlank(s.text[s.at]) {
		s.at++
	}
}

// peek returns the next byte; 0, which no value has outside of a string, if there is none.
func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
