package ratelimit

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// count returns how many buckets are kept.
func (b *buckets[K]) count() int {
	n := 0
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		n += len(s.current) + len(s.previous)
		s.mu.Unlock()
	}
	return n
}

// stranger returns one of very many addresses that aren't counted together.
func stranger(i int) netip.Addr {
	b := [16]byte{0x20, 0x01}
	binary.BigEndian.PutUint32(b[4:8], uint32(i))
	return netip.AddrFrom16(b)
}

// TestManyAddresses: an attacker with a million addresses within a second costs
// bounded memory, and nobody is refused for it. Somebody who goes on meanwhile is
// still counted.
func TestManyAddresses(t *testing.T) {
	rates := Rates{Connect: {Address: Rate{1, 100}}}
	l := New(rates)
	allowed, most := 0, 0
	for i := range 1_000_000 {
		now := morning.Add(time.Duration(i) * time.Microsecond)
		if _, ok := l.AllowConnect(stranger(i), now); !ok {
			t.Fatalf("stranger %d was refused", i)
		}
		if i%1000 == 0 {
			if _, ok := l.AllowConnect(here, now); ok {
				allowed++
			}
		}
		if i%10_000 == 0 {
			most = max(most, l.addresses[Connect].count())
		}
	}
	if most > bucketsMax || most < bucketsMax/3 {
		t.Errorf("%d buckets were kept, want some of at most %d", most, bucketsMax)
	}
	if allowed != 100 {
		t.Errorf("one address was allowed %d times, want 100", allowed)
	}
}

// TestManyUsers is the same for users, who may come by one connection after the
// other.
func TestManyUsers(t *testing.T) {
	l := New(Rates{Message: {User: Rate{1, 10}}})
	for i := range 2 * bucketsMax {
		mustAllow(t, l.NewConnection(fmt.Sprint("user", i), here), Message, morning)
	}
	if n := l.users[Message].count(); n > bucketsMax || n < bucketsMax/3 {
		t.Errorf("%d buckets are kept, want some of at most %d", n, bucketsMax)
	}
}

// TestFullOnesAreForgotten: a bucket is gone after two of the times that it takes
// to fill it, not before one.
func TestFullOnesAreForgotten(t *testing.T) {
	l := New(Rates{Connect: {Address: Rate{1, 10}}}) // full again after 10 s
	b := l.addresses[Connect]
	for i := range 10_000 {
		l.AllowConnect(stranger(i), morning)
	}
	passBy(l, 9*time.Second)
	if n := b.count(); n != 11_000 {
		t.Errorf("%d buckets after 9 s, want 11000", n)
	}
	passBy(l, 10*time.Second)
	passBy(l, 20*time.Second)
	if n := b.count(); n != 1000 {
		t.Errorf("%d buckets after 20 s, want 1000", n)
	}
}

// TestForget: nobody comes any more, and the same is forgotten at the same time.
func TestForget(t *testing.T) {
	l := New(Rates{Connect: {Address: Rate{1, 10}}, Join: {User: Rate{1, 10}}}) // full again after 10 s
	a := NewAddresses(Rate{1, 10})
	full := 10*time.Second + waitMax
	for i := range 10_000 {
		l.AllowConnect(stranger(i), morning)
		mustAllow(t, l.NewConnection(fmt.Sprint(i), here), Join, morning)
		a.Reserve(stranger(i), morning)
	}
	for _, tt := range []struct {
		at                 time.Duration
		limited, addresses int
	}{
		{0, 10_000, 10_000}, {10*time.Second - 1, 10_000, 10_000}, {10 * time.Second, 10_000, 10_000},
		{20*time.Second - 1, 10_000, 10_000}, {20 * time.Second, 0, 10_000},
		{30*time.Second - 1, 0, 10_000}, {30 * time.Second, 0, 10_000}, // full, and turned once
		{30*time.Second + full, 0, 0},
	} {
		l.Forget(morning.Add(tt.at))
		a.Forget(morning.Add(tt.at))
		if n := l.addresses[Connect].count(); n != tt.limited {
			t.Errorf("%d addresses after %v, want %d", n, tt.at, tt.limited)
		}
		if n := l.users[Join].count(); n != tt.limited {
			t.Errorf("%d users after %v, want %d", n, tt.at, tt.limited)
		}
		if n := a.buckets.count(); n != tt.addresses {
			t.Errorf("%d of Addresses after %v, want %d", n, tt.at, tt.addresses)
		}
	}
	for range 10 {
		mustAllow(t, l.NewConnection("0", here), Join, morning.Add(time.Minute))
	}
	mustRefuse(t, l.NewConnection("0", here), Join, morning, time.Second) // time doesn't go back
	var none *Limiter
	none.Forget(morning)
	(*Addresses)(nil).Forget(morning)
}

