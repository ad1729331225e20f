package gateway

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"roomd/actors/room"
	"roomd/actors/user"
)

var (
	ban    = room.Sanction{By: annaUs, At: at, Until: later, Reason: "<rude>"}
	banned = room.Sanction{By: annaUs, At: at}
)

var roomEventTable = []struct {
	event room.Event
	want  string // "": nobody inside is told
}{
	{room.MessageSent{Message: said}, `42["newMessage",` + saidJSON + `]`},
	{room.MessageSent{Message: room.Message{ID: "e-1", Seq: 1, Sender: annaUs, Text: "hi", At: at, EditedAt: later, Attachments: attachments}},
		`42["newMessage",` + editedMsgJSON + `]`},
	{room.MessageChanged{Change: edit, Message: edited}, `42["messageEdited",` + editJSON + `]`},
	{room.MessageChanged{Change: room.Change{Seq: 3, MessageID: "e-1", MessageSeq: 1, By: annaUs, At: at}},
		`42["messageEdited",{"roomId":"r","seq":3,"messageId":"e-1","messageSeq":1,"text":"","attachments":[],"editedAt":` + atJSON + `,"by":` + annaJSON + `}]`},
	{room.MessageChanged{Change: deletion, Message: gone}, `42["messageDeleted",` + deletionJSON + `]`},
	{room.Emitted{Name: "x", Data: json.RawMessage(`{"b":9007199254740993,"a":"\u003c"}`), Sender: annaUs, At: at},
		`42["x",{"b":9007199254740993,"a":"\u003c"},{"roomId":"r","sender":` + annaJSON + `,"at":` + atJSON + `}]`},
	{room.Emitted{Name: "x", Data: json.RawMessage(`{"_placeholder":true,"num":0}`), Binary: [][]byte{{1, 2, 3}}, Sender: annaUs, At: at},
		`451-["x",{"_placeholder":true,"num":0},{"roomId":"r","sender":` + annaJSON + `,"at":` + atJSON + `}]` + "\x1ebAQID"},
	{room.Acted{Action: json.RawMessage(`"jump"`), Player: "anna", At: at},
		`42["gameUpdate",{"roomId":"r","action":"jump","player":"anna","timestamp":` + atJSON + `}]`},
	{room.Joined{User: annaUs, TookSeat: true}, `42["userJoined",{"roomId":"r","userId":"anna","user":` + annaJSON + `}]`},
	{room.Joined{User: annaUs}, ""},
	{room.Left{User: annaUs, GaveUpSeat: true, Disconnected: true},
		`42["userLeft",{"roomId":"r","userId":"anna","username":"Anna <b>","disconnected":true}]`},
	{room.Left{User: annaUs, GaveUpSeat: true}, `42["userLeft",{"roomId":"r","userId":"anna","username":"Anna <b>"}]`},
	{room.Left{User: annaUs}, ""},
	{room.RoomUpdated{Settings: room.Settings{PasswordHash: "secret"}, Room: info}, `42["roomChanged",{"roomId":"r","room":` + teaRoomJSON + `}]`},
	{room.Removed{}, `42["roomDeleted",{"roomId":"r"}]`},
	{room.Removed{Reason: "Administrator action"}, `42["roomDeleted",{"roomId":"r","reason":"Administrator action"}]`},
	{room.UserKicked{User: ben, By: annaUs, Reason: "<rude>"},
		`42["userKicked",{"roomId":"r","userId":"ben","username":"Ben","by":` + annaJSON + `,"reason":"<rude>"}]`},
	{room.UserKicked{User: room.User{ID: "ben"}}, `42["userKicked",{"roomId":"r","userId":"ben"}]`},
	{room.UserBanned{User: ben, Sanction: ban},
		`42["userBanned",{"roomId":"r","userId":"ben","username":"Ben","by":` + annaJSON + `,"until":` + laterJSON + `,"reason":"<rude>"}]`},
	{room.UserBanned{User: room.User{ID: "ben"}, Sanction: banned}, `42["userBanned",{"roomId":"r","userId":"ben","by":` + annaJSON + `,"until":null}]`},
	{room.UserUnbanned{UserID: "ben", By: annaUs}, `42["userUnbanned",{"roomId":"r","userId":"ben","by":` + annaJSON + `}]`},
	{room.UserMuted{UserID: "ben", Sanction: ban}, `42["userMuted",{"roomId":"r","userId":"ben","by":` + annaJSON + `,"until":` + laterJSON + `}]`},
	{room.UserMuted{UserID: "ben", Sanction: banned}, `42["userMuted",{"roomId":"r","userId":"ben","by":` + annaJSON + `,"until":null}]`},
	{room.UserUnmuted{UserID: "ben", By: annaUs}, `42["userUnmuted",{"roomId":"r","userId":"ben","by":` + annaJSON + `}]`},
	{room.RoleChanged{UserID: "ben", Role: room.RoleModerator, By: annaUs},
		`42["roleChanged",{"roomId":"r","userId":"ben","role":"moderator","by":` + annaJSON + `}]`},
	{room.Joined{User: annaUs, Returned: true}, `42["userReconnected",{"roomId":"r","userId":"anna","username":"Anna <b>"}]`},
	{room.CameBack{User: annaUs, Returned: true}, `42["userReconnected",{"roomId":"r","userId":"anna","username":"Anna <b>"}]`},
	{room.CameBack{User: annaUs}, ""}, {room.WentAway{User: annaUs}, ""},
	{room.Created{}, ""}, {room.MemberAdded{}, ""}, {room.MemberRemoved{}, ""},
	{room.EpochBegan{}, ""}, {room.RunBegan{}, ""}, {room.RunEnded{}, ""}, {room.Invited{}, ""}, {room.InvitationEnded{}, ""}, {room.MarkMoved{}, ""},
}

