package ratelimit

import (
	"net/netip"
	"time"

	"roomd/gateway/engineio"
)

// Addresses limits how often something comes from each address that is none of
// the kinds of operations, since nobody knows yet who it is. It is safe for
// concurrent use. A nil Addresses limits nothing.
type Addresses struct {
	buckets *buckets[netip.Addr]
}

// NewAddresses returns Addresses with this rate. It panics where New would.
func NewAddresses(r Rate) *Addresses {
	r.check(Connect, "address")
	a := &Addresses{newBuckets[netip.Addr](r)}
	if a.buckets != nil {
		a.buckets.fillTime += waitMax // for what is owed
	}
	return a
}

// Allow takes one out of the address's bucket, or reports that it is empty.
func (a *Addresses) Allow(address netip.Addr, now time.Time) bool {
	if a == nil || !address.IsValid() {
		return true
	}
	bucket := a.buckets.hold(engineio.AddressKey(address), now)
	defer bucket.release()
	return bucket.bucket.AllowN(bucket.now, 1)
}

// Reserve takes one out of the address's bucket and returns how long to wait
// until it is there: each waits for those before it. It reports false and takes
// nothing if that would be longer than ten seconds.
func (a *Addresses) Reserve(address netip.Addr, now time.Time) (wait time.Duration, ok bool) {
	if a == nil || !address.IsValid() {
		return 0, true
	}
	bucket := a.buckets.hold(engineio.AddressKey(address), now)
	defer bucket.release()
	r := bucket.bucket.ReserveN(bucket.now, 1)
	if wait = r.DelayFrom(bucket.now); wait > waitMax {
		r.CancelAt(bucket.now)
		return 0, false
	}
	return wait, true
}

// Forget is as Limiter.Forget.
func (a *Addresses) Forget(now time.Time) {
	if a != nil {
		a.buckets.forget(now)
	}
}
