package gateway

import (
	"strings"
	"testing"

	"roomd/actors/room"
)

const longAdminArgument = `"` + "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + `x"`

func TestAdminCommands(t *testing.T) {
	const (
		tea = `{"id":"tea","name":"Tea <b>","description":"","creator":"anna","createdAt":"2026-01-02T03:04:05.006Z",` +
			`"type":"persistent","isPrivate":true,"hasPassword":true,"maxUsers":5,"userCount":2,"memberCount":3,` +
			`"lastActivity":"2026-01-02T03:04:05.006Z"}`
		roomsReply     = `[{"success":true,"rooms":[` + tea + `],"nextCursor":"next"}]`
		roomUsersReply = `[{"success":true,"users":[{"id":"anna","username":"Anna"}],"total":2,"nextCursor":"9"}]`
		usersReply     = `[{"success":true,"users":[{"id":"anna","username":"Anna","connections":2,"rooms":3}],"nextCursor":null}]`
		done           = `[{"success":true}]`
	)
	refused := func(code room.Code, message string) string {
		return `[{"success":false,"error":"` + message + `","code":"` + string(code) + `"}]`
	}
	for _, c := range []struct{ command, asked, reply string }{
		{`"listRooms"`, `rooms "" 50 ""`, roomsReply},
		{`"listRooms",null`, `rooms "" 50 ""`, roomsReply},
		{`"listRooms",{"cursor":"c","limit":7,"search":"te"}`, `rooms "c" 7 "te"`, roomsReply},
		{`"listRooms",{"limit":1000000,"cursor":null}`, `rooms "" 100 ""`, roomsReply},
		{`"listRooms",{"limit":0}`, `rooms "" 1 ""`, roomsReply},
		{`"listRooms",{"limit":"7"}`, ``, refused(room.CodeBadRequest, "limit must be a whole number")},
		{`"listRooms",{"search":7}`, ``, refused(room.CodeBadRequest, "search must be a string")},
		{`"listRooms","tea"`, ``, refused(room.CodeBadRequest, "the argument must be an object")},
		{`"getRoomUsers","tea"`, `users of tea 0 50`, roomUsersReply},
		{`"getRoomUsers",{"roomId":"tea","cursor":"9","limit":3}`, `users of tea 9 3`, roomUsersReply},
		{`"getRoomUsers",{"roomId":"tea","cursor":"x"}`, ``, refused(room.CodeBadRequest, "cursor must be the nextCursor of a page")},
		{`"getRoomUsers"`, ``, refused(room.CodeBadRequest, "the argument must be an object")},
		{`"listUsers"`, `users "" 50`, usersReply},
		{`"listUsers",{"cursor":"ben","limit":2}`, `users "ben" 2`, usersReply},
		{`"listUsers",{"cursor":` + longAdminArgument + `}`, ``, refused(room.CodeTooLarge, "cursor is limited to 128 bytes")},
		{`"deleteRoom","tea"`, `delete tea: Administrator action; stats`, done},
		{`"deleteRoom",{"roomId":"tea"}`, `delete tea: Administrator action; stats`, done},
		{`"deleteRoom",""`, ``, refused(room.CodeBadRequest, "roomId must not be empty")},
		{`"deleteRoom",7`, ``, refused(room.CodeBadRequest, "the argument must be an object")},
		{`"deleteRoom",` + longAdminArgument, ``, refused(room.CodeTooLarge, "roomId is limited to 128 bytes")},
		{`"kickUser",{"roomId":"tea","userId":"ben"}`, `kick ben of tea: Administrator action; stats`, done},
		{`"kickUser",{"roomId":"tea"}`, ``, refused(room.CodeBadRequest, "userId must not be empty")},
		{`"kickUser","tea"`, ``, refused(room.CodeBadRequest, "the argument must be an object")},
		{`"disconnectUser","ben"`, `disconnect ben; stats`, `[{"success":true,"connections":2}]`},
		{`"disconnectUser",{"userId":"ben"}`, `disconnect ben; stats`, `[{"success":true,"connections":2}]`},
		{`"createRoom",{}`, ``, refused(room.CodeUnknownEvent, "Unknown event")},
	} {
		withAdmin(t, func(t *testing.T, s *adminServer) {
			admin := s.connect(tokenAuth(testAdminToken))
			s.node.take()
			admin.send(`42/admin,5[` + c.command + `]`)
			if got := strings.TrimPrefix(admin.event("43/admin,5"), "43/admin,5"); got != c.reply {
				t.Errorf("%s: got %s, want %s", c.command, got, c.reply)
			}
			if asked := s.node.take(); asked != c.asked {
				t.Errorf("%s: the node was asked %q, want %q", c.command, asked, c.asked)
			}
		})
	}
}

// TestAdminCommandsFail has the node refuse.
func TestAdminCommandsFail(t *testing.T) {
	for _, command := range []string{
		`["listRooms"]`, `["getRoomUsers","tea"]`, `["deleteRoom","tea"]`, `["kickUser",{"roomId":"tea","userId":"ben"}]`,
	} {
		withAdmin(t, func(t *testing.T, s *adminServer) {
			s.node.fails = room.ErrRoomNotFound
			admin := s.connect(tokenAuth(testAdminToken))
			admin.send(`42/admin,0` + command)
			want := `43/admin,0[{"success":false,"error":"Room does not exist","code":"room_not_found"}]`
			if got := admin.event("43/admin,"); got != want {
				t.Errorf("%s: got %s, want %s", command, got, want)
			}
		})
	}
}

// TestAdminCommandsWithoutAck: success says nothing, failure is an event.
func TestAdminCommandsWithoutAck(t *testing.T) {
	withAdmin(t, func(t *testing.T, s *adminServer) {
		admin := s.connect(tokenAuth(testAdminToken))
		admin.send(`42/admin,["deleteRoom","tea"]`)
		s.node.fails = room.ErrRoomNotFound
		admin.send(`42/admin,["deleteRoom","tea"]`)
		want := `42/admin,["error",{"message":"Room does not exist","code":"room_not_found","event":"deleteRoom"}]`
		for got := admin.next(); got != want; got = admin.next() {
			if !strings.HasPrefix(got, "40/admin,") && !strings.Contains(got, "tats") {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	})
}

// TestAdminActionsAreLogged, with who, what and the outcome.
func TestAdminActionsAreLogged(t *testing.T) {
	for _, c := range []struct{ auth, command, want string }{
		{tokenAuth(testAdminToken), `["deleteRoom","tea"]`,
			`msg="admin action" command=deleteRoom room=tea outcome=done admin=token connection=`},
		{tokenAuth("signed.by.them"), `["kickUser",{"roomId":"tea","userId":"ben"}]`,
			`msg="admin action" command=kickUser room=tea user=ben outcome=done admin="user root" connection=`},
		{`{"username":"maud","password":"` + testAdminToken + `"}`, `["disconnectUser","ben"]`,
			`msg="admin action" command=disconnectUser user=ben outcome=done admin="ui maud" connection=`},
		{tokenAuth(testAdminToken), `["deleteRoom","gone"]`, `room=gone outcome=room_not_found admin=token connection=`},
	} {
		withAdmin(t, func(t *testing.T, s *adminServer) {
			if strings.Contains(c.command, "gone") {
				s.node.fails = room.ErrRoomNotFound
			}
			admin := s.connect(c.auth)
			admin.send("42/admin,0" + c.command)
			admin.event("43/admin,0")
			if !strings.Contains(s.log.String(), c.want) {
				t.Errorf("%s: the log lacks %q:\n%s", c.command, c.want, &s.log)
			}
		})
	}
}

// FuzzAdminRequest reads anything as a command's argument: what is accepted has
// valid ids.
func FuzzAdminRequest(f *testing.F) {
	for _, seed := range []string{`"tea"`, `null`, `{"roomId":"tea","userId":"ben","cursor":null,"limit":5}`, `[]`, `{"limit":-1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		for name, c := range adminCommands {
			var q adminRequest
			if q.read(c, []byte(argument)) != nil {
				continue
			}
			if err := q.check(c); err != nil {
				continue
			}
			if c.room && room.ValidateID("", q.RoomID) != nil || c.user && room.ValidateID("", q.UserID) != nil {
				t.Errorf("%s %s: %+v", name, argument, q)
			}
		}
	})
}
