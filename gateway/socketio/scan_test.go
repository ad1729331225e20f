package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// FuzzScanJSON: what the scan accepts is what the standard library does, within the bounds, and its
// elements are those that are decoded.
func FuzzScanJSON(f *testing.F) {
	for _, text := range []string{
		`["x",{"a":[null,true,false,-0.5e+7]}]`, "[ 1 ,\t2\r\n]", `{"a":{},"b":[]}`, `"\u00e9\n\""`, `[]`, `1`,
		"\"\x7f\"", "\"\x1f\"", `[1,]`, `{"a":1,}`, `{"a"}`, `{1:2}`, `[01]`, `-`, `1.`, `1e`, `"\u12g4"`, `tru`, `[1}`, `"`, `"\`, ``,
		` `, `1 1`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := scanJSON(text, noRest)
		if errors.Is(err, errDepth) || errors.Is(err, errArgCount) {
			return // it may be wrong behind that
		}
		if (err == nil) != json.Valid(text) {
			t.Fatalf("%q: error %v, json.Valid says %v", text, err, json.Valid(text))
		}
		if err != nil || firstByte(text) != '[' {
			return
		}
		var want []json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("%q: element %d is %q, want %q", text, i, got[i], want[i])
			}
		}
	})
}

// noRest is for those who decode what nobody else waits for.
func noRest() {}

// TestDecodeRests: behind every restValues values of each pass, however they are nested. A binary
// packet has two: the second looks for placeholders.
func TestDecodeRests(t *testing.T) {
	for _, values := range []int{4, restValues - 1, restValues, 2*restValues - 1, 2 * restValues, 8 * restValues} {
		for _, tt := range []struct {
			before, after string
			values        int // with the array, beside what is inside of it
			passes        int
		}{
			{`2["x",`, `]`, 2, 1},
			{`2["x",{"a":`, `}]`, 3, 1},
			{`0{"a":`, `}`, 2, 1},
			{`51-["x",`, `]`, 2, 2},
		} {
			inside := values - tt.values
			whole := 0 // the array of all is a value to the second pass only
			if tt.passes == 2 {
				whole = (values + 1) / restValues
			}
			rests := 0
			text := tt.before + wideArray(inside) + tt.after
			if _, err := decodePacket([]byte(text), func() { rests++ }); err != nil {
				t.Fatal(err)
			}
			if want := values/restValues + whole; rests != want {
				t.Errorf("%s…%s of %d values: %d rests, want %d", tt.before, tt.after, values, rests, want)
			}
		}
	}
}

// wideArray is an array of so many values, one at least.
func wideArray(values int) string { return "[0" + strings.Repeat(",0", values-1) + "]" }

// TestScanJSONBounds: the bounds to the element, and what is far over them costs no more than what is
// just over: the rest isn't looked at, or its mistake would be seen.
func TestScanJSONBounds(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }
	objects := func(depth int) string { return strings.Repeat(`{"":`, depth) + "0" + strings.Repeat("}", depth) }
	wide := func(elements int) string { return "[" + strings.Repeat("0,", elements-1) + "0]" }
	for _, test := range []struct {
		name string
		text string
		want error
	}{
		{"as deep as may be", nested(depthMax), nil},
		{"objects as deep as may be", objects(depthMax), nil},
		{"too deep", nested(depthMax + 1), errDepth},
		{"objects too deep", objects(depthMax + 1), errDepth},
		{"too deep, then wrong", strings.Repeat("[", depthMax+1) + "!", errDepth},
		{"as wide as may be", wide(argsMax), nil},
		{"too wide", wide(argsMax + 1), errArgCount},
		{"too wide, then wrong", "[" + strings.Repeat("0,", argsMax) + "!", errArgCount},
		{"wide inside", "[" + wide(10*argsMax) + "]", nil},
		{"wrong, then too deep", "[!" + nested(depthMax+1), errJSON},
	} {
		t.Run(test.name, func(t *testing.T) {
			elements, err := scanJSON([]byte(test.text), noRest)
			if err != test.want {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if err != nil && elements != nil {
				t.Errorf("%d elements beside the error", len(elements))
			}
		})
	}
}

// BenchmarkScanJSON is beside what the standard library takes for the same text.
func BenchmarkScanJSON(b *testing.B) {
	for name, text := range map[string]string{
		"message": `["sendMessage",{"roomId":"crowd-1","text":"` + strings.Repeat("hello there ", 20) + `"}]`,
		"numbers": `["emitToRoom",{"data":[0` + strings.Repeat(",0", 400_000) + `]}]`,
		"text":    `["emitToRoom",{"data":"` + strings.Repeat("x", 800_000) + `"}]`,
	} {
		for kind, check := range map[string]func(text []byte) bool{
			"scan":    func(text []byte) bool { _, err := scanJSON(text, noRest); return err == nil },
			"library": json.Valid,
		} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					if !check([]byte(text)) {
						b.Fatal("not valid")
					}
				}
			})
		}
	}
}
