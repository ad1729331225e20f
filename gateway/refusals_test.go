package gateway

import (
	"strings"
	"testing"

	"roomd/actors/room"
)

// TestCommandsRefuse: what is wrong is said of the field by its name, in both
// styles, and the node isn't asked.
func TestCommandsRefuse(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.anna()
		for _, row := range refusalTable {
			ack := c.ask(row.event, row.argument)
			want := `{"success":false,"error":` + dump(row.message) + `,"code":"` + string(row.code) + `"}`
			if ack != unescaped(want) {
				t.Errorf("%s %.80s\n got %s\nwant %s", row.event, row.argument, ack, want)
			}
			said := c.say(row.event, row.argument)
			want = `42["error",{"message":` + dump(row.message) + `,"code":"` + string(row.code) + `","event":"` + row.event + `"}]`
			if len(said) != 1 || said[0] != unescaped(want) {
				t.Errorf("%s %.80s without ack\n got %s\nwant %s", row.event, row.argument, said, want)
			}
			if orders := w.node.take(); orders != nil {
				t.Errorf("%s %.80s: ordered %+v", row.event, row.argument, orders)
			}
		}
	})
}

// unescaped undoes what encoding/json does for HTML.
func unescaped(text string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(text)
}

var long = strings.Repeat("x", 2000)

