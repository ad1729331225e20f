package gateway

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/gateway/engineio"
	"roomd/gateway/socketio"
)

// fakeNode makes ids and hashes that a test can expect.
type fakeNode struct{ Node }

func (fakeNode) NewRoomID() string { return "made-by-the-server" }

func (fakeNode) HashPassword(password string) (string, error) { return "hash of " + password, nil }

func testSession() *session {
	return &session{gateway: &Gateway{node: fakeNode{}}, user: room.User{ID: "anna", Name: "Anna"}}
}

// parse parses a command as a client's event would bring it.
func parse(event, argument string, attachments ...[]byte) (string, room.Command, *room.Error) {
	e := socketio.Event{Name: event, Attachments: attachments}
	if argument != "" {
		e.Args = []json.RawMessage{json.RawMessage(argument)}
	}
	return commands[event].parse(testSession(), e)
}

func TestCommandsParse(t *testing.T) {
	for _, c := range []struct {
		event, argument string
		roomID          string
		want            room.Command
	}{
		{"createRoom", ``, "made-by-the-server", room.Create{Settings: room.Settings{Name: "Unnamed Room"}}},
		{"createRoom", `{"roomId":"r","name":"Tea","isPrivate":true,"maxUsers":2,"persistent":true,"autoDelete":true,"description":"d"}`, "r",
			room.Create{Settings: room.Settings{Name: "Tea", Description: "d", Private: true, MaxUsers: 2, Persistent: true, AutoDelete: true}}},
		{"createRoom", `{"isPublic":false,"maxUsers":null,"password":null}`, "made-by-the-server",
			room.Create{Settings: room.Settings{Name: "Unnamed Room", Private: true}}},
		{"createRoom", `{"isPublic":true,"isPrivate":false,"password":"x"}`, "made-by-the-server",
			room.Create{Settings: room.Settings{Name: "Unnamed Room", PasswordHash: "hash of x"}}},
		{"joinRoom", `"r"`, "r", room.Join{}},
		{"joinRoom", `{"roomId":"r","password":"p","since":{"epoch":"e","seq":7}}`, "r",
			room.Join{Password: "p", Since: &room.Since{Epoch: "e", Seq: 7}}},
		{"leaveRoom", `"r"`, "r", room.Leave{}},
		{"sendMessage", `{"roomId":"r","text":"hi","clientId":"c"}`, "r", room.Send{Text: "hi", ClientID: "c"}},
		{"chatMessage", `{"roomId":"r","message":"hi"}`, "r", room.Send{Text: "hi"}},
		{"emitToRoom", `{"roomId":"r","event":"x","data":{"b":1,"a":9007199254740993},"volatile":true}`, "r",
			room.Emit{Event: "x", Data: json.RawMessage(`{"b":1,"a":9007199254740993}`), Volatile: true}},
		{"emitToRoom", `{"roomId":"r","event":"x","includeSelf":true}`, "r",
			room.Emit{Event: "x", Data: json.RawMessage(`null`), IncludeSelf: true}},
		{"gameAction", `{"roomId":"r","action":[1]}`, "r", room.Act{Action: json.RawMessage(`[1]`)}},
	} {
		id, got, err := parse(c.event, c.argument)
		if err != nil || id != c.roomID || dump(got) != dump(c.want) {
			t.Errorf("%s %s\n got %s %s %v\nwant %s %s", c.event, c.argument, id, dump(got), err, c.roomID, dump(c.want))
		}
	}
}

