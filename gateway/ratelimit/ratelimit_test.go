package ratelimit

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"
)

var (
	morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	here    = netip.MustParseAddr("192.0.2.1")
	there   = netip.MustParseAddr("192.0.2.2")
)

func mustAllow(t *testing.T, c *Connection, kind Kind, now time.Time) {
	t.Helper()
	if wait, ok := c.Allow(kind, now); !ok {
		t.Fatalf("%v at %v: refused for %v", kind, now.Sub(morning), wait)
	}
}

func mustRefuse(t *testing.T, c *Connection, kind Kind, now time.Time, want time.Duration) {
	t.Helper()
	if wait, ok := c.Allow(kind, now); ok || wait != want {
		t.Fatalf("%v at %v: allowed: %t, retry after %v; want a refusal, retry after %v", kind, now.Sub(morning), ok, wait, want)
	}
}

// tokens returns what is in the buckets of a connection, its user and its address.
func tokens(c *Connection, kind Kind, now time.Time) [3]float64 {
	user := c.limiter.users[kind].hold(c.userID, now)
	defer user.release()
	address := c.limiter.holdAddress(kind, c.address, now)
	defer address.release()
	return [3]float64{c.bucket(kind).TokensAt(now), user.bucket.TokensAt(now), address.bucket.TokensAt(now)}
}

// TestAllowN: it takes so many at once, or none.
func TestAllowN(t *testing.T) {
	var rates Rates
	rates[Volume] = Scopes{User: Rate{1, 10}, Address: Rate{2, 100}}
	c := New(rates).NewConnection("ann", here)
	for _, step := range []struct {
		n    int
		wait time.Duration
	}{{6, 0}, {5, time.Second}, {6, 2 * time.Second}, {4, 0}, {10, 10 * time.Second}, {1, time.Second}} {
		if wait, ok := c.AllowN(Volume, step.n, morning); wait != step.wait || ok != (step.wait == 0) {
			t.Errorf("%d at once: %v after %v, want %v", step.n, ok, wait, step.wait)
		}
	}
	if wait, ok := (*Connection)(nil).AllowN(Volume, 1000, morning); !ok {
		t.Errorf("without limits: after %v", wait)
	}
}

// TestBoundaries: every kind in every scope allows its burst, refuses the next
// with the time it takes, and allows it exactly after that.
func TestBoundaries(t *testing.T) {
	for i, scopes := range Defaults() {
		for name, alone := range map[string]struct {
			rate  Rate
			rates Scopes
		}{
			"connection": {scopes.Connection, Scopes{Connection: scopes.Connection}},
			"user":       {scopes.User, Scopes{User: scopes.User}},
			"address":    {scopes.Address, Scopes{Address: scopes.Address}},
		} {
			kind := Kind(i)
			if alone.rate == (Rate{}) {
				if kind != Connect {
					t.Errorf("%v a %s has no limit", kind, name)
				}
				continue
			}
			t.Run(fmt.Sprint(kind, "/", name), func(t *testing.T) {
				var rates Rates
				rates[kind] = alone.rates
				c := New(rates).NewConnection("ann", here)
				for range alone.rate.Burst {
					mustAllow(t, c, kind, morning)
				}
				wait := time.Duration(math.Ceil(1000/alone.rate.PerSecond)) * time.Millisecond
				for range 3 {
					mustRefuse(t, c, kind, morning, wait)
				}
				if wait > time.Millisecond {
					mustRefuse(t, c, kind, morning.Add(wait-time.Millisecond), time.Millisecond)
				}
				mustAllow(t, c, kind, morning.Add(wait))
				mustAllow(t, c, (kind+1)%kindCount, morning) // another kind, without limit

				hour := morning.Add(time.Hour)
				for range alone.rate.Burst {
					mustAllow(t, c, kind, hour)
				}
				mustRefuse(t, c, kind, hour, wait)
			})
		}
	}
}

// TestRetryAfter: whole milliseconds, never too few, of the scope that takes
// longest.
func TestRetryAfter(t *testing.T) {
	slow, fast := Rate{0.2, 1}, Rate{1e5, 1}
	for name, tt := range map[string]struct {
		scopes Scopes
		at     time.Duration // after the burst is gone
		want   time.Duration
	}{
		"a third of a hundred":    {Scopes{Connection: Rate{30, 1}}, 0, 34 * time.Millisecond},
		"some of it has gone by":  {Scopes{Connection: Rate{30, 1}}, 10 * time.Millisecond, 24 * time.Millisecond},
		"less than a millisecond": {Scopes{Connection: fast}, 0, time.Millisecond},
		"seconds":                 {Scopes{User: slow}, 1 * time.Second, 4 * time.Second},
		"the connection's":        {Scopes{Connection: slow, User: fast, Address: fast}, 0, 5 * time.Second},
		"the user's":              {Scopes{Connection: fast, User: slow, Address: fast}, 0, 5 * time.Second},
		"the address's":           {Scopes{Connection: fast, User: fast, Address: slow}, 0, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			var rates Rates
			rates[Message] = tt.scopes
			c := New(rates).NewConnection("ann", here)
			mustAllow(t, c, Message, morning)
			now := morning.Add(tt.at)
			mustRefuse(t, c, Message, now, tt.want)
			mustAllow(t, c, Message, now.Add(tt.want))
		})
	}
}

