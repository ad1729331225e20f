package actors

import (
	"slices"
	"sync"
)

// userRooms is which rooms a user is a member or inside of. The user's account
// writes it, all connections of the user read it, so that they need not wait
// for the account. It follows what has been done: commands under way are not
// in it yet. A nil one is not known yet, and empty.
type userRooms struct {
	mu  sync.Mutex
	ids []string // guarded by mu; sorted; replaced, never changed
}

func (u *userRooms) replace(sorted []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ids = sorted
}

// all returns the ids. The caller must not change them.
func (u *userRooms) all() []string {
	if u == nil {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.ids
}

// hasPlaceFor reports whether the user may come into one more room, or is in
// this one already.
func (u *userRooms) hasPlaceFor(roomID string) bool {
	ids := u.all()
	if len(ids) < userRoomsMax {
		return true
	}
	_, in := slices.BinarySearch(ids, roomID)
	return in
}