func TestEncodeRoomEvents(t *testing.T) {
	for _, c := range roomEventTable {
		f := EncodeRoomEvent("r", c.event, "")
		switch {
		case c.want == "" && f != nil:
			t.Errorf("%T is told: %s", c.event, frameText(f))
		case c.want != "" && (f == nil || frameText(f) != c.want):
			t.Errorf("%T\n got %s\nwant %s", c.event, frameText(f), c.want)
		}
	}
}

const listedTeaJSON = `{"id":"r","name":"Tea <b>","isPublic":false,"memberCount":3,"lastActivity":` + laterJSON + `,"unreadCount":7}`

var directoryTable = []struct {
	event room.DirectoryEvent
	want  []string
}{
	{room.RoomsListed{Rooms: []room.ListedRoom{{Listing: tea, Unread: 7}, {Listing: implicit}, {Listing: room.Listing{ID: "p"}}}},
		[]string{`42["roomsList",[` + listedTeaJSON + `,{"id":"r","name":"r","isPublic":false,"memberCount":1,"lastActivity":` + atJSON + `,"unreadCount":0},` +
			`{"id":"p","name":"","isPublic":true,"memberCount":0,"lastActivity":"0001-01-01T00:00:00.000Z","unreadCount":0}]]`}},
	{room.RoomsListed{}, []string{`42["roomsList",[]]`}},
	{room.RoomListed{Listing: tea}, []string{
		`42["newRoomAvailable",{"roomId":"r","name":"Tea <b>","userCount":2,"maxUsers":5,"hasPassword":true,"creator":"anna","createdAt":` + atJSON + `}]`,
		`42["newPublicRoom",{"id":"r","name":"Tea <b>","creator":"Anna <b>","memberCount":3,"createdAt":` + atJSON + `}]`,
	}},
	{room.RoomCounted{RoomID: "r", UserCount: 2}, []string{`42["roomUpdated",{"roomId":"r","userCount":2}]`}},
	{room.RoomUnlisted{RoomID: "r"}, []string{`42["roomRemoved",{"roomId":"r"}]`}},
}

func TestEncodeDirectoryEvents(t *testing.T) {
	for _, c := range directoryTable {
		var got []string
		for _, f := range EncodeDirectoryEvent(c.event, func() string { return "" }) {
			got = append(got, frameText(f))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%T\n got %s\nwant %s", c.event, got, c.want)
		}
	}
}

var noticeTable = []struct {
	notice user.Notice
	want   string
}{
	{user.InvitationReceived{Invitation: user.Invitation{RoomID: "r", RoomName: "Tea", By: annaUs, At: at}},
		`42["roomInvitation",{"roomId":"r","roomName":"Tea","invitedBy":` + annaJSON + `}]`},
	{user.ContactOnline{User: ben}, `42["contactOnline",{"userId":"ben","username":"Ben"}]`},
	{user.ContactOffline{User: ben}, `42["contactOffline",{"userId":"ben","username":"Ben"}]`},
	{user.RoomRead{RoomID: "r", Seq: 7, Unread: 3}, `42["roomRead",{"roomId":"r","seq":7,"unreadCount":3}]`},
}

func TestEncodeNotices(t *testing.T) {
	for _, c := range noticeTable {
		if got := frameText(EncodeNotice(c.notice, "")); got != c.want {
			t.Errorf("%T\n got %s\nwant %s", c.notice, got, c.want)
		}
	}
}

// TestEventNames: the list has what the tables emit, and nothing else.
func TestEventNames(t *testing.T) {
	emitted := map[string]bool{}
	note := func(packet string) {
		if name, _, isEvent := strings.Cut(strings.TrimPrefix(packet, `42["`), `"`); isEvent && name != "x" && packet[:2] == "42" {
			emitted[name] = true
		}
	}
	note(endOfReply)
	for _, c := range roomEventTable {
		if c.want != "" {
			note(c.want)
		}
	}
	for _, c := range directoryTable {
		for _, packet := range c.want {
			note(packet)
		}
	}
	for _, c := range noticeTable {
		note(c.want)
	}
	for _, c := range replyTable {
		for _, packet := range c.events {
			note(packet)
		}
	}
	for name := range emitted {
		if !slices.Contains(eventNames, name) {
			t.Errorf("%s is emitted, and not in the list", name)
		}
	}
	for _, name := range eventNames {
		if !emitted[name] {
			t.Errorf("%s is in the list, and never emitted", name)
		}
	}
}

// TestReservedNames: nothing of the contract may be emitted by a client.
func TestReservedNames(t *testing.T) {
	names := slices.Concat(CommandNames(), EventNames(), []string{
		"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "roomStats",
	})
	for _, name := range names {
		if !isReserved(name) {
			t.Errorf("%s could be emitted by a client", name)
		}
	}
	for _, name := range []string{"typing", "NewMessage", "newMessage ", "toString", "__proto__"} {
		if isReserved(name) {
			t.Errorf("%s could not be emitted by a client", name)
		}
	}
	for _, list := range [][]string{CommandNames(), EventNames(), ConnectErrorCodes()} {
		if sorted := slices.Sorted(slices.Values(list)); len(slices.Compact(sorted)) != len(list) || len(list) == 0 {
			t.Errorf("a name is there twice: %s", list)
		}
	}
}
