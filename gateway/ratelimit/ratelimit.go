package ratelimit

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"roomd/gateway/engineio"
)

// Limiter has the buckets of all users and addresses. It is safe for concurrent
// use. A nil Limiter limits nothing and costs nothing.
type Limiter struct {
	rates     Rates
	users     [kindCount]*buckets[string] // nil: no limit
	addresses [kindCount]*buckets[netip.Addr]
}

// New returns a Limiter with these rates. It panics if a rate is negative, or
// has a PerSecond without a Burst or the other way round.
func New(rates Rates) *Limiter {
	l := &Limiter{rates: rates}
	for i, scopes := range rates {
		kind := Kind(i)
		scopes.Connection.check(kind, "connection")
		scopes.User.check(kind, "user")
		scopes.Address.check(kind, "address")
		l.users[kind] = newBuckets[string](scopes.User)
		l.addresses[kind] = newBuckets[netip.Addr](scopes.Address)
	}
	return l
}

// Forget gives back the memory of buckets that are full again, also where nobody comes
// any more. It is for whoever has a timer: what comes does the same on its way.
func (l *Limiter) Forget(now time.Time) {
	if l == nil {
		return
	}
	for kind := range kindCount {
		l.users[kind].forget(now)
		l.addresses[kind].forget(now)
	}
}

// AllowConnect is Connection.Allow for a session that is about to be made: of a
// kind Connect, by the client's address alone.
func (l *Limiter) AllowConnect(address netip.Addr, now time.Time) (retryAfter time.Duration, ok bool) {
	if l == nil {
		return 0, true
	}
	nobody := hold{bucket: unlimited, now: now}
	theirs := l.holdAddress(Connect, engineio.AddressKey(address), now)
	defer theirs.release()
	return take(nobody, nobody, theirs, 1)
}

// NewConnection returns the limits of a user's new connection from an address:
// the client's, not that of a proxy in between. An address that is not valid is
// not known, and isn't limited. The result needs no closing.
func (l *Limiter) NewConnection(userID string, address netip.Addr) *Connection {
	if l == nil {
		return nil
	}
	return &Connection{limiter: l, userID: userID, address: engineio.AddressKey(address)}
}

// Connection is the limits of one client's connection. It belongs to the
// goroutine that reads from it; Connections of one Limiter may be used
// concurrently. A nil Connection limits nothing and costs nothing.
type Connection struct {
	// static after construction
	limiter *Limiter
	userID  string
	address netip.Addr

	// buckets are the connection's own, each made when it is first needed.
	buckets [kindCount]*rate.Limiter
}

// Allow takes one operation of a kind out of the connection's, its user's and
// its address's buckets, if all have it. If not it takes nothing, and the
// operation would be allowed after retryAfter, if nobody else comes first: a
// positive number of whole milliseconds.
func (c *Connection) Allow(kind Kind, now time.Time) (retryAfter time.Duration, ok bool) {
	return c.AllowN(kind, 1, now)
}

// AllowN is Allow for n operations at once, which are no more than any Burst of the kind.
func (c *Connection) AllowN(kind Kind, n int, now time.Time) (retryAfter time.Duration, ok bool) {
	if c == nil {
		return 0, true
	}
	own := hold{bucket: c.bucket(kind), now: now}
	// Users before addresses, everywhere: no two can wait for each other.
	user := c.limiter.users[kind].hold(c.userID, now)
	defer user.release()
	address := c.limiter.holdAddress(kind, c.address, now)
	defer address.release()
	return take(own, user, address, n)
}

func (c *Connection) bucket(kind Kind) *rate.Limiter {
	if c.buckets[kind] == nil {
		c.buckets[kind] = c.limiter.rates[kind].Connection.newBucket()
	}
	return c.buckets[kind]
}

// holdAddress holds an address's bucket. Those whose address isn't known have
// nothing in common that could be counted.
func (l *Limiter) holdAddress(kind Kind, address netip.Addr, now time.Time) hold {
	if !address.IsValid() {
		return hold{bucket: unlimited, now: now}
	}
	return l.addresses[kind].hold(address, now)
}

// take takes n tokens from each bucket, or none. All are held, so nobody
// comes between a reservation and its end, which then leaves no trace.
func take(a, b, c hold, n int) (retryAfter time.Duration, ok bool) {
	// Written out, for a loop's reservations would be on the heap.
	ra, rb, rc := a.bucket.ReserveN(a.now, n), b.bucket.ReserveN(b.now, n), c.bucket.ReserveN(c.now, n)
	wait := max(ra.DelayFrom(a.now), rb.DelayFrom(b.now), rc.DelayFrom(c.now))
	if wait == 0 {
		return 0, true
	}
	ra.CancelAt(a.now)
	rb.CancelAt(b.now)
	rc.CancelAt(c.now)
	return (wait + time.Millisecond - 1).Truncate(time.Millisecond), false
}
