package gateway

import "roomd/gateway/socketio"

// reservedEvents are the names of the contract, which no application's event
// may have: what a client receives under them is the server's word. Names that
// are still to come are among them, so that nobody begins to use them.
var reservedEvents = setOf(
	// commands
	"createRoom", "joinRoom", "leaveRoom", "sendMessage", "chatMessage", "emitToRoom", "gameAction",
	"deleteRoom", "updateRoom", "inviteToRoom", "listInvitations", "declineInvitation", "listRooms",
	"getRoomUsers", "getHistory", "markRead", "watchRooms", "addContact", "removeContact",
	"blockUser", "unblockUser", "openDirect", "kickUser", "banUser", "unbanUser", "muteUser",
	"setRole", "deleteMessage", "editMessage", "refreshToken",
	// events
	"newMessage", "gameUpdate", "userJoined", "userLeft", "userReconnected", "roomChanged", "roomDeleted",
	"roomInvitation", "newRoomAvailable", "newPublicRoom", "roomUpdated", "roomRemoved", "roomRead",
	"contactOnline", "contactOffline", "error", "messageEdited", "messageDeleted",
	"userKicked", "userBanned", "userUnbanned", "userMuted", "roleChanged",
	// replies in the form of events
	"roomCreated", "joinedRoom", "userList", "roomHistory", "roomsList", "roomStats",
)

func isReserved(event string) bool {
	return reservedEvents[event] || socketio.ReservedEvent(event)
}

func setOf(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}
	return set
}
