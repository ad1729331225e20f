// Package engineio is the server side of Engine.IO protocol 4: it carries
// messages between a client and a Receiver over HTTP long-polling, over a
// WebSocket, or over the first and then the second, and knows nothing of what
// the messages say.
//
// # Nouns
//
//   - A Session is one client, from its handshake to its close. Its sid is a
//     secret: whoever has it is the client. It is never logged.
//   - A transport is how the session talks at the moment: "polling" or
//     "websocket". An upgrade changes it once, from the first to the second,
//     with traffic flowing.
//   - A Message is text or binary. A Frame is an immutable run of messages,
//     encoded once and shared by all the sessions it is sent to.
//   - The outbox is a session's bounded queue of frames on their way out.
//   - A Receiver is the application's end of a session.
//   - A Reason names why a session ended: the same in the log, in the
//     WebSocket close frame and in the call of Receiver.Closed.
//
// # Promises
//
//   - Messages arrive in order, each once, in both directions, over an upgrade
//     too, as long as the session lives. What was under way when it ends may be
//     lost.
//   - Sending never blocks and never waits for a client. A client that reads
//     too slowly is closed with ReasonSlowConsumer.
//   - Everything a client can make the server keep is bounded (limits.go).
//     Bad input ends the session it came from, with a reason, and costs no other.
//   - A session that is silent for PingInterval + PingTimeout ends.
//   - Receiver.Closed is called once a session, after the last Receive.
//
// # Not promised
//
//   - A message that was sent is not known to have arrived: acknowledgements
//     are the business of the protocol above.
//   - The http.Server around it has to bound what comes before the handler: set
//     its ReadHeaderTimeout and MaxHeaderBytes. It must not set ReadTimeout,
//     which would end waiting polls.
//   - There is no permessage-deflate, no JSONP, no WebTransport and no EIO=3.
//
// # Locks
//
// A session's mu guards its state and is taken before the server's mu, never
// the other way round. No network call that could block is made under it, and
// nothing of the application's is called. That is done by whoever has taken the
// session's receiver, one goroutine at a time.
package engineio
