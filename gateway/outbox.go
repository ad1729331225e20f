package gateway

import (
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// Outbox is how a node reaches a client. Its methods never block, and may be
// called from several goroutines. It can be compared: each transport has its
// own. It is one pointer, to what a delivery needs next: an interface to the
// session, as the node would keep it, were two more looks at memory a delivery.
type Outbox struct{ socket *socketio.Socket }

// Offer sends a frame.
func (o Outbox) Offer(f *engineio.Frame) { o.socket.Send(f) }

// OfferVolatile sends a frame if it can go out at once, without waiting behind
// others.
func (o Outbox) OfferVolatile(f *engineio.Frame) (sent bool) { return o.socket.SendVolatile(f) }

// Hold has the next frame wait for the one behind it, or for Release.
func (o Outbox) Hold() { o.socket.Hold() }

// Release ends a Hold.
func (o Outbox) Release() { o.socket.Release() }

// Owe has the client's address pay for so many deliveries.
func (o Outbox) Owe(deliveries int) { o.socket.Owe(deliveries) }

// Origin stands for the client's address, as limits by address count it.
func (o Outbox) Origin() string {
	return engineio.AddressKey(o.socket.Handshake().ClientAddr).String()
}

// CloseTransport ends the client's transport, for a reason of the node's.
func (o Outbox) CloseTransport(reason engineio.Reason) { o.socket.CloseTransport(reason) }
