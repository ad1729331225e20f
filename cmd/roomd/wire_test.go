package main

import (
	"testing"

	"roomd/actors"
)

func TestCloseCodes(t *testing.T) {
	for why, want := range map[actors.Why]int{
		actors.WhyInternal: 1011, actors.WhyRoomFailed: 1011, actors.WhyTooManyConnections: 1008, actors.WhyAdmin: 1008,
	} {
		if got := closeCode(why); got != want {
			t.Errorf("%s: %d, want %d", why, got, want)
		}
	}
}
