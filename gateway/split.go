package gateway

import (
	"bytes"
	"encoding/json"
	"strings"
)

// split takes a member out of an object: rest is the object without it, value what
// it has, as it stands; nil: it isn't there. Of one that is given twice the last
// counts, and names are compared as decode compares them. What isn't an object is
// all rest.
//
// It is for what is relayed as it is, which may be long: to decode it into a
// [json.RawMessage] is to walk through it twice more, each time at several times
// the cost. The argument is valid JSON, since package socketio has checked it.
func split(arg json.RawMessage, name string) (rest, value json.RawMessage) {
	if !isObject(arg) {
		return arg, nil
	}
	rest = append(make(json.RawMessage, 0, 128), '{')
	for at := nextMember(arg, 1); arg[at] != '}'; at = nextMember(arg, at) {
		start, keyEnd := at, stringEnd(arg, at)
		for at = keyEnd; arg[at] <= ' ' || arg[at] == ':'; at++ {
		}
		end := valueEnd(arg, at)
		if isNamed(arg[start:keyEnd], name) {
			value = arg[at:end:end]
		} else {
			if len(rest) > 1 {
				rest = append(rest, ',')
			}
			rest = append(rest, arg[start:end]...)
		}
		at = end
	}
	return append(rest, '}'), value
}

// nextMember is where the next member begins, or the object ends.
func nextMember(text []byte, at int) int {
	for text[at] <= ' ' || text[at] == ',' {
		at++
	}
	return at
}

// isNamed reports whether a key, in its quotes, is the name.
func isNamed(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return strings.EqualFold(string(key[1:len(key)-1]), name)
	}
	var decoded string
	return json.Unmarshal(key, &decoded) == nil && strings.EqualFold(decoded, name)
}

// valueEnd is the index behind the value that begins at text[at].
func valueEnd(text []byte, at int) int {
	depth := 0
	for {
		switch text[at] {
		case '"':
			at = stringEnd(text, at)
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		default:
			for at++; depth > 0 && !structural[text[at]]; at++ {
			}
		}
		if depth == 0 && endsValue(text[at-1], text[at]) {
			return at
		}
	}
}

// structural are the bytes of which valueEnd takes notice inside of a value.
var structural = [256]bool{'"': true, '{': true, '[': true, '}': true, ']': true}

// endsValue reports whether a value outside of all others ends between two bytes:
// behind a string, an object or an array, and before what no literal has in it.
func endsValue(last, next byte) bool {
	return last == '"' || last == '}' || last == ']' || next <= ' ' || next == ',' || next == '}'
}

// stringEnd is the index behind the string that begins at text[at].
func stringEnd(text []byte, at int) int {
	for at++; text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return at + 1
}
