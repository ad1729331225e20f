// Package socketio is the server side of Socket.IO protocol 5 on top of package engineio. It
// knows packets, namespaces, acknowledgements and binary attachments, and nothing of rooms.
//
// # Nouns
//
//   - A packet is one Socket.IO message: a text, followed by its attachments if it is binary.
//   - A client is one Engine.IO session speaking Socket.IO.
//   - A namespace is a name that a client asks to be connected to; "/" is the main one.
//   - A [Socket] is one client in one namespace. Its id is public and random; the Engine.IO sid,
//     which is a secret, never leaves package engineio.
//   - An [Application] decides on each CONNECT and gives the socket its [Receiver].
//
// # A client's life
//
//	open ──▶ CONNECT ──▶ Application.Connect ──▶ CONNECT reply ──▶ Receiver.Connected
//	                                                                Receiver.Event …
//	                            client's or server's DISCONNECT, or the transport's end
//	                                                           ──▶ Receiver.Disconnected
//
// # Promises
//
//   - A client's packets are handled one at a time, in the order they came, on the goroutine that
//     read them. A receiver that blocks holds back that client alone.
//   - Every CONNECT is answered: with CONNECT, or with CONNECT_ERROR, also if the application panics.
//   - Once Connect returned a receiver, its Disconnected is called exactly once, after all else.
//   - Payloads are JSON text as it came: values are never decoded and encoded again. What reaches
//     the application is valid UTF-8, valid JSON of bounded depth, and its placeholders name
//     attachments that are there, so it can be relayed to any number of clients safely.
//   - A packet that the protocol forbids closes that client's transport with
//     engineio.ReasonParseError and costs no other client anything.
//   - A panic of the application closes that client's transport with [ReasonInternalError].
//
// It doesn't promise that what was sent has arrived: that is what acknowledgements are for.
//
// # Where it differs from the reference implementation
//
// The reference accepts blanks and exponents in numbers of a packet's header, and an event without
// a payload; here they are illegal, as the protocol says. It closes a client that still had an event
// on the way when the server disconnected its namespace; here that event is dropped. It waits for
// announced attachments forever; here attachmentsTimeout bounds that.
package socketio
