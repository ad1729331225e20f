package main

import (
	"roomd/actors"
	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/gateway"
	"roomd/gateway/engineio"
)

// The types below let the actors and the gateway, which don't know each other,
// meet: each has declared what it needs.

// gatewayNode is the actors' node as the gateway wants it.
type gatewayNode struct{ node *actors.Node }

func (n gatewayNode) Connect(user room.User, id room.ConnectionID, out gateway.Outbox) (gateway.Connection, error) {
	c, err := n.node.Connect(user, id, outbox{out})
	if err != nil {
		return nil, err // not c: a nil pointer would be a Connection that isn't nil
	}
	return connection{c}, nil
}

func (n gatewayNode) Resume(
	user room.User, pid, offset string, out gateway.Outbox,
	admit func(id room.ConnectionID, missed []*engineio.Frame),
) gateway.Connection {
	admitFrames := func(id room.ConnectionID, missed []actors.Frame) { admit(id, engineFrames(missed)) }
	if c := n.node.Resume(user, pid, offset, outbox{out}, admitFrames); c != nil {
		return connection{c}
	}
	return nil
}

func (n gatewayNode) HashPassword(origin, password string) (string, error) {
	return n.node.HashPassword(origin, password)
}

func (n gatewayNode) NewRoomID() string { return actors.NewRoomID() }

func (n gatewayNode) DirectRoomID(a, b string) string { return n.node.DirectRoomID(a, b) }

// connection is a connection as the gateway wants it.
type connection struct{ *actors.Connection }

func (c connection) Tell(encode func(offset string) *engineio.Frame) {
	c.Connection.Tell(func(offset string) actors.Frame { return encode(offset) })
}

func (c connection) Confirm(out gateway.Outbox) { c.Connection.Confirm(outbox{out}) }
func (c connection) Detach(out gateway.Outbox)  { c.Connection.Detach(outbox{out}) }
func (c connection) Quit(out gateway.Outbox)    { c.Connection.Quit(outbox{out}) }

// outbox is the gateway's outbox as the actors want it. Every frame that they
// have comes from the encoder below.
type outbox struct{ gateway gateway.Outbox }

func (o outbox) Offer(f actors.Frame) { o.gateway.Offer(f.(*engineio.Frame)) }
func (o outbox) OfferVolatile(f actors.Frame) (sent bool) {
	return o.gateway.OfferVolatile(f.(*engineio.Frame))
}
func (o outbox) Hold()              { o.gateway.Hold() }
func (o outbox) Release()           { o.gateway.Release() }
func (o outbox) Owe(deliveries int) { o.gateway.Owe(deliveries) }
func (o outbox) Origin() string     { return o.gateway.Origin() }
func (o outbox) CloseTransport(why actors.Why) {
	o.gateway.CloseTransport(reasonOf(why))
}

// reasonOf is a reason of the node's as clients, the log and the metrics have it.
func reasonOf(why actors.Why) engineio.Reason {
	return engineio.Reason{Name: string(why), CloseCode: closeCode(why)}
}

// closeCode returns a reason's status in a WebSocket's close frame (RFC 6455,
// 7.4.1): 1008 where it is the server's will, 1011 where it is its fault.
func closeCode(why actors.Why) int {
	switch why {
	case actors.WhyTooManyConnections, actors.WhyAdmin, actors.WhyTakenOver:
		return 1008
	}
	return 1011
}

// encoder is the gateway's table of events as the actors want it.
type encoder struct{}

func (encoder) RoomEvent(roomID string, e room.Event, offset string) (actors.Frame, bool) {
	f := gateway.EncodeRoomEvent(roomID, e, offset)
	return f, f != nil
}

func (encoder) Notice(n user.Notice, offset string) actors.Frame {
	return gateway.EncodeNotice(n, offset)
}

func (encoder) DirectoryEvent(e room.DirectoryEvent, nextOffset func() string) []actors.Frame {
	encoded := gateway.EncodeDirectoryEvent(e, nextOffset)
	frames := make([]actors.Frame, len(encoded))
	for i, f := range encoded {
		frames[i] = f
	}
	return frames
}

func (encoder) Join(frames []actors.Frame) actors.Frame {
	return engineio.JoinFrames(engineFrames(frames))
}

// frameCodec stores the frames of the encoder.
type frameCodec struct{}

func (frameCodec) Bytes(f actors.Frame) []byte { return f.(*engineio.Frame).Wire() }

func (frameCodec) Frame(bytes []byte) (actors.Frame, error) {
	f, err := engineio.FrameOf(bytes)
	if err != nil {
		return nil, err // not f: a nil pointer would be a Frame that isn't nil
	}
	return f, nil
}

func engineFrames(frames []actors.Frame) []*engineio.Frame {
	all := make([]*engineio.Frame, len(frames))
	for i, f := range frames {
		all[i] = f.(*engineio.Frame)
	}
	return all
}
