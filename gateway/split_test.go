package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"roomd/gateway/socketio"
)

func TestSplit(t *testing.T) {
	for _, tt := range []struct{ arg, rest, value string }{
		{`{}`, `{}`, ``},
		{`{"data":1}`, `{}`, `1`},
		{`{"data":null}`, `{}`, `null`},
		{`{"a":1,"data":{"x":[1,"]}"]},"b":true}`, `{"a":1,"b":true}`, `{"x":[1,"]}"]}`},
		{"{ \"a\" : 1 ,\t\"data\" : \"\\\"}\" , \"b\" : [ ] }", `{"a" : 1,"b" : [ ]}`, `"\"}"`},
		{`{"data":1,"Data":2,"x":-1.5e3}`, `{"x":-1.5e3}`, `2`},
		{`{"d\u0061ta":[[],{}]}`, `{}`, `[[],{}]`},
		{`{"data\\":0,"":{"data":1}}`, `{"data\\":0,"":{"data":1}}`, ``},
		{`["data",1]`, `["data",1]`, ``},
		{`null`, `null`, ``},
	} {
		rest, value := split(json.RawMessage(tt.arg), "data")
		if string(rest) != tt.rest || string(value) != tt.value {
			t.Errorf("%s: %s and %s, want %s and %s", tt.arg, rest, value, tt.rest, tt.value)
		}
	}
}

// FuzzSplit: it finds what encoding/json does, and leaves the rest.
func FuzzSplit(f *testing.F) {
	for _, row := range orderTable {
		f.Add(row.argument)
	}
	f.Add(`{"data":1,"DATA":[{"}":"\\"}],"d\u0061ta" : 1e5 }`)
	f.Fuzz(func(t *testing.T, arg string) {
		if !utf8.ValidString(arg) || !json.Valid([]byte(arg)) || arg[0] <= ' ' {
			return // the codec gives no such argument
		}
		var whole, left struct {
			RoomID any             `json:"roomId"`
			Data   json.RawMessage `json:"data"`
		}
		rest, value := split(json.RawMessage(arg), "data")
		wholeErr, leftErr := json.Unmarshal([]byte(arg), &whole), json.Unmarshal(rest, &left)
		if (wholeErr == nil) != (leftErr == nil) {
			t.Fatalf("%s is %s: %v, %v", arg, rest, wholeErr, leftErr)
		}
		if string(whole.Data) != string(value) || left.Data != nil {
			t.Errorf("%s has %s, want %s; left is %s", arg, value, whole.Data, rest)
		}
		if a, b := encode(whole.RoomID), encode(left.RoomID); string(a) != string(b) {
			t.Errorf("%s is left with %s, want %s", arg, b, a)
		}
	})
}

func BenchmarkParseEmit(b *testing.B) {
	for name, data := range map[string]string{"short": `{"x":1,"y":2}`, "long": "[0" + strings.Repeat(",0", 400_000) + "]"} {
		b.Run(name, func(b *testing.B) {
			e := socketio.Event{Args: []json.RawMessage{json.RawMessage(`{"roomId":"r","event":"e","data":` + data + `}`)}}
			for b.Loop() {
				if _, err := parseEmit(nil, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