func TestCommandsRefuse(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for _, c := range []struct {
		event, argument string
		code            room.Code
		names           string // the field that the message must name
	}{
		{"createRoom", `7`, room.CodeBadRequest, "argument"},
		{"createRoom", `{"name":""}`, room.CodeBadRequest, "name"},
		{"createRoom", `{"name":5}`, room.CodeBadRequest, "name must be a string"},
		{"createRoom", `{"name":"` + long + `"}`, room.CodeTooLarge, "name"},
		{"createRoom", `{"name":"a\u0007b"}`, room.CodeBadRequest, "name"},
		{"createRoom", `{"isPrivate":true,"isPublic":true}`, room.CodeBadRequest, "isPrivate"},
		{"createRoom", `{"isPrivate":"yes"}`, room.CodeBadRequest, "isPrivate must be a boolean"},
		{"createRoom", `{"maxUsers":0}`, room.CodeBadRequest, "maxUsers"},
		{"createRoom", `{"maxUsers":-1}`, room.CodeBadRequest, "maxUsers"},
		{"createRoom", `{"maxUsers":1.5}`, room.CodeBadRequest, "maxUsers must be a whole number"},
		{"createRoom", `{"maxUsers":1e9}`, room.CodeBadRequest, "maxUsers"},
		{"createRoom", `{"maxUsers":1000000}`, room.CodeTooLarge, "maxUsers"},
		{"createRoom", `{"roomId":""}`, room.CodeBadRequest, "roomId"},
		{"createRoom", `{"password":"` + long + `"}`, room.CodeTooLarge, "password"},
		{"createRoom", `{"description":"` + long + `"}`, room.CodeTooLarge, "description"},
		{"joinRoom", ``, room.CodeBadRequest, "argument"},
		{"joinRoom", `""`, room.CodeBadRequest, "roomId"},
		{"joinRoom", `{"roomId":7}`, room.CodeBadRequest, "roomId must be a string"},
		{"joinRoom", `"` + long + `"`, room.CodeTooLarge, "roomId"},
		{"joinRoom", `{"roomId":"r","since":7}`, room.CodeBadRequest, "since must be an object"},
		{"joinRoom", `{"roomId":"r","since":{"epoch":"e","seq":-1}}`, room.CodeBadRequest, "since.seq"},
		{"leaveRoom", `{"roomId":"r"}`, room.CodeBadRequest, "roomId must be a string"},
		{"sendMessage", `{"roomId":"r"}`, room.CodeBadRequest, "text"},
		{"sendMessage", `{"roomId":"r","text":7}`, room.CodeBadRequest, "text must be a string"},
		{"sendMessage", `{"roomId":"r","text":"x","attachments":[7]}`, room.CodeBadRequest, "attachments"},
		{"sendMessage", `{"roomId":"r","text":"x","attachments":{}}`, room.CodeBadRequest, "attachments must be an array"},
		{"sendMessage", `{"roomId":"r","text":"` + strings.Repeat("x", 16<<10+1) + `"}`, room.CodeTooLarge, "text"},
		{"sendMessage", `{"roomId":"r","text":"x","clientId":""}`, room.CodeBadRequest, "clientId"},
		{"chatMessage", `{"roomId":"r","message":""}`, room.CodeBadRequest, "message"},
		{"emitToRoom", `{"roomId":"r"}`, room.CodeBadRequest, "event"},
		{"emitToRoom", `{"roomId":"r","event":"newMessage"}`, room.CodeBadRequest, "reserved"},
		{"emitToRoom", `{"roomId":"r","event":"disconnect"}`, room.CodeBadRequest, "reserved"},
		{"emitToRoom", `{"roomId":"r","event":"` + long + `"}`, room.CodeTooLarge, "event"},
		{"gameAction", `{"action":1}`, room.CodeBadRequest, "roomId"},
	} {
		_, _, err := parse(c.event, c.argument)
		if err == nil || err.Code != c.code || !strings.Contains(err.Message, c.names) {
			t.Errorf("%s %.80s: got %v, want %s naming %q", c.event, c.argument, err, c.code, c.names)
		}
	}
}

func TestBinaryOnlyWhereItIsRelayed(t *testing.T) {
	placeholder := `{"_placeholder":true,"num":0}`
	for event := range commands {
		_, _, err := parse(event, `{"roomId":"r","event":"x","data":`+placeholder+`,"action":`+placeholder+`}`, []byte{1})
		relayed := event == "emitToRoom" || event == "gameAction"
		if relayed != (err == nil) {
			t.Errorf("%s with an attachment: %v", event, err)
		}
	}
}

func TestCommandsAreReserved(t *testing.T) {
	for event := range commands {
		if !isReserved(event) {
			t.Errorf("%s could be emitted by a client", event)
		}
	}
}

