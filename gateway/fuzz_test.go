package gateway

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf8"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// FuzzCommands: whatever a client sends becomes an order or a refusal that can
// be told.
func FuzzCommands(f *testing.F) {
	names := CommandNames()
	for _, row := range orderTable {
		f.Add(slices.Index(names, row.event), row.argument)
	}
	for _, row := range refusalTable {
		f.Add(max(0, slices.Index(names, row.event)), row.argument)
	}
	s := &session{claims: noClaims, gateway: &Gateway{node: &fakeNode{}}, user: room.User{ID: "anna", Name: "Anna"}}
	f.Fuzz(func(t *testing.T, command int, argument string) {
		if !utf8.ValidString(argument) || !json.Valid([]byte(argument)) || argument[0] <= ' ' {
			return // the codec gives no such argument
		}
		name := names[max(0, command%len(names))]
		e := socketio.Event{Name: name, Args: []json.RawMessage{json.RawMessage(argument)}}
		o, err := commands[name].parse(s, e)
		switch {
		case (o == nil) == (err == nil):
			t.Fatalf("%s %s: order %v, error %v", name, argument, o, err)
		case err != nil && (err.Message == "" || !slices.Contains(room.Codes(), err.Code)):
			t.Fatalf("%s %s: %v", name, argument, err)
		}
	})
}
