// Package bench measures chat servers from outside, over the real protocol:
// Socket.IO 5 on a WebSocket.
//
// Its nouns: a Target is something to measure, a Server a running target; a
// Scenario is one load on one server, and gives a Result; a Plan runs a
// scenario on its targets in turn, round after round, and gives a Report. A
// message is what one sender sends, a delivery is that message at one member.
//
// It promises:
//   - Every delivery is checked by every member: none missing, none twice, one
//     order for all.
//   - Latency is from the time a message was due, not from when a busy client
//     got around to sending it (no coordinated omission).
//   - The server's CPU is the operating system's own accounting of its process.
//   - Every wait is bounded (limits.go), and no process that a plan started
//     outlives it.
//
// It does not promise figures that compare between machines or runs: only the
// ratio to the floor (package floor) within one run means something. CPU and
// memory are read on Linux only. It shares no code with the servers it
// measures.
package bench
