package room

// reachable is what the simulation comes across, by the command: the kinds of
// replies, and the codes of refusals.
var reachable = map[string][]string{
	"Create":        {"room.RoomReply", "room_exists"},
	"Open":          {"room.RoomReply", "room_not_found", "room_private", "bad_request"},
	"Join":          {"room.JoinReply", "room_not_found", "room_private", "check", "wrong_password", "room_full", "banned"},
	"Leave":         {"room.Done", "room_private", "room_not_found"},
	"Disconnect":    {"room.Done", "room_not_found"},
	"Detach":        {"room.Done", "room_not_found"},
	"Resume":        {"room.Done", "room_not_found"},
	"TakePlace":     {"room.Done", "not_in_room"},
	"Send":          {"room.SendReply", "not_in_room", "room_private", "room_not_found", "muted"},
	"Emit":          {"room.Done", "not_in_room", "room_private", "room_not_found", "muted"},
	"Act":           {"room.Done", "not_in_room", "room_private", "room_not_found", "muted"},
	"EditMessage":   {"room.SendReply", "not_in_room", "room_private", "room_not_found", "muted", "forbidden", "message_not_found", "bad_request", "fetch"},
	"DeleteMessage": {"room.SendReply", "not_in_room", "room_private", "room_not_found", "not_moderator", "forbidden", "message_not_found", "fetch"},
	"Delete":        {"room.Done", "room_private", "room_not_found", "not_creator", "forbidden"},
	"Update":        {"room.RoomReply", "room_private", "room_not_found", "not_creator", "forbidden"},
	"Invite":        {"room.Done", "room_private", "room_not_found", "not_a_member", "forbidden"},
	"Decline":       {"room.Done", "room_private", "room_not_found"},
	"ListUsers":     {"room.UsersReply", "room_private", "room_not_found", "not_a_member"},
	"GetHistory":    {"room.HistoryReply", "room_private", "room_not_found", "not_a_member", "fetch"},
	"MarkRead":      {"room.ReadReply", "room_private", "room_not_found", "not_a_member", "fetch"},
	"Glance":        {"room.ReadReply", "room_private", "room_not_found"},
	"Kick":          {"room.Done", "room_private", "room_not_found", "not_moderator", "forbidden", "bad_request"},
	"Ban":           {"room.Done", "room_private", "room_not_found", "not_moderator", "forbidden", "bad_request"},
	"Unban":         {"room.Done", "room_private", "room_not_found", "not_moderator", "forbidden", "bad_request"},
	"Mute":          {"room.Done", "room_private", "room_not_found", "not_moderator", "forbidden", "bad_request"},
	"Unmute":        {"room.Done", "room_private", "room_not_found", "not_moderator", "forbidden", "bad_request"},
	"SetRole":       {"room.Done", "room_private", "room_not_found", "not_creator", "forbidden", "bad_request"},
	"GetModeration": {"room.ModerationReply", "room_private", "room_not_found", "not_moderator"},
}

var reachableElse = []string{
	"room.Created", "room.MemberAdded", "room.MemberRemoved", "room.Joined", "room.Left", "room.WentAway", "room.CameBack", "room.MessageSent",
	"room.MessageChanged", "room.Emitted", "room.Acted", "room.RoomUpdated", "room.Invited", "room.InvitationEnded",
	"room.UserKicked", "room.UserBanned", "room.UserUnbanned", "room.UserMuted", "room.UserUnmuted", "room.RoleChanged",
	"room.MarkMoved", "room.Removed",
	"gap", "clientId repeated", "reader went on", "records dropped, bound by count", "records dropped, bound by bytes",
	"records trimmed", "mark over trimmed", "old mark over trimmed",
	"restart 0", "restart 1", "restart 2", "epoch began",
}