// passBy has somebody come to every shard: there is nothing else to notice the time.
func passBy(l *Limiter, at time.Duration) {
	for i := range 1000 {
		l.AllowConnect(stranger(1_000_000+i), morning.Add(at))
	}
}

// TestForgettingLosesNothing: with what is forgotten when it is full, everybody
// is allowed exactly what one who never forgets would allow.
func TestForgettingLosesNothing(t *testing.T) {
	const people = 200
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		r := Rate{float64(1 + random.IntN(20)), 1 + random.IntN(20)}
		l := New(Rates{Connect: {Address: r}})
		remembered := map[int]*rate.Limiter{}
		now := morning
		for step := range 5000 {
			now = now.Add(time.Duration(random.IntN(20)) * time.Millisecond)
			// Some come often, some seldom.
			who := int(float64(people) * random.Float64() * random.Float64() * random.Float64())
			if remembered[who] == nil {
				remembered[who] = r.newBucket()
			}
			for range random.IntN(2 * r.Burst) { // until it is empty, or not
				want := remembered[who].AllowN(now, 1)
				if _, ok := l.AllowConnect(stranger(who), now); ok != want {
					t.Fatalf("seed %d, step %d: stranger %d allowed: %t, want %t", seed, step, who, ok, want)
				}
			}
		}
	}
}

// TestTimeDoesNotGoBack: two connections took the time, and came the other way
// round. What lies between is not counted twice.
func TestTimeDoesNotGoBack(t *testing.T) {
	l := New(Rates{Message: {User: Rate{1, 10}}})
	one, other := l.NewConnection("ann", here), l.NewConnection("ann", there)
	for range 10 {
		mustAllow(t, one, Message, morning)
	}
	later := morning.Add(5 * time.Second)
	for range 4 {
		mustAllow(t, one, Message, later)
	}
	mustAllow(t, other, Message, morning) // the fifth of these seconds
	mustRefuse(t, other, Message, morning, time.Second)
	mustRefuse(t, one, Message, later, time.Second)
}

// TestConcurrent: many connections of few users at once get what one of them
// would get.
func TestConcurrent(t *testing.T) {
	const users, connections, rounds = 3, 12, 2000
	r := Rate{500, 100}
	l := New(Rates{Event: {User: r, Address: Rate{1e6, 1e6}}, Connect: {Address: Rate{1e6, 1e6}}})
	var allowed [users]atomic.Int64
	var everybody sync.WaitGroup
	start := time.Now()
	for i := range connections {
		everybody.Go(func() {
			for range rounds / 100 {
				l.AllowConnect(here, time.Now())
				c := l.NewConnection(fmt.Sprint("user", i%users), here)
				for range 100 {
					if _, ok := c.Allow(Event, time.Now()); ok {
						allowed[i%users].Add(1)
					}
				}
			}
		})
	}
	everybody.Wait()
	most := int64(float64(r.Burst) + r.PerSecond*time.Since(start).Seconds())
	for i := range users {
		if n := allowed[i].Load(); n > most || n < int64(r.Burst) {
			t.Errorf("user %d was allowed %d, want %d to %d", i, n, r.Burst, most)
		}
	}
}
