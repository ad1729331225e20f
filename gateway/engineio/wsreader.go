package engineio

import (
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// A frameReader reads a client's WebSocket frames (RFC 6455, 5) and puts
// fragmented messages together. It belongs to the connection's reader.
type frameReader struct {
	// static after construction
	source          frameSource
	messageBytesMax int

	pace *pace

	// owned by the reader
	header   [ws.MaxHeaderSize]byte
	opcode   ws.OpCode // of the message under way; 0: none is
	message  []byte    // the payload of the message under way
	fragment bool      // a part of the message under way has been read
}

// A frameSource knows how much of what it reads has arrived already.
type frameSource interface {
	io.Reader
	buffered() int
}

var (
	errMessageTooLarge = &violation{ReasonPayloadTooLarge, "message exceeds the maximum payload"}
	errCloseBody       = &violation{ReasonParseError, "bad close frame"}
)

// next returns the next message or control frame. The payload is the caller's
// to keep. An error of the client's making is a *violation; after any error
// there is nothing more to read.
func (r *frameReader) next() (ws.OpCode, []byte, error) {
	for {
		header, err := r.readHeader()
		if err != nil {
			return 0, nil, err
		}
		r.pace.step(packetCost(min(header.Length, int64(r.messageBytesMax))))
		if header.OpCode.IsControl() {
			payload, err := r.readPayload(nil, int(header.Length), header.Mask)
			return header.OpCode, payload, err
		}
		if header.Length > int64(r.messageBytesMax-len(r.message)) {
			return 0, nil, errMessageTooLarge
		}
		r.message, err = r.readPayload(r.message, int(header.Length), header.Mask)
		if err != nil {
			return 0, nil, err
		}
		if !r.fragment {
			r.opcode = header.OpCode
		}
		if r.fragment = !header.Fin; header.Fin {
			return r.finish()
		}
	}
}

// finish hands over the message under way.
func (r *frameReader) finish() (ws.OpCode, []byte, error) {
	opcode, message := r.opcode, r.message
	r.opcode, r.message = 0, nil
	if opcode == ws.OpText && !utf8.Valid(message) {
		return 0, nil, errUTF8
	}
	return opcode, message, nil
}

func (r *frameReader) readHeader() (ws.Header, error) {
	header, err := ws.ReadHeaderBuffer(r.source, r.header[:])
	if errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
		return header, &violation{ReasonParseError, err.Error()}
	}
	if err != nil {
		return header, err
	}
	state := ws.StateServerSide
	if r.fragment {
		state = state.Set(ws.StateFragmented)
	}
	if err := ws.CheckHeader(header, state); err != nil {
		return header, &violation{ReasonParseError, err.Error()}
	}
	return header, nil
}

// readPayload appends n unmasked bytes to dst. It makes room only for about
// as much again as has arrived: an announced length alone costs nothing.
func (r *frameReader) readPayload(dst []byte, n int, mask [4]byte) ([]byte, error) {
	begin, end := len(dst), len(dst)+n
	for len(dst) < end {
		step := max(r.source.buffered(), payloadStepBytes, len(dst))
		step = min(step, end-len(dst))
		dst = slices.Grow(dst, step)
		room := dst[len(dst) : len(dst)+step]
		if _, err := io.ReadFull(r.source, room); err != nil {
			return nil, err
		}
		dst = dst[:len(dst)+step]
	}
	ws.Cipher(dst[begin:], mask, 0)
	return dst, nil
}

// checkCloseBody checks what a close frame says (RFC 6455, 7.4).
func checkCloseBody(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	code, text := ws.ParseCloseFrameData(body)
	err := ws.CheckCloseFrameData(code, text)
	switch {
	case err == ws.ErrProtocolInvalidUTF8:
		return errUTF8
	case err != nil || code > ws.StatusRangePrivate.Max:
		return errCloseBody
	}
	return nil
}
