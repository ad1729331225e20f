package engineio

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/gobwas/ws"
)

// A Reason names why a session ended. Reasons are compared with ==; the
// protocol above makes its own.
type Reason struct {
	// Name is a few plain words, at most 123 bytes.
	Name string
	// CloseCode is the status in a WebSocket close frame (RFC 6455, 7.4); zero
	// stands for 1000.
	CloseCode int
}

// String returns the reason's name.
func (r Reason) String() string { return r.Name }

// The reasons this package itself ends sessions with.
var (
	// ReasonTransportClose: the client closed the session or its connection.
	ReasonTransportClose = Reason{"transport close", 1000}
	// ReasonTransportError: the connection failed, or the client's HTTP
	// requests broke the rules of polling.
	ReasonTransportError = Reason{"transport error", 1002}
	// ReasonPingTimeout: no pong in time.
	ReasonPingTimeout = Reason{"ping timeout", 1008}
	// ReasonParseError: a packet or a WebSocket frame broke the protocol.
	ReasonParseError = Reason{"parse error", 1002}
	// ReasonInvalidUTF8: a text was not UTF-8.
	ReasonInvalidUTF8 = Reason{"invalid utf-8", 1007}
	// ReasonPayloadTooLarge: a message on a WebSocket exceeded PayloadBytesMax.
	ReasonPayloadTooLarge = Reason{"payload too large", 1009}
	// ReasonSlowConsumer: the client read too slowly for its outbox.
	ReasonSlowConsumer = Reason{"slow consumer", 1008}
	// ReasonForcedClose: the application closed the session.
	ReasonForcedClose = Reason{"forced close", 1000}
	// ReasonServerShutdown: the server is going away.
	ReasonServerShutdown = Reason{"server shutdown", 1001}
)

// Reasons returns all reasons that this package ends sessions with.
func Reasons() []Reason {
	return []Reason{
		ReasonTransportClose, ReasonTransportError, ReasonPingTimeout, ReasonParseError, ReasonInvalidUTF8,
		ReasonPayloadTooLarge, ReasonSlowConsumer, ReasonForcedClose, ReasonServerShutdown,
	}
}

// The reasons a WebSocket that was offered for an upgrade is closed with. The
// session it was meant for goes on.
var (
	reasonUpgradeRefused = Reason{"upgrade refused", 1008}
	reasonUpgradeTimeout = Reason{"upgrade timeout", 1008}
)

// A violation is a breach of the protocol by the client. It names the reason
// its session ends with.
type violation struct {
	reason Reason
	detail string
}

func (v *violation) Error() string { return fmt.Sprintf("%s: %s", v.reason, v.detail) }

// reasonOf is the reason a session ends with because of err.
func reasonOf(err error) Reason {
	var v *violation
	switch {
	case errors.As(err, &v):
		return v.reason
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return ReasonTransportClose
	}
	return ReasonTransportError
}

// closeFrame is the WebSocket close frame that gives the reason.
func closeFrame(reason Reason) *Frame {
	code := cmp.Or(ws.StatusCode(reason.CloseCode), ws.StatusNormalClosure)
	body := ws.NewCloseFrameBody(code, reason.Name)
	return controlFrame(ws.OpClose, body)
}
