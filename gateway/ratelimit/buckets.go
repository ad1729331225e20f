package ratelimit

import (
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// buckets are those of everybody for one kind of operation in one scope. A nil
// one has no limit.
type buckets[K comparable] struct {
	rate     Rate
	fillTime time.Duration // in which an empty bucket is full again
	seed     maphash.Seed  // a secret: nobody can choose names that meet in one shard
	shards   [shardCount]shard[K]
}

func newBuckets[K comparable](r Rate) *buckets[K] {
	if r == (Rate{}) {
		return nil
	}
	fillTime := time.Duration(float64(r.Burst) / r.PerSecond * float64(time.Second))
	return &buckets[K]{rate: r, fillTime: fillTime, seed: maphash.MakeSeed()}
}

// hold returns a bucket that nobody else can use until it is released.
func (b *buckets[K]) hold(key K, now time.Time) hold {
	if b == nil {
		return hold{bucket: unlimited, now: now}
	}
	s := &b.shards[maphash.Comparable(b.seed, key)%shardCount]
	s.mu.Lock()
	// Callers took the time before they got the lock, maybe one after the other
	// the wrong way round: a bucket would count the time between them twice.
	if now.Before(s.now) {
		now = s.now
	}
	s.now = now
	return hold{mu: &s.mu, bucket: s.bucket(key, b), now: now}
}

// shard is some of the buckets. What was used since the last turn is current,
// what was used in the time before is previous, anything else is forgotten.
type shard[K comparable] struct {
	mu                sync.Mutex
	now               time.Time // never goes back
	turned            time.Time
	current, previous map[K]*rate.Limiter
}

// bucket finds a bucket or makes a full one, and makes it current.
func (s *shard[K]) bucket(key K, b *buckets[K]) *rate.Limiter {
	s.forget(b.fillTime)
	if bucket, found := s.current[key]; found {
		return bucket
	}
	bucket, found := s.previous[key]
	if found {
		delete(s.previous, key)
	} else {
		bucket = b.rate.newBucket()
	}
	// Too many are in use: those that were left alone for longest go.
	if len(s.current) >= shardBucketsMax {
		s.turn()
	}
	if s.current == nil {
		s.current = make(map[K]*rate.Limiter)
	}
	s.current[key] = bucket
	return bucket
}

// forget forgets what is full by now. What is in previous was last used before the
// last turn, so it is when a turn is due: forgetting it loses nothing.
func (s *shard[K]) forget(fillTime time.Duration) {
	if s.now.Sub(s.turned) >= fillTime {
		s.turn()
	}
}

// turn forgets what wasn't used since the last turn. The memory goes with it.
func (s *shard[K]) turn() {
	s.previous, s.current = s.current, nil
	s.turned = s.now
}

// forget forgets what is full by now where nobody comes any more.
func (b *buckets[K]) forget(now time.Time) {
	if b == nil {
		return
	}
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		if now.After(s.now) {
			s.now = now
		}
		s.forget(b.fillTime)
		s.mu.Unlock()
	}
}

// newBucket returns a full one.
func (r Rate) newBucket() *rate.Limiter {
	if r == (Rate{}) {
		return unlimited
	}
	return rate.NewLimiter(rate.Limit(r.PerSecond), r.Burst)
}

// hold is a bucket that only its holder uses, at a time that is none before
// that of any holder before.
type hold struct {
	mu     *sync.Mutex // nil: it belongs to the holder anyway
	bucket *rate.Limiter
	now    time.Time
}

func (h hold) release() {
	if h.mu != nil {
		h.mu.Unlock()
	}
}

// unlimited is the bucket of all that have no limit.
var unlimited = rate.NewLimiter(rate.Inf, 0)
