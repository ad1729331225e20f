package actors

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// What a room, a user, a membership, an invitation, and where lists find a room are stored by. A prefix
// tells the kinds apart, and lists one of them: no id can be taken for a key of
// another kind.
//
// A membership and an invitation begin with their user, so that those of one
// user are listed by what they have in common. The separator is lower than any byte of an id (ids
// hold no control characters), so no user's prefix is that of another, however
// ids begin.
const (
	roomPrefix = "r/"
	userPrefix = "u/"

	membershipsPrefix = "m/"
	invitationsPrefix = "i/"
	idSeparator       = "\x01"

	// recentPrefix and wordPrefix are the stored directory's: each public persistent
	// room by its last activity, and by each word of its name.
	recentPrefix = "d/"
	wordPrefix   = "w/"

	// indexKey says how the keys of these two kinds were made.
	indexKey = "n/index"

	// directSecretKey holds what the ids of direct rooms are made with.
	directSecretKey = "n/direct"

	// carryoverKey holds what a node leaves to the next one.
	carryoverKey = "n/sessions"
)

// accountPrefixes are those of what an account reads.
var accountPrefixes = []string{userPrefix, membershipsPrefix, invitationsPrefix}

// isOfAccount reports whether a key is one that an account reads.
func isOfAccount(key string) bool {
	return slices.ContainsFunc(accountPrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

func roomKey(id string) string { return roomPrefix + id }

func userKey(id string) string { return userPrefix + id }

func memberKey(userID, roomID string) string { return memberPrefix(userID) + roomID }

// memberPrefix is what the keys of all memberships of a user begin with.
func memberPrefix(userID string) string { return membershipsPrefix + userID + idSeparator }

func invitationKey(userID, roomID string) string { return invitationPrefix(userID) + roomID }

// invitationPrefix is what the keys of all invitations of a user begin with.
func invitationPrefix(userID string) string { return invitationsPrefix + userID + idSeparator }

// roomOf takes the id out of a room's key.
func roomOf(key string) string { return strings.TrimPrefix(key, roomPrefix) }

// userOf takes the id out of a user's key.
func userOf(key string) string { return strings.TrimPrefix(key, userPrefix) }

// memberOf takes the ids out of a membership's key.
func memberOf(key string) (userID, roomID string) {
	userID, roomID, _ = strings.Cut(strings.TrimPrefix(key, membershipsPrefix), idSeparator)
	return userID, roomID
}

// recentStoredKey is where lists by activity find a room: keys in the order of
// bytes are rooms in that order, the latest activity first. Times are as fine as
// cursors.
func recentStoredKey(k recentKey) string {
	ms := uint64(k.activity.UnixMilli()) ^ 1<<63 // in the order of the times, before 1970 too
	return recentPrefix + hex.EncodeToString(binary.BigEndian.AppendUint64(nil, ^ms)) + k.id
}

// recentTimeLength is how many bytes the time takes in such a key.
const recentTimeLength = 16

// recentOf takes apart what recentStoredKey makes.
func recentOf(key string) (recentKey, bool) {
	key = strings.TrimPrefix(key, recentPrefix)
	if len(key) <= recentTimeLength {
		return recentKey{}, false
	}
	at, err := hex.DecodeString(key[:recentTimeLength])
	if err != nil {
		return recentKey{}, false
	}
	ms := ^binary.BigEndian.Uint64(at) ^ 1<<63
	return recentKey{time.UnixMilli(int64(ms)).UTC(), key[recentTimeLength:]}, true
}

// wordStoredKey is where a search finds a room by a word of its name.
func wordStoredKey(k wordKey) string { return wordPrefix + k.word + idSeparator + k.id }

// wordOf takes the word and the id out of such a key.
func wordOf(key string) wordKey {
	word, id, _ := strings.Cut(strings.TrimPrefix(key, wordPrefix), idSeparator)
	return wordKey{word, id}
}