var refusalTable = []struct {
	event, argument string
	code            room.Code
	message         string
}{
	{"createRoom", `7`, room.CodeBadRequest, "the argument must be an object"},
	{"createRoom", `[]`, room.CodeBadRequest, "the argument must be an object"},
	{"createRoom", `{"name":""}`, room.CodeBadRequest, "name must not be empty"},
	{"createRoom", `{"name":5}`, room.CodeBadRequest, "name must be a string"},
	{"createRoom", `{"name":"` + long + `"}`, room.CodeTooLarge, "name is limited to 100 characters"},
	{"createRoom", `{"name":"a\u0007b"}`, room.CodeBadRequest, "name must not contain control characters"},
	{"createRoom", `{"name":"\ud800"}`, room.CodeBadRequest, "name must be valid UTF-8"},
	{"createRoom", `{"isPrivate":true,"isPublic":true}`, room.CodeBadRequest, "isPrivate and isPublic contradict each other"},
	{"createRoom", `{"isPrivate":"yes"}`, room.CodeBadRequest, "isPrivate must be a boolean"},
	{"createRoom", `{"maxUsers":0}`, room.CodeBadRequest, "maxUsers must be a positive number"},
	{"createRoom", `{"maxUsers":-1}`, room.CodeBadRequest, "maxUsers must be a positive number"},
	{"createRoom", `{"maxUsers":1.5}`, room.CodeBadRequest, "maxUsers must be a whole number"},
	{"createRoom", `{"maxUsers":1e9}`, room.CodeBadRequest, "maxUsers must be a whole number"},
	{"createRoom", `{"maxUsers":1000000}`, room.CodeTooLarge, "maxUsers is limited to 100000"},
	{"createRoom", `{"roomId":""}`, room.CodeBadRequest, "roomId must not be empty"},
	{"createRoom", `{"password":"` + long + `"}`, room.CodeTooLarge, "password is limited to 1024 bytes"},
	{"createRoom", `{"description":"` + long + `"}`, room.CodeTooLarge, "description is limited to 1000 characters"},
	{"joinRoom", ``, room.CodeBadRequest, "the argument must be an object"},
	{"joinRoom", `""`, room.CodeBadRequest, "roomId must not be empty"},
	{"joinRoom", `{"roomId":7}`, room.CodeBadRequest, "roomId must be a string"},
	{"joinRoom", `"` + long + `"`, room.CodeTooLarge, "roomId is limited to 128 bytes"},
	{"joinRoom", `{"roomId":"r","since":7}`, room.CodeBadRequest, "since must be an object"},
	{"joinRoom", `{"roomId":"r","since":{"epoch":"e","seq":-1}}`, room.CodeBadRequest, "since.seq must be a whole number that is not negative"},
	{"leaveRoom", ``, room.CodeBadRequest, "roomId must be a string"},
	{"leaveRoom", `{}`, room.CodeBadRequest, "roomId must be a string"},
	{"leaveRoom", `{"roomId":7}`, room.CodeBadRequest, "roomId must be a string"},
	{"leaveRoom", `["r"]`, room.CodeBadRequest, "roomId must be a string"},
	{"deleteRoom", `""`, room.CodeBadRequest, "roomId must not be empty"},
	{"updateRoom", `"r"`, room.CodeBadRequest, "the argument must be an object"},
	{"updateRoom", `{"name":"x"}`, room.CodeBadRequest, "roomId must not be empty"},
	{"updateRoom", `{"roomId":"r","password":""}`, room.CodeBadRequest, "password must not be empty: null removes it"},
	{"updateRoom", `{"roomId":"r","password":7}`, room.CodeBadRequest, "password must be a string"},
	{"updateRoom", `{"roomId":"r","password":"` + long + `"}`, room.CodeTooLarge, "password is limited to 1024 bytes"},
	{"updateRoom", `{"roomId":"r","maxUsers":0}`, room.CodeBadRequest, "maxUsers must be a positive number"},
	{"updateRoom", `{"roomId":"r","maxUsers":"2"}`, room.CodeBadRequest, "maxUsers must be a whole number"},
	{"updateRoom", `{"roomId":"r","isPrivate":false,"isPublic":false}`, room.CodeBadRequest, "isPrivate and isPublic contradict each other"},
	{"updateRoom", `{"roomId":"r","name":""}`, room.CodeBadRequest, "name must not be empty"},
	{"openDirect", `"anna"`, room.CodeBadRequest, "userId must not be your own"},
	{"openDirect", `""`, room.CodeBadRequest, "userId must not be empty"},
	{"openDirect", `7`, room.CodeBadRequest, "userId must be a string"},

	{"sendMessage", `{"roomId":"r"}`, room.CodeBadRequest, "text must not be empty without attachments"},
	{"sendMessage", `{"roomId":"r","text":7}`, room.CodeBadRequest, "text must be a string"},
	{"sendMessage", `{"roomId":"r","text":"x","attachments":[7]}`, room.CodeBadRequest, "attachments must be JSON objects"},
	{"sendMessage", `{"roomId":"r","text":"x","attachments":{}}`, room.CodeBadRequest, "attachments must be an array"},
	{"sendMessage", `{"roomId":"r","text":"` + strings.Repeat("x", 16<<10+1) + `"}`, room.CodeTooLarge, "text is limited to 16384 bytes"},
	{"sendMessage", `{"roomId":"r","text":"x","clientId":""}`, room.CodeBadRequest, "clientId must not be empty"},
	{"chatMessage", `{"roomId":"r","message":""}`, room.CodeBadRequest, "message must not be empty"},
	{"editMessage", `{"roomId":"r","messageId":"e-1"}`, room.CodeBadRequest, "text must be a string"},
	{"editMessage", `{"roomId":"r","messageId":"e-1","text":"","attachments":[]}`, room.CodeBadRequest, "text must not be empty without attachments"},
	{"editMessage", `{"roomId":"r","text":"x"}`, room.CodeBadRequest, "messageId must not be empty"},
	{"deleteMessage", `{"roomId":"r","messageId":7}`, room.CodeBadRequest, "messageId must be a string"},
	{"deleteMessage", `{"roomId":"r","messageId":"` + long + `"}`, room.CodeTooLarge, "messageId is limited to 128 bytes"},
	{"emitToRoom", `{"roomId":"r"}`, room.CodeBadRequest, "event must not be empty"},
	{"emitToRoom", `{"roomId":"r","event":"newMessage"}`, room.CodeBadRequest, `event "newMessage" is reserved`},
	{"emitToRoom", `{"roomId":"r","event":"disconnect"}`, room.CodeBadRequest, `event "disconnect" is reserved`},
	{"emitToRoom", `{"roomId":"r","event":"` + long + `"}`, room.CodeTooLarge, "event is limited to 128 bytes"},
	{"gameAction", `{"action":1}`, room.CodeBadRequest, "roomId must not be empty"},
	{"getHistory", `{"roomId":"r","before":0}`, room.CodeBadRequest, "before must be a positive number"},
	{"getHistory", `{"roomId":"r","before":2,"after":1}`, room.CodeBadRequest, "before and after exclude each other"},
	{"getHistory", `{"roomId":"r","after":-1}`, room.CodeBadRequest, "after must be a whole number that is not negative"},
	{"getHistory", `{"roomId":"r","limit":"10"}`, room.CodeBadRequest, "limit must be a whole number"},
	{"markRead", `{"roomId":"r"}`, room.CodeBadRequest, "seq must be a whole number that is not negative"},
	{"markRead", `{"roomId":"r","seq":"7"}`, room.CodeBadRequest, "seq must be a whole number that is not negative"},

	{"listRooms", `"tea"`, room.CodeBadRequest, "the argument must be an object"},
	{"listRooms", `{"search":7}`, room.CodeBadRequest, "search must be a string"},
	{"listRooms", `{"search":"` + long + `"}`, room.CodeTooLarge, "search is limited to 100 characters"},
	{"listRooms", `{"cursor":"` + long + `x"}`, room.CodeTooLarge, "cursor is limited to 2000 bytes"},
	{"listRooms", `{"mine":1}`, room.CodeBadRequest, "mine must be a boolean"},
	{"watchRooms", ``, room.CodeBadRequest, "the argument must be a boolean"},
	{"watchRooms", `"true"`, room.CodeBadRequest, "the argument must be a boolean"},
	{"getRoomUsers", `{"roomId":"r","cursor":7}`, room.CodeBadRequest, "cursor must be a string"},
	{"getRoomUsers", `{"roomId":"r","cursor":"-1"}`, room.CodeBadRequest, "cursor must be the nextCursor of a page"},
	{"getRoomUsers", `{"roomId":"r","limit":2.5}`, room.CodeBadRequest, "limit must be a whole number"},

	{"inviteToRoom", `{"roomId":"r"}`, room.CodeBadRequest, "userId must not be empty"},
	{"listContacts", `7`, room.CodeBadRequest, "the argument must be an object"},
	{"listInvitations", `7`, room.CodeBadRequest, "the argument must be an object"},
	{"declineInvitation", `7`, room.CodeBadRequest, "roomId must be a string"},
	{"declineInvitation", `""`, room.CodeBadRequest, "roomId must not be empty"},
	{"addContact", `{"roomId":"ben"}`, room.CodeBadRequest, "userId must be a string"},
	{"removeContact", `""`, room.CodeBadRequest, "userId must not be empty"},
	{"blockUser", `"a\nb"`, room.CodeBadRequest, "userId must not contain control characters"},
	{"unblockUser", `"` + long + `"`, room.CodeTooLarge, "userId is limited to 128 bytes"},

	{"kickUser", `"ben"`, room.CodeBadRequest, "the argument must be an object"},
	{"kickUser", `{"roomId":"r","userId":"ben","reason":"` + long + `"}`, room.CodeTooLarge, "reason is limited to 200 characters"},
	{"banUser", `{"roomId":"r","userId":"ben","durationMs":0}`, room.CodeBadRequest, "durationMs must be a positive number"},
	{"banUser", `{"roomId":"r","userId":"ben","durationMs":1.5}`, room.CodeBadRequest, "durationMs must be a whole number"},
	{"banUser", `{"roomId":"r","userId":"ben","durationMs":9223372036854775807}`, room.CodeTooLarge, "durationMs is limited to 315360000000"},
	{"unbanUser", `{"userId":"ben"}`, room.CodeBadRequest, "roomId must not be empty"},
	{"muteUser", `{"roomId":"r","userId":"ben","durationMs":-5}`, room.CodeBadRequest, "durationMs must be a positive number"},
	{"unmuteUser", `{"roomId":"r","userId":7}`, room.CodeBadRequest, "userId must be a string"},
	{"setRole", `{"roomId":"r","userId":"ben","role":"creator"}`, room.CodeBadRequest, `role must be "moderator" or "member"`},
	{"getModeration", ``, room.CodeBadRequest, "roomId must be a string"},
	{"refreshToken", `"x.y.z"`, room.CodeBadRequest, "the argument must be an object"},
	{"refreshToken", `{}`, room.CodeBadRequest, "token must not be empty"},
	{"refreshToken", `{"token":"x.y.z"}`, room.CodeBadRequest, "this server takes no tokens"},
	{"noSuchCommand", `{"roomId":"r"}`, room.CodeUnknownEvent, "Unknown event"},
	{"newMessage", `{"roomId":"r"}`, room.CodeUnknownEvent, "Unknown event"},
}
