package socketio

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestCheckPlaceholders(t *testing.T) {
	const zero = `{"_placeholder":true,"num":0}`
	for _, test := range []struct {
		name  string
		text  string
		count int
		right bool
	}{
		{"none", `["x",1,{"a":[null,"_placeholder"]}]`, 1, true},
		{"in range", `["x",` + zero + `,{"_placeholder":true,"num":1}]`, 2, true},
		{"the same twice", `["x",` + zero + `,` + zero + `]`, 1, true},
		{"deep", `["x",{"a":[{"b":[[` + zero + `]]}]}]`, 1, true},
		{"other keys", `["x",{"num":0,"z":[1],"_placeholder":true}]`, 1, true},
		{"blanks", "[ \"x\" , { \"_placeholder\" :\ttrue ,\n\"num\" : 0 } ]", 1, true},
		{"escaped keys", `["x",{"\u005fplaceholder":true,"n\u0075m":0}]`, 1, true},
		{"1.0 is 1", `["x",{"_placeholder":true,"num":1.0}]`, 2, true},
		{"1e0 is 1", `["x",{"_placeholder":true,"num":1e0}]`, 2, true},
		{"-0 is 0", `["x",{"_placeholder":true,"num":-0}]`, 1, true},
		{"false is no placeholder", `["x",{"_placeholder":false,"num":9}]`, 1, true},
		{"1 is not true", `["x",{"_placeholder":1,"num":9}]`, 1, true},
		{"another case", `["x",{"_Placeholder":true,"num":9}]`, 1, true},
		{"num the last wins", `["x",{"_placeholder":true,"num":9,"num":0}]`, 1, true},
		{"mark the last wins", `["x",{"_placeholder":true,"_placeholder":null,"num":9}]`, 1, true},

		{"out of range", `["x",{"_placeholder":true,"num":1}]`, 1, false},
		{"negative", `["x",{"_placeholder":true,"num":-1}]`, 1, false},
		{"fraction", `["x",{"_placeholder":true,"num":0.5}]`, 1, false},
		{"huge", `["x",{"_placeholder":true,"num":1e999}]`, 1, false},
		{"string", `["x",{"_placeholder":true,"num":"0"}]`, 1, false},
		{"null", `["x",{"_placeholder":true,"num":null}]`, 1, false},
		{"no num", `["x",{"_placeholder":true}]`, 1, false},
		{"num of another case", `["x",{"_placeholder":true,"Num":0}]`, 1, false},
		{"deep and wrong", `["x",{"a":[{"b":{"_placeholder":true,"num":1}}]}]`, 1, false},
		{"in a key of JavaScript's own", `["x",{"__proto__":{"_placeholder":true,"num":1}}]`, 1, false},
		{"escaped and wrong", `["x",{"\u005fplaceholder":true,"num":1}]`, 1, false},
		{"the last is wrong", `["x",{"_placeholder":true,"num":0,"num":9}]`, 1, false},
		{"the last mark counts", `["x",{"_placeholder":false,"_placeholder":true,"num":9}]`, 1, false},
		{"hidden and wrong", `["x",{"a":{"_placeholder":true,"num":9},"a":1}]`, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !json.Valid([]byte(test.text)) {
				t.Fatal("the test's text is not JSON")
			}
			if err := checkPlaceholders([]byte(test.text), test.count, noRest); (err == nil) != test.right {
				t.Errorf("%s with %d attachments: error %v, want right = %v", test.text, test.count, err, test.right)
			}
		})
	}
}

// The walk over raw text agrees with a walk over what the standard library decodes, but that it
// also looks at values which a repeated key hides: there it may be stricter, and never laxer.
func FuzzCheckPlaceholders(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte, count uint8) {
		if _, err := scanJSON(text, noRest); err != nil {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var value any
		if err := decoder.Decode(&value); err != nil {
			t.Fatal(err)
		}
		want := placeholdersRight(value, int(count))
		got := checkPlaceholders(text, int(count), noRest) == nil
		if got && !want {
			t.Fatalf("%q with %d attachments is wrong and passes", text, count)
		}
		if want && !got && countKeys(value) == countKeysOf(t, text) {
			t.Fatalf("%q with %d attachments is right and doesn't pass", text, count)
		}
	})
}

func placeholdersRight(value any, count int) bool {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			if !placeholdersRight(element, count) {
				return false
			}
		}
	case map[string]any:
		for _, member := range value {
			if !placeholdersRight(member, count) {
				return false
			}
		}
		if value["_placeholder"] == true {
			number, _ := value["num"].(json.Number)
			n, err := number.Float64()
			return err == nil && n >= 0 && n < float64(count) && n == float64(int(n))
		}
	}
	return true
}

// countKeys counts the keys that survived decoding.
func countKeys(value any) int {
	n := 0
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			n += countKeys(element)
		}
	case map[string]any:
		for _, member := range value {
			n += 1 + countKeys(member)
		}
	}
	return n
}

// countKeysOf counts the keys that the text has, the repeated ones included: every colon outside
// of strings follows one.
func countKeysOf(t *testing.T, text []byte) int {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, inString := 0, false; i < compact.Len(); i++ {
		switch c := compact.Bytes()[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case c == ':' && !inString:
			n++
		}
	}
	return n
}
