// Package persistence stores what belongs to keys: durably in one bbolt file ([Bolt]), or in memory ([Memory]) with
// the same meaning. What is stored is opaque bytes; the package knows no rules of it, only order.
//
// # Nouns
//
//   - A key is whatever the caller stores by: a room, a user, a membership. It has a snapshot, records, messages and a
//     summary, each of them optional. Kinds are told apart by how keys begin, and listed by that prefix.
//   - A record is one numbered step of a key's state. Numbers go up by one, without a gap.
//   - A snapshot is a key's state after the record of its number. It takes the place of the records up to it.
//   - A message is what history shows, put under its seq; putting it again replaces it (an edit).
//   - A summary is a key's entry in the listing of keys.
//   - An owner is the epoch of the one writer that a key has at a time. A higher one takes the key over.
//   - A change is what one commit does to one key.
//
// # What it promises
//
//   - Durability: when [Store.Commit] of a [Bolt] returns nil, its changes are on disk (fsynced) and survive
//     kill -9 and a power cut. What a read returns is on disk too: a commit is visible when it is durable, not before.
//   - Atomicity: a commit is there as a whole or not at all, however many keys it changes.
//   - Order: commits take effect one after another. Records are stored and loaded by number without a gap,
//     messages and keys come in order.
//   - Fencing: a change by an owner lower than the stored one is refused, and its whole commit with it.
//   - Ownership of bytes: what is passed to Commit is the caller's again when it returns, what is returned is the
//     caller's to keep.
//   - Cost: removing is done in bounded steps by the commits that follow, so trimming or deleting a key of a million
//     messages costs a commit as little as trimming a small one. What is removed is out of sight at once.
//   - Damage: every value carries a checksum over itself and what it is filed under. A damaged one is an error, never
//     returned. A file that is empty, cut short or no store's is refused and left as it is; it never starts silently
//     empty. [Check] reads all of a file and finds what is missing, too.
//   - Recovery: after a failed commit (no space, read-only, I/O error) the store refuses everything at once, and by itself
//     opens its file again until that works. What it then returns is on disk, and is all that was acknowledged.
//   - Backups: [Backup] copies the state of one moment, of a running server too. A store that was restored begins a
//     new [Store.Generation].
//
// # What it doesn't promise
//
//   - Whether the commit that failed is on disk is unknown, see [ErrFailed].
//   - bbolt has no checksums on its inner pages. Where damage to one takes an entry away as a whole, a message or a key
//     can be missing without an error (a record or snapshot can't), and a damaged list of free pages can
//     have a later commit overwrite what is in use. [Check] finds both; opening doesn't, which would read the whole
//     file (some 0.7 GB a second). Damage to the page that makes the last commit valid takes that commit away, unless the
//     store was closed in order. A page as it was before, which a disk that loses writes may return, is taken for good where
//     the rest agrees with it.
//   - After a key is deleted nothing is remembered of it, its owner included.
//   - It doesn't shrink: the file keeps the space of what was removed for what comes, until [Compact].
//   - A copy of the file that wasn't made by [Backup] or put in place by [Restore] has the generation of its origin.
//
// # The file
//
// A data folder holds roomd.db, which one process at a time may hold, and a server's backup.sock. The file's buckets:
//
//	meta       "format" → the format's number, as decimal text
//	           "totals" → how many entries each of the other buckets has (see totals.go)
//	           "generation" → the store's generation; a backup has none
//	keys       key → head (see head.go) and summary
//	snapshots  life → snapshot
//	records    life, number → record
//	messages   life, seq → message
//	leftovers  life → how far that life's records and messages are out of sight and wait for removal
//
// A life is the number that a key gets when its first change is stored, never given again. Entries are filed under it
// and not under the key: it is short and of one length, a deleted key is out of sight by losing one entry, and what is
// stored by the same key later can't meet what its predecessor left. They are flat, not a bucket a key, because 100,000
// buckets would cost a page each. All numbers they are filed under are big-endian, so their order is that of the bytes.
//
// Format 3 had keys of 300 bytes at most, and nothing to find a room by beside its own key: a program that knows no more
// would let that grow wrong. Opening changes its number alone; what is missing is for who stores the rooms to add. Format 2
// had neither totals nor a generation; opening counts and adds them. Format 1 knew rooms only, filed under their
// ids; it was never released, and is refused as [ErrOlderFormat].
package persistence
