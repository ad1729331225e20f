// Package actors runs rooms, users' accounts and connections as supervised
// actors, and carries what happens in a room to everyone inside.
//
// Nouns: a Node is all of it in one process; a Connection is the handle of
// one client's connection, with its actor behind it; a region holds the map
// of shards and routes a room or an account to its shard by its key; a shard
// supervises the rooms and accounts whose keys hash to it; a relay holds the
// subscribers of rooms and fans their events out; an account is what spans
// one user's connections, and an errand a command to it; the directory answers
// which rooms there are and tells watchers what changes among the public ones; a
// room is at rest when it is stored and not in memory; a membership is a user's lasting relation to a persistent room,
// as it is stored; the journal commits what rooms and accounts want stored, in
// groups; an outbox is a connection's bounded queue to its transport, given by
// the caller; a stream is a sequence of events that connections are told, and a
// trail how the streams interleaved for one of them, for a client that comes back.
//
// The actors are thin: the rules of a room are in package room, those of an
// account in package user, what lasts is in package persistence. DESIGN.md
// beside this file says how they work together and what can fail.
//
// Promises: a room has one order, and everyone inside sees its events in that
// order, each once; a command's reply comes before the events that it caused,
// and a join's reply before the first event after it; commands of one
// connection to one room take effect in the order they were given; every
// command is answered exactly once, with "unavailable" when its deadline has
// passed; of what is to last, nothing is answered or told before it is on disk;
// a connection is told once which rooms there are, before anything that changes
// among them; a contact's presence, and the list of a user's own rooms, come out
// right once everything is at rest.
// Not promised: that a command answered with "unavailable" had no effect, and
// any answer to a connection that has ended.
package actors
