package gateway

import (
	"crypto/rand"
	"crypto/subtle"
	"slices"
	"sync"
	"time"
)

// uiSessions are the browsers that are signed in to the stock Admin UI: with
// the id of its session one comes back without the password. The zero value has
// none. It is safe for concurrent use.
type uiSessions struct {
	mu   sync.Mutex
	list []uiSession // guarded by mu; the oldest, which ends first, comes first
}

type uiSession struct {
	id      string // a secret
	name    string // that was given with the password
	expires time.Time
}

// open returns the id of a new session.
func (u *uiSessions) open(name string, now time.Time) (id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget(now)
	if len(u.list) == uiSessionsMax {
		u.list = slices.Delete(u.list, 0, 1)
	}
	id = rand.Text()
	u.list = append(u.list, uiSession{id, name, now.Add(uiSessionTimeMax)})
	return id
}

// find returns the name that the session was opened with, if it has not ended.
func (u *uiSessions) find(id string, now time.Time) (name string, found bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget(now)
	for _, s := range u.list {
		if subtle.ConstantTimeCompare([]byte(s.id), []byte(id)) == 1 {
			return s.name, true
		}
	}
	return "", false
}

// forget drops those that have ended.
func (u *uiSessions) forget(now time.Time) {
	u.list = slices.DeleteFunc(u.list, func(s uiSession) bool { return !now.Before(s.expires) })
}
