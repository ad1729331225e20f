// Package gateway is the contract with clients: it turns Socket.IO packets into
// commands to rooms and users, and what these reply and tell into packets.
//
// Nouns: a Gateway is all of it, an http.Handler; a session is one client's
// Socket.IO connection to the main namespace; an order is a parsed command with
// where it goes; a Node is what runs the rooms, given by the caller. One table
// maps events from clients to commands (commands.go), one maps what rooms and
// users' accounts tell to packets (events.go), and one place turns every failure
// into the words and codes that clients see (replies.go).
//
// Promises: a command with an ack callback is answered in the ack, one without
// in events, never both; the identity in what others receive is that of the
// server's authentication; a client whose token narrows what it may do, or has
// ended, gets no further than that allows; commands beyond the limits never
// reach the node; payloads are relayed as the JSON text that they came in, white
// space apart. Not promised: anything about order or durability, which are the
// node's.
package gateway
