package gateway

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReadCredentials(t *testing.T) {
	is := func(text string) optionalString { return optionalString{text: text, given: true} }
	wrong := optionalString{wrong: true}
	for auth, want := range map[string]credentials{
		``:                                 {},
		`{}`:                               {},
		`{"pid":"p","offset":"o"}`:         {PID: is("p"), Offset: is("o")},
		`{"pid":"p"}`:                      {PID: is("p")},
		`{"pid":7,"offset":{}}`:            {PID: wrong, Offset: wrong},
		`{"pid":null,"offset":["o"]}`:      {Offset: wrong},
		`{"token":"","other":[{"a":1}]}`:   {Token: is("")},
		`{"token":true,"userId":"anna"}`:   {Token: wrong, UserID: is("anna")},
		`{"username":"\u0041nna \"A\" Ü"}`: {Username: is(`Anna "A" Ü`)},
		"{\"username\":\"\xff\"}":          {Username: is("\ufffd")},
		`{"username":"a","username":null}`: {},
		`[]`:                               {Token: wrong},
		`{`:                                {Token: wrong},
	} {
		if got := readCredentials(json.RawMessage(auth)); got != want {
			t.Errorf("%s: %+v", auth, got)
		}
	}
}

// FuzzPlainCredentials: what is read without the general decoder is what that reads.
func FuzzPlainCredentials(f *testing.F) {
	for _, auth := range []string{
		`{"userId":"anna","username":"Änna"}`, `{"token":"t","pid":"p","offset":"o","token":""}`, `{"pid":null}`, `{"a":"b"}`, `{}`,
	} {
		f.Add([]byte(auth))
	}
	f.Fuzz(func(t *testing.T, auth []byte) {
		got, plain := plainCredentials(auth)
		if !plain {
			return
		}
		if want := decodeCredentials(auth); got != want || !json.Valid(auth) {
			t.Fatalf("%q: %+v, want %+v", auth, got, want)
		}
	})
}

// What a new client sends in development mode, and one that comes back, is plain.
func TestPlainCredentials(t *testing.T) {
	for _, auth := range []string{`{"userId":"anna","username":"Änna"}`, `{"token":"a.b.c"}`, `{"token":"t","pid":"p","offset":"o"}`} {
		if _, plain := plainCredentials([]byte(auth)); !plain {
			t.Errorf("%s is not plain", auth)
		}
	}
}

func TestOptionalStringWithin(t *testing.T) {
	long := strings.Repeat("x", pidLengthMax)
	if got := (optionalString{text: long, given: true}).within(pidLengthMax); got != long {
		t.Errorf("what is just short enough: %q", got)
	}
	if got := (optionalString{text: long + "x", given: true}).within(pidLengthMax); got != "" {
		t.Errorf("what is too long: %q", got)
	}
	if got := (optionalString{wrong: true}).within(pidLengthMax); got != "" {
		t.Errorf("what is no string: %q", got)
	}
}

// BenchmarkReadCredentials is of what a new client sends in development mode.
func BenchmarkReadCredentials(b *testing.B) {
	auth := json.RawMessage(`{"userId":"bench-00001","username":"bench-00001"}`)
	b.ReportAllocs()
	for b.Loop() {
		if c := readCredentials(auth); c.UserID.text == "" {
			b.Fatal("no user")
		}
	}
}
