package bench

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// What a server may not answer to a poll or a POST. Each ends the connection.
var (
	errResponseInvalid  = errors.New("not an HTTP/1.1 response")
	errResponseChunked  = errors.New("response without Content-Length: not supported by this client")
	errResponseTooLarge = errors.New("response larger than the client's limit")
)

// response is one HTTP response. Its body is part of the bytes it was split
// from.
type response struct {
	status int
	body   []byte
	last   bool // the server closes the socket after it
}

var headEnd = []byte("\r\n\r\n")

// nextResponse splits the first response off data. A size of 0 means that more
// bytes are needed.
//
// It is written out here for the reason that nextFrame is: it runs once a
// delivery, on bytes already read, without an allocation.
func nextResponse(data []byte) (r response, size int, err error) {
	end := bytes.Index(data[:min(len(data), headBytesMax)], headEnd)
	if end < 0 {
		if len(data) >= headBytesMax {
			return response{}, 0, errResponseInvalid
		}
		return response{}, 0, nil
	}
	line, fields, _ := bytes.Cut(data[:end], headEnd[:2])
	version, rest, _ := bytes.Cut(line, []byte(" "))
	status, digits := leadingNumber(rest)
	if !bytes.HasPrefix(version, []byte("HTTP/1.")) || digits != 3 {
		return response{}, 0, errResponseInvalid
	}
	r = response{status: int(status), last: !bytes.Equal(version, []byte("HTTP/1.1"))}
	length, err := r.header(fields)
	if err != nil {
		return response{}, 0, err
	}
	body := end + len(headEnd)
	if size = body + length; len(data) < size {
		return response{}, 0, nil
	}
	r.body = data[body:size:size]
	return r, size, nil
}

// header reads what matters of a response's head, and returns its body's length.
func (r *response) header(fields []byte) (length int, err error) {
	length = -1
	for len(fields) > 0 {
		var field []byte
		field, fields, _ = bytes.Cut(fields, headEnd[:2])
		name, value, _ := bytes.Cut(field, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			number, err := strconv.ParseUint(string(value), 10, 32)
			if err != nil {
				return 0, errResponseInvalid
			}
			if number > frameBytesMax {
				return 0, errResponseTooLarge
			}
			length = int(number)
		case bytes.EqualFold(name, []byte("Connection")):
			r.last = r.last || bytes.EqualFold(value, []byte("close"))
		}
	}
	if length < 0 {
		return 0, errResponseChunked
	}
	return length, nil
}

// check is an error unless the response is a good one.
func (r response) check() error {
	if r.status != 200 {
		return fmt.Errorf("%w: status %d %.200s", errServerClosed, r.status, r.body)
	}
	return nil
}
