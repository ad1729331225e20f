package actors

import "strings"

// What a room, a user, a membership and an invitation are stored by. A prefix
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

	// directSecretKey holds what the ids of direct rooms are made with.
	directSecretKey = "n/direct"

	// carryoverKey holds what a node leaves to the next one.
	carryoverKey = "n/sessions"
)

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
