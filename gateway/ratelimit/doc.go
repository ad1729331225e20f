// Package ratelimit says which operations of clients come too often, and when
// they may come again.
//
// Nouns: a Kind is what operations cost alike; a Rate is a token bucket's, so
// many at once and so many a second in the long run; a scope is whose
// operations are counted together: one connection's, one user's, one network
// address's. The Limiter has the buckets of all users and addresses, a
// Connection has its own.
//
// Promises: an operation is allowed if all three scopes allow it, and takes one
// token from each; one that is refused takes nothing, and is told after what
// time it would have been allowed. Nobody gets more than Burst + PerSecond ×
// time, by whatever interleaving, from a bucket that is remembered. Memory is
// bounded: a user's or an address's bucket is forgotten when it is full again,
// which loses nothing, and before that only when more than bucketsMax are in
// use: then those that were left alone for longest go first, and their owners
// begin anew with a full one. So a crowd of addresses can make the limits
// softer, but never makes the server refuse anybody else. There are no
// goroutines and no timers: who wants the memory back where nobody comes any more
// calls Forget from time to time.
//
// Not promised: anything about bytes, or about how many connections there are
// at a time. It only counts operations.
package ratelimit
