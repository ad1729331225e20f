package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"roomd/actors/room"
)

// decode reads an object argument into a struct. What is wrong is said with
// the field's name.
func decode(arg json.RawMessage, into any) *room.Error {
	if !isObject(arg) {
		return room.BadRequest("the argument must be an object")
	}
	err := json.Unmarshal(arg, into)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return room.BadRequest("%s must be %s", wrong.Field, kind(wrong.Type))
	default:
		return room.BadRequest("the argument is not valid JSON")
	}
}

// decodeOptional is decode for an argument that may be left out.
func decodeOptional(arg json.RawMessage, into any) *room.Error {
	if bytes.Equal(arg, []byte("null")) {
		return nil
	}
	return decode(arg, into)
}

// decodeShort is decode for an argument that may be the id of a room alone.
func decodeShort(arg json.RawMessage, roomID *string, into any) *room.Error {
	if isString(arg) {
		return decodeString("roomId", arg, roomID)
	}
	return decode(arg, into)
}

// decodeID reads an argument that is nothing but an id of this name, alone or
// in an object.
func decodeID(name string, arg json.RawMessage) (id string, err *room.Error) {
	if isObject(arg) {
		var fields map[string]json.RawMessage
		if err := decode(arg, &fields); err != nil {
			return "", err
		}
		arg = fields[name]
	}
	err = decodeString(name, arg, &id)
	return id, err
}

// decodeString reads a string argument, which goes by this name.
func decodeString(name string, arg json.RawMessage, into *string) *room.Error {
	if !isString(arg) {
		return room.BadRequest("%s must be a string", name)
	}
	if err := json.Unmarshal(arg, into); err != nil {
		return room.BadRequest("%s is not valid JSON", name)
	}
	return nil
}

func isString(arg json.RawMessage) bool { return len(arg) > 0 && arg[0] == '"' }

func isObject(arg json.RawMessage) bool { return len(arg) > 0 && arg[0] == '{' }

// nullable is a field in which null is something else than nothing.
type nullable[T any] struct {
	given bool
	value *T // nil: null, or not given
}

// UnmarshalJSON reads the value, or null.
func (n *nullable[T]) UnmarshalJSON(text []byte) error {
	n.given = true
	return json.Unmarshal(text, &n.value)
}

// kind names a type as a JavaScript programmer would.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "a boolean"
	case reflect.Slice:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		if strings.HasPrefix(t.Kind().String(), "uint") {
			return "a whole number that is not negative"
		}
		return "a whole number"
	}
}
