package gateway

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// What is plain, and is so read without the general decoder.
func TestPlainJoin(t *testing.T) {
	for argument, want := range map[string]bool{
		`"a"`:                                 true,
		`"größe"`:                             true,
		`""`:                                  true,
		`{"roomId":"a"}`:                      true,
		`{"roomId":"a","password":"secret"}`:  true,
		`"a" `:                                false,
		`"a\u0062"`:                           false,
		`7`:                                   false,
		``:                                    false,
		`{}`:                                  false,
		`{"roomId":"a",}`:                     false,
		`{"roomId":"a","since":null}`:         false,
		`{"roomId":"a","password":null}`:      false,
		`{"roomId":"a","PASSWORD":"a"}`:       false,
		`{"roomId":"a","since":{"epoch":""}}`: false,
	} {
		if _, plain := plainJoin([]byte(argument)); plain != want {
			t.Errorf("%s: plain %t, want %t", argument, plain, want)
		}
	}
}

// FuzzPlainJoin: what is read without the general decoder is what that reads.
func FuzzPlainJoin(f *testing.F) {
	for _, argument := range []string{
		`"a"`, `{"roomId":"a"}`, `{"roomId":"a","password":"b","roomId":"c"}`, `{"roomId":"a","since":{"epoch":"e","seq":1}}`, `{"roomId":7}`,
	} {
		f.Add([]byte(argument))
	}
	f.Fuzz(func(t *testing.T, argument []byte) {
		got, plain := plainJoin(argument)
		if !plain {
			return
		}
		want, err := decodeJoin(argument)
		if err != nil || !utf8.Valid(argument) || !json.Valid(argument) {
			t.Fatalf("%q is plain, but not valid: %v", argument, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, want %+v", argument, got, want)
		}
	})
}
