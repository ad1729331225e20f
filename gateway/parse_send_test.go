package gateway

import (
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

// What is plain, and is so read without the general decoder.
func TestPlainSend(t *testing.T) {
	for argument, want := range map[string]bool{
		`{"roomId":"a","text":"hello"}`:                          true,
		`{"text":"grüß dich, 世界 🎉","roomId":"a","clientId":"1"}`: true,
		`{"roomId":"a","text":"","clientId":""}`:                 true,
		`{"text":"one","text":"two"}`:                            true,
		`{}`:                                                     false,
		`{"roomId":"a","text":"a \"quote\""}`:                    false,
		`{"roomId":"a", "text":"a blank"}`:                       false,
		`{"roomId":"a","text":"hello","attachments":[]}`:         false,
		`{"roomId":"a","text":"hello","clientId":null}`:          false,
		`{"roomID":"a","text":"keys differ in case"}`:            false,
		`{"roomId":"a","text":"hello",}`:                         false,
		`{"roomId":"a","text":"hello"`:                           false,
		`{"roomId":"a","text":"hello"}}`:                         false,
		`{"roomId"}`:                                             false,
		`{"roomId":}`:                                            false,
		`{`:                                                      false,
		`{"`:                                                     false,
		"{\"roomId\":\"a\",\"text\":\"\xff\"}":                   false,
		"{\"roomId\":\"a\",\"text\":\"a line\n\"}":               false,
	} {
		if _, plain := plainSend([]byte(argument)); plain != want {
			t.Errorf("%s: plain %t, want %t", argument, plain, want)
		}
	}
}

// FuzzPlainSend: what is read without the general decoder is what that reads.
func FuzzPlainSend(f *testing.F) {
	for _, argument := range []string{
		`{"roomId":"a","text":"hello","clientId":"1"}`, `{"text":"grüße","text":"\u2028"}`, `{"roomId":"a","text":7}`, `{"a":"b"}`,
	} {
		f.Add([]byte(argument))
	}
	f.Fuzz(func(t *testing.T, argument []byte) {
		got, plain := plainSend(argument)
		if !plain {
			return
		}
		want, err := decodeSend(argument)
		if err != nil || !utf8.Valid(argument) || !json.Valid(argument) {
			t.Fatalf("%q is plain, but not valid: %v", argument, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %+v, want %+v", argument, got, want)
		}
	})
}
