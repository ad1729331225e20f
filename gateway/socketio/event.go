package socketio

import "encoding/json"

// An Event is what a client emitted. All of it is the receiver's to keep, and to be read only.
type Event struct {
	// Name is never a ReservedEvent. A name that came as a number is that number's text.
	Name string
	// Args are the arguments as JSON text, unaltered, with {"_placeholder":true,"num":n} where
	// an attachment belongs. Every placeholder, at any depth, has its attachment.
	Args []json.RawMessage
	// Attachments are the binary arguments, at most 10; nil for an event without.
	Attachments [][]byte

	ackID     uint64
	ackWanted bool
}

// AckID returns the id to answer with, see [EncodeAck], if the client wants an answer. Answer once:
// the server doesn't remember what was answered, and a stock client ignores a second answer.
func (e Event) AckID() (id uint64, wanted bool) { return e.ackID, e.ackWanted }
