package socketio

import "roomd/gateway/engineio"

// A Reason names why a socket ended: one of package engineio's, of those below, or of the
// application's own, given to Socket.CloseTransport. The same name goes to receivers and logs.
type Reason = engineio.Reason

// Reasons that end one socket and leave the transport open.
var (
	ReasonClientDisconnect = Reason{Name: "client namespace disconnect", CloseCode: 1000}
	ReasonServerDisconnect = Reason{Name: "server namespace disconnect", CloseCode: 1000}
)

// Reasons that this package closes transports with, beside engineio.ReasonParseError. The close
// codes: 1008 a policy was broken, 1011 the server failed.
var (
	ReasonConnectTimeout     = Reason{Name: "connect timeout", CloseCode: 1008}
	ReasonAttachmentsTimeout = Reason{Name: "attachments timeout", CloseCode: 1008}
	ReasonInternalError      = Reason{Name: "internal error", CloseCode: 1011}
)

// Reasons returns all reasons that transports end with, of this package and of the one below.
func Reasons() []Reason {
	return append(engineio.Reasons(), ReasonConnectTimeout, ReasonAttachmentsTimeout, ReasonInternalError)
}
