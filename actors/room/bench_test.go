package room

import (
	"fmt"
	"testing"
)

// BenchmarkSend is a message's way through the rules of a room of 1,000, with
// and without a name that has to be looked up among those that are kept.
func BenchmarkSend(b *testing.B) {
	for _, named := range []bool{false, true} {
		b.Run(either(named, "named", "nameless"), func(b *testing.B) {
			r := newTestRoom(Settings{})
			r.seat(999)
			requests := make([]Request, 2*historyEntriesMax) // so that a name is unknown when its turn comes again
			for i := range requests {
				requests[i] = requestOf("u500", 1, Send{Text: "hello, how are you?", ClientID: either(named, fmt.Sprint(i), "")})
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				r.do(requests[i%len(requests)])
			}
		})
	}
}

// BenchmarkJoinLeave is one user who comes into a room of 10,000 and goes.
func BenchmarkJoinLeave(b *testing.B) {
	for _, persistent := range []bool{false, true} {
		b.Run(either(persistent, "persistent", "ephemeral"), func(b *testing.B) {
			r := newTestRoom(Settings{Persistent: persistent})
			r.seat(9_999)
			join, leave := requestOf("anna", 1, Join{}), requestOf("anna", 1, Leave{})
			b.ReportAllocs()
			for b.Loop() {
				r.do(join)
				r.do(leave)
			}
		})
	}
}
