package ratelimit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// TestScopesWiden: a limit of a user's below that of one connection would be in
// the connection's place.
func TestScopesWiden(t *testing.T) {
	for kind, s := range Defaults() {
		if s.User.PerSecond < s.Connection.PerSecond || s.User.Burst < s.Connection.Burst ||
			s.Address.PerSecond < s.User.PerSecond || s.Address.Burst < s.User.Burst {
			t.Errorf("%v: %+v", Kind(kind), s)
		}
	}
}

// TestTabs: ten tabs of one user have no more together than the user.
func TestTabs(t *testing.T) {
	l := New(Defaults())
	var tabs []*Connection
	for i := range 10 {
		// Each by another address, as a user with many machines would.
		tabs = append(tabs, l.NewConnection("ann", netip.AddrFrom4([4]byte{192, 0, 2, byte(i)})))
	}
	allowed := 0
	for range Defaults()[Message].Connection.Burst {
		for _, tab := range tabs {
			if _, ok := tab.Allow(Message, morning); ok {
				allowed++
			}
		}
	}
	if want := Defaults()[Message].User.Burst; allowed != want {
		t.Errorf("%d messages at once, want %d", allowed, want)
	}
	mustAllow(t, l.NewConnection("bob", here), Message, morning)
}

// office returns the connections of an office behind one address that come
// within some time, each allowed.
func office(t *testing.T, l *Limiter, people, tabs int, within time.Duration) []*Connection {
	t.Helper()
	var all []*Connection
	for i := range people * tabs {
		now := morning.Add(within * time.Duration(i) / time.Duration(people*tabs))
		if wait, ok := l.AllowConnect(here, now); !ok {
			t.Fatalf("connection %d at %v: refused for %v", i, now.Sub(morning), wait)
		}
		all = append(all, l.NewConnection(fmt.Sprint("user", i%people), here))
	}
	return all
}

// TestOfficeInTheMorning: 300 people behind one address open the page within
// ten seconds, each goes into five rooms, one of them with a password, and reads
// them. For ten minutes all say and read something every second.
func TestOfficeInTheMorning(t *testing.T) {
	people := office(t, New(Defaults()), 300, 1, 10*time.Second)
	for i, c := range people {
		now := morning.Add(10 * time.Second * time.Duration(i) / 300)
		mustAllow(t, c, Password, now)
		for range 4 {
			mustAllow(t, c, Join, now)
		}
		for range 10 {
			mustAllow(t, c, Query, now)
		}
	}
	for second := range 600 {
		now := morning.Add(11*time.Second + time.Duration(second)*time.Second)
		for _, c := range people {
			mustAllow(t, c, Message, now)
			mustAllow(t, c, Query, now)
		}
	}
}

// TestOfficeAfterARestart: 300 people with three tabs each come back at once, to
// five rooms each.
func TestOfficeAfterARestart(t *testing.T) {
	for _, c := range office(t, New(Defaults()), 300, 3, time.Second) {
		for range 5 {
			mustAllow(t, c, Join, morning.Add(time.Second))
			mustAllow(t, c, Query, morning.Add(time.Second))
		}
	}
}

// TestComingBackToManyRooms: a connection is inside 200 rooms at most.
func TestComingBackToManyRooms(t *testing.T) {
	c := New(Defaults()).NewConnection("ann", here)
	for range 200 {
		mustAllow(t, c, Join, morning)
		mustAllow(t, c, Query, morning)
		mustAllow(t, c, Query, morning)
	}
}

// TestGame: 20 a second for a minute, as events or as messages, by a tournament
// of 150 behind one address; messages are stored, so of those only 30 play.
func TestGame(t *testing.T) {
	for _, tt := range []struct {
		kind    Kind
		players int
	}{{Event, 150}, {Message, 30}} {
		t.Run(tt.kind.String(), func(t *testing.T) {
			players := office(t, New(Defaults()), tt.players, 1, time.Second)
			for tick := range 20 * 60 {
				// Late by up to half a second now and then, and then all at once.
				now := morning.Add(time.Duration(tick) * time.Second / 20).Truncate(time.Second / 2)
				for _, c := range players {
					mustAllow(t, c, tt.kind, now.Add(time.Second))
				}
			}
		})
	}
}

// TestFlood: what one attacker gets through in a minute, however hard he tries.
func TestFlood(t *testing.T) {
	l := New(Defaults())
	c := l.NewConnection("mallory", here)
	for kind := Join; kind < kindCount; kind++ {
		allowed := 0
		for ms := range 60_000 {
			if _, ok := c.Allow(kind, morning.Add(time.Duration(ms)*time.Millisecond)); ok {
				allowed++
			}
		}
		r := Defaults()[kind].Connection
		if most := r.Burst + int(r.PerSecond*60); allowed > most || allowed < most-1 {
			t.Errorf("%d of kind %v in a minute, want %d", allowed, kind, most)
		}
	}
}