func TestIdentify(t *testing.T) {
	longID := strings.Repeat("x", room.IDBytesMax)
	for _, c := range []struct {
		name, auth, query string
		want              room.User
	}{
		{"auth", `{"userId":"anna","username":"Anna"}`, "userId=other", room.User{ID: "anna", Name: "Anna"}},
		{"query", `{}`, "userId=anna&username=Anna", room.User{ID: "anna", Name: "Anna"}},
		{"id for a name", ``, "userId=anna", room.User{ID: "anna", Name: "anna"}},
		{"long id for a name", ``, "userId=" + longID, room.User{ID: longID, Name: longID[:100]}},
	} {
		query, _ := url.ParseQuery(c.query)
		got, err := identify(json.RawMessage(c.auth), query)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestIdentifyMakesGuests(t *testing.T) {
	a, errA := identify(nil, url.Values{})
	b, errB := identify(nil, url.Values{})
	if errA != nil || errB != nil || !strings.HasPrefix(a.ID, "guest-") || a.ID == b.ID || a.Name != a.ID {
		t.Errorf("guests %v and %v (%v, %v)", a, b, errA, errB)
	}
}

func TestIdentifyRefuses(t *testing.T) {
	for _, auth := range []string{
		`{"userId":7}`, `{"userId":"a\nb"}`, `{"userId":"` + strings.Repeat("x", 129) + `"}`, `{"userId":"a","username":"\u0000"}`,
	} {
		_, err := identify(json.RawMessage(auth), url.Values{})
		refusal, ok := err.(*socketio.ConnectError)
		if !ok || refusal.Message != "Authentication failed" {
			t.Errorf("%.40s: %v", auth, err)
			continue
		}
		if data := refusal.Data.(map[string]string); data["code"] != "authentication_failed" {
			t.Errorf("%.40s: data %v", auth, data)
		}
	}
}

func TestEncodeRoomEvents(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	anna := room.User{ID: "anna", Name: "Anna <b>"}
	for _, c := range []struct {
		event room.Event
		want  string // "": nobody is told
	}{
		{room.MessageSent{Message: room.Message{ID: "e-1", Seq: 1, Sender: anna, Text: "<hi>", At: at, ClientID: "secret"}},
			`42["newMessage",{"id":"e-1","seq":1,"roomId":"r","sender":{"id":"anna","username":"Anna <b>"},"userId":"anna","text":"<hi>","attachments":[],"createdAt":"2026-01-02T03:04:05.006Z","timestamp":"2026-01-02T03:04:05.006Z"}]`},
		{room.Emitted{Name: "x", Data: json.RawMessage(`{"b":9007199254740993,"a":"\u003c"}`), Sender: anna, At: at},
			`42["x",{"b":9007199254740993,"a":"\u003c"},{"roomId":"r","sender":{"id":"anna","username":"Anna <b>"},"at":"2026-01-02T03:04:05.006Z"}]`},
		{room.Acted{Action: json.RawMessage(`"jump"`), Player: "anna", At: at},
			`42["gameUpdate",{"roomId":"r","action":"jump","player":"anna","timestamp":"2026-01-02T03:04:05.006Z"}]`},
		{room.Joined{User: anna, TookSeat: true},
			`42["userJoined",{"roomId":"r","userId":"anna","user":{"id":"anna","username":"Anna <b>"}}]`},
		{room.Joined{User: anna}, ""},
		{room.Left{User: anna, GaveUpSeat: true, Disconnected: true},
			`42["userLeft",{"roomId":"r","userId":"anna","username":"Anna <b>","disconnected":true}]`},
		{room.Left{User: anna, GaveUpSeat: true}, `42["userLeft",{"roomId":"r","userId":"anna","username":"Anna <b>"}]`},
		{room.Left{User: anna}, ""},
		{room.Removed{}, `42["roomDeleted",{"roomId":"r"}]`},
		{room.Created{}, ""}, {room.MemberAdded{}, ""}, {room.MemberRemoved{}, ""},
	} {
		f := EncodeRoomEvent("r", c.event)
		if c.want == "" {
			if f != nil {
				t.Errorf("%T is told", c.event)
			}
			continue
		}
		if !sameFrame(f, c.want) {
			t.Errorf("%T: got %v, want %s", c.event, f, c.want)
		}
	}
}

// sameFrame reports whether the frame is that of this packet.
func sameFrame(f *engineio.Frame, packet string) bool {
	return reflect.DeepEqual(f, engineio.NewFrame(engineio.Message{Data: []byte(packet[1:])}))
}

func dump(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