// TestRefusalTakesNothing: whichever scope refuses, all buckets are as they were.
func TestRefusalTakesNothing(t *testing.T) {
	tight, wide := Rate{1, 2}, Rate{7, 10}
	for name, scopes := range map[string]Scopes{
		"connection": {tight, wide, wide},
		"user":       {wide, tight, wide},
		"address":    {wide, wide, tight},
		"two":        {wide, tight, tight},
	} {
		t.Run(name, func(t *testing.T) {
			var rates Rates
			rates[Join] = scopes
			c := New(rates).NewConnection("ann", here)
			mustAllow(t, c, Join, morning)
			mustAllow(t, c, Join, morning)
			before := tokens(c, Join, morning)
			for range 100 {
				mustRefuse(t, c, Join, morning, time.Second)
			}
			if after := tokens(c, Join, morning); after != before {
				t.Errorf("connection, user and address had %v, and %v after refusals", before, after)
			}
		})
	}
}

func TestAllowConnect(t *testing.T) {
	var rates Rates
	rates[Connect].Address = Rate{1, 2}
	l := New(rates)
	for i, tt := range []struct {
		address netip.Addr
		at      time.Duration
		want    time.Duration // 0: allowed
	}{
		{here, 0, 0}, {here, 0, 0}, {here, 0, time.Second}, {there, 0, 0},
		{here, 999 * time.Millisecond, time.Millisecond}, {here, time.Second, 0},
	} {
		if wait, ok := l.AllowConnect(tt.address, morning.Add(tt.at)); wait != tt.want || ok != (tt.want == 0) {
			t.Errorf("connection %d: allowed: %t, retry after %v, want %v", i, ok, wait, tt.want)
		}
	}
}

// TestWhoIsCountedTogether: one operation an address, so the second of two is
// refused if they are of one.
func TestWhoIsCountedTogether(t *testing.T) {
	for _, tt := range []struct {
		one, other string
		together   bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"::1", "127.0.0.1", false},
	} {
		var rates Rates
		rates[Connect].Address = Rate{1, 1}
		l := New(rates)
		l.AllowConnect(netip.MustParseAddr(tt.one), morning)
		if _, ok := l.AllowConnect(netip.MustParseAddr(tt.other), morning); ok == tt.together {
			t.Errorf("%s after %s: allowed: %t", tt.other, tt.one, ok)
		}
	}
}

// TestUnknownAddress: those whose address nobody knows don't share a limit, but
// have their own.
func TestUnknownAddress(t *testing.T) {
	var rates Rates
	rates[Message] = Scopes{Rate{1, 1}, Rate{1, 1}, Rate{1, 1}}
	l := New(rates)
	for i := range 10 {
		c := l.NewConnection(fmt.Sprint(i), netip.Addr{})
		mustAllow(t, c, Message, morning)
		mustRefuse(t, c, Message, morning, time.Second)
	}
}

func TestNilLimitsNothing(t *testing.T) {
	var l *Limiter
	c := l.NewConnection("ann", here)
	for range 10_000 {
		mustAllow(t, c, Password, morning)
		if wait, ok := l.AllowConnect(here, morning); !ok {
			t.Fatalf("refused for %v", wait)
		}
	}
	if n := testing.AllocsPerRun(100, func() { l.NewConnection("ann", here).Allow(Event, morning) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAllowDoesNotAllocate: not when the buckets are there.
func TestAllowDoesNotAllocate(t *testing.T) {
	c := New(Defaults()).NewConnection("ann", here)
	if n := testing.AllocsPerRun(1000, func() { c.Allow(Event, morning) }); n != 0 { // allowed at first, then refused
		t.Errorf("%v allocations", n)
	}
}

func TestNewPanics(t *testing.T) {
	for _, r := range []Rate{{1, 0}, {0, 1}, {-1, 1}, {1, -1}, {math.NaN(), 1}, {math.Inf(1), 1}} {
		for name, scopes := range map[string]Scopes{
			"connection": {Connection: r}, "user": {User: r}, "address": {Address: r},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%v a %s was accepted", r, name)
					}
				}()
				New(Rates{Join: scopes})
			}()
		}
	}
}

func TestKindNames(t *testing.T) {
	seen := map[string]bool{}
	for kind := range kindCount {
		if name := kind.String(); name == "" || name == "unknown" || seen[name] {
			t.Errorf("kind %d is called %q", kind, name)
		} else {
			seen[name] = true
		}
	}
	if kindCount.String() != "unknown" {
		t.Errorf("a kind that isn't there is called %q", kindCount)
	}
}
