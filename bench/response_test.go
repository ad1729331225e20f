package bench

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestNextResponse(t *testing.T) {
	tests := []struct {
		name, data string
		want       response
	}{
		{"plain", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n4\"hi\"", response{status: 200, body: []byte(`4"hi"`)}},
		{"without reason or body", "HTTP/1.1 404\r\ncontent-length:0\r\n\r\n", response{status: 404}},
		{"the last", "HTTP/1.1 200 OK\r\nCONNECTION: Close\r\nX: Content-Length: 9\r\nContent-Length:  2 \r\n\r\nok", response{status: 200, body: []byte("ok"), last: true}},
		{"of an older server", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", response{status: 200, body: []byte("ok"), last: true}},
	}
	for _, test := range tests {
		data := []byte(test.data)
		got, size, err := nextResponse(append(bytes.Clone(data), "HTTP/1.1 200"...))
		if err != nil || size != len(data) || got.status != test.want.status || !bytes.Equal(got.body, test.want.body) || got.last != test.want.last {
			t.Errorf("%s: %+v, size %d, %v", test.name, got, size, err)
		}
		for cut := range data {
			if _, size, err := nextResponse(data[:cut]); size != 0 || err != nil {
				t.Errorf("%s: %d of %d bytes: size %d, %v; want to wait for more", test.name, cut, len(data), size, err)
			}
		}
	}
}

func TestNextResponseRefuses(t *testing.T) {
	long := "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", headBytesMax)
	tests := []struct {
		name, data string
		want       error
	}{
		{"something else", "SSH-2.0-x\r\n\r\n", errResponseInvalid},
		{"no status", "HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n", errResponseInvalid},
		{"no length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", errResponseChunked},
		{"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", errResponseInvalid},
		{"too large", fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", frameBytesMax+1), errResponseTooLarge},
		{"an endless head", long, errResponseInvalid},
	}
	for _, test := range tests {
		if _, _, err := nextResponse([]byte(test.data)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if _, size, err := nextResponse([]byte(long[:headBytesMax-1])); size != 0 || err != nil {
		t.Errorf("a head of headBytesMax-1: size %d, %v; want to wait for more", size, err)
	}
	if _, size, err := nextResponse(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", frameBytesMax)); size != 0 || err != nil {
		t.Errorf("frameBytesMax itself: size %d, %v; want to wait for more", size, err)
	}
}

func FuzzNextResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
	f.Add([]byte("HTTP/1.0 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, size, err := nextResponse(data)
		if err != nil || size == 0 {
			return
		}
		if size > len(data) || !bytes.HasSuffix(data[:size], r.body) {
			t.Fatalf("size %d of %d bytes, body of %d", size, len(data), len(r.body))
		}
		again, sizeAgain, err := nextResponse(data[:size]) // what follows says nothing about it
		if err != nil || sizeAgain != size || again.status != r.status || again.last != r.last || !bytes.Equal(again.body, r.body) {
			t.Fatalf("by itself: %+v, size %d, %v; was %+v, %d", again, sizeAgain, err, r, size)
		}
	})
}
