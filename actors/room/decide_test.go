package room

import "testing"

// TestNothingMatchesNoPassword: where there is no hash a verdict doesn't
// matter, whatever the host has made of the comparison with nothing.
func TestNothingMatchesNoPassword(t *testing.T) {
	r := newTestRoom(Settings{Private: true})
	d := r.do(requestOf("anna", 1, Join{Password: "x", Verdict: &Verdict{Matches: true}}))
	wantReply(t, d, CodeRoomPrivate)
}

// TestUnknownTypes: a command or event without a rule is a mistake in the
// program, not something to be passed over.
func TestUnknownTypes(t *testing.T) {
	type unknownCommand struct{ Leave }
	type unknownEvent struct{ Left }
	wantPanic(t, func() { newTestRoom(Settings{}).Decide(requestOf("creator", 1, unknownCommand{})) })
	wantPanic(t, func() { New("r").Apply(unknownEvent{}) })
}

func wantPanic(t *testing.T, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Error("did not panic")
		}
	}()
	f()
}
