package gateway

import "unicode/utf8"

// What nearly all clients write: objects of strings without escapes, without blanks.
// To read these takes a sixth of the general decoder's time, which gets all others,
// also what is wrong. Fuzzing holds the two to the same.

// readPlain has each field of an object set, in their order. It reports false if
// there is something that has to be decoded, or that set doesn't know.
func readPlain(object []byte, set func(key, value []byte) bool) (plain bool) {
	rest, plain := insideObject(object)
	for plain {
		var key, value []byte
		if key, value, rest, plain = cutPlainField(rest); !plain || !set(key, value) {
			return false
		}
		if len(rest) == 0 {
			return true
		}
	}
	return false
}

// insideObject returns what stands between an object's braces, in which there is
// something.
func insideObject(text []byte) (inside []byte, plain bool) {
	if len(text) <= len("{}") || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, false
	}
	return text[1 : len(text)-1], true
}

// cutPlainField cuts a field off the inside of an object, unless it is none, or there
// is something in it that has to be decoded. What is left is the rest; none: that
// was the last.
func cutPlainField(inside []byte) (key, value, rest []byte, plain bool) {
	key, behind, isString := cutPlainString(inside)
	if !isString || len(behind) == 0 || behind[0] != ':' {
		return nil, nil, nil, false
	}
	value, behind, isString = cutPlainString(behind[1:])
	switch {
	case !isString:
		return nil, nil, nil, false
	case len(behind) == 0:
		return key, value, nil, true
	}
	return key, value, behind[1:], behind[0] == ',' && len(behind) > 1
}

// cutPlainString cuts a string off a text that begins with one, unless there is
// something in it that has to be decoded.
func cutPlainString(text []byte) (value, rest []byte, isString bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	for i, c := range text[1:] {
		switch {
		case c == '"':
			value, rest = text[1:i+1], text[i+2:]
			return value, rest, utf8.Valid(value)
		case c == '\\', c < ' ':
			return nil, nil, false
		}
	}
	return nil, nil, false
}
