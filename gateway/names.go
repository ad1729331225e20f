package gateway

import (
	"maps"
	"slices"

	"roomd/gateway/socketio"
)

// eventNames are all events that this server emits in the main namespace: those
// of the contract's table, and the replies to commands without an ack.
var eventNames = []string{
	// what is told
	"newMessage", "messageEdited", "messageDeleted", "gameUpdate",
	"userJoined", "userLeft", "userReconnected",
	"userKicked", "userBanned", "userUnbanned", "userMuted", "userUnmuted", "roleChanged",
	"roomChanged", "roomDeleted", "roomRead", "roomInvitation",
	"newRoomAvailable", "newPublicRoom", "roomUpdated", "roomRemoved",
	"contactOnline", "contactOffline",
	// replies
	"roomCreated", "joinedRoom", "userList", "roomHistory", "roomsList", "error",
}

// adminEventNames are those that the contract has in the admin namespace.
// Clients don't get to use them elsewhere either.
var adminEventNames = []string{"roomStats"}

// CommandNames returns the names of all commands, sorted.
func CommandNames() []string { return slices.Sorted(maps.Keys(commands)) }

// AdminCommandNames returns the names of all that administrators may ask, sorted.
func AdminCommandNames() []string { return slices.Sorted(maps.Keys(adminCommands)) }

// EventNames returns the names of all events that the contract knows, sorted.
func EventNames() []string {
	return slices.Sorted(slices.Values(slices.Concat(eventNames, adminEventNames)))
}

// ConnectErrorCodes returns every data.code of a connect_error. Those of other
// failures are room.Codes.
func ConnectErrorCodes() []string {
	return []string{codeAuthenticationRequired, codeInvalidToken, codeAuthenticationFailed, codeUnauthorized}
}

// reserved are the names that no application's event may have: what a client
// receives under them is the server's word. It is filled by init, since the
// table of commands refers to it.
var reserved = make(map[string]bool)

func init() {
	for _, name := range slices.Concat(CommandNames(), EventNames()) {
		reserved[name] = true
	}
}

func isReserved(event string) bool { return reserved[event] || socketio.ReservedEvent(event) }
