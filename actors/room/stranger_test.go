package room

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

// everyCommand is one of each kind, as a client would give it.
func everyCommand() []Command {
	name := "Mine"
	return []Command{
		Create{Settings: Settings{Name: "R"}}, Join{}, Open{Peer: "creator"}, Leave{}, Disconnect{},
		Detach{}, Resume{}, TakePlace{Of: "bob/1"},
		Send{Text: "a"}, Emit{Event: "e"}, Act{}, EditMessage{MessageID: "e1-1", Text: "a"}, DeleteMessage{MessageID: "e1-1"},
		Delete{}, Update{Name: &name}, Invite{UserID: "dora"}, Decline{},
		ListUsers{Limit: 1}, GetHistory{Limit: 1}, MarkRead{Seq: 1}, Glance{},
		Kick{UserID: "bob"}, Ban{UserID: "bob"}, Unban{UserID: "bob"}, Mute{UserID: "bob"}, Unmute{UserID: "bob"},
		SetRole{UserID: "bob", Role: RoleModerator}, GetModeration{},
	}
}

// TestEveryCommand: the list above has them all.
func TestEveryCommand(t *testing.T) {
	declared := []string{}
	names, err := filepath.Glob("*.go")
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Validate" {
				declared = append(declared, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	listed := []string{"ListRooms"} // asked of the directory
	for _, c := range everyCommand() {
		listed = append(listed, reflect.TypeOf(c).Name())
	}
	slices.Sort(declared)
	slices.Sort(listed)
	if err != nil || !slices.Equal(declared, listed) {
		t.Errorf("got  %v\nwant %v, %v", listed, declared, err)
	}
}

// privateRooms are rooms that are nobody else's business, by what they are,
// with a password and without, full and not.
func privateRooms() map[string]*Room {
	rooms := map[string]*Room{}
	for name, s := range map[string]Settings{
		"ephemeral":  {},
		"persistent": {Persistent: true},
		"password":   {PasswordHash: hashOf("leaf")},
		"full":       {Persistent: true, PasswordHash: hashOf("leaf"), MaxUsers: 2},
		"autoDelete": {AutoDelete: true},
	} {
		s.Private = true
		r := newTestRoom(s)
		by := func(user string, commands ...Command) {
			for _, c := range commands {
				r.do(requestOf(user, 1, c))
			}
		}
		by("creator", Send{Text: "secret"}, Ban{UserID: "banned"}, Ban{UserID: "banned for now", For: time.Hour})
		for _, user := range []string{"kicked", "left", "declined", "banned later"} {
			by("creator", Invite{UserID: user})
			if user != "declined" {
				by(user, Join{}, Send{Text: "a"})
			}
			switch user {
			case "kicked":
				by("creator", Kick{UserID: user})
			case "left":
				by(user, Leave{})
			case "declined":
				by(user, Decline{})
			default:
				by("creator", SetRole{UserID: user, Role: RoleModerator}, Ban{UserID: user})
			}
		}
		by("creator", Invite{UserID: "bob"})
		by("bob", Join{})
		rooms[name] = r
	}
	direct := New("r")
	direct.do(requestOf("creator", 1, Open{Peer: "bob"}))
	direct.do(requestOf("creator", 1, Send{Text: "secret"}))
	rooms["direct"] = direct
	return rooms
}

// TestStrangerLearnsNothing: whatever one asks of a private room who has
// nothing to do with it, or nothing any more, he is told that it is private,
// and nothing else; and nothing comes of it.
func TestStrangerLearnsNothing(t *testing.T) {
	strangers := []string{"stranger", "kicked", "left", "declined", "banned", "banned for now", "banned later"}
	for name, r := range privateRooms() {
		before := fingerprint(r)
		for _, user := range strangers {
			for _, c := range everyCommand() {
				wantNothing(t, name, r, requestOf(user, 1, c))
			}
			for _, password := range []string{"leaf", "wrong"} {
				wantNothing(t, name, r, requestOf(user, 1, Join{Password: password}))
			}
		}
		if fingerprint(r) != before {
			t.Errorf("the %s room has changed", name)
		}
	}
}

// wantNothing gives a command to the end, password and all.
func wantNothing(t *testing.T, name string, r *Room, q Request) {
	t.Helper()
	d := r.Decide(q)
	if j, joins := q.Command.(Join); joins && j.Password != "" {
		if d.Check == nil {
			t.Errorf("%s, %s: the time of %#v tells that no password helps", name, q.From.ID, j)
			return
		}
		helps := r.settings.MaxUsers == 0 && q.From.ID[0] != 'b'
		if !helps && d.Check.PasswordHash != "" {
			t.Errorf("%s, %s: the time of %#v may tell whether it is right", name, q.From.ID, j)
		}
		if q = judgedOf(q, *d.Check); q.Command.(Join).Verdict.Matches && helps {
			return // that is how one may come in
		}
		d = r.Decide(q)
	}
	want := Reply(ErrRoomPrivate)
	switch q.Command.(type) {
	case Create:
		want = ErrRoomExists
	case TakePlace:
		want = ErrNotInRoom // which no client asks for
	case Disconnect, Detach, Resume:
		want = Done{} // a connection that ends asks for nothing
	}
	if !reflect.DeepEqual(d, Decision{Reply: want}) {
		t.Errorf("%s, %s: %#v comes to %+v", name, q.From.ID, q.Command, d)
	}
}

// TestBannedInPublic: one who is banned from a public room is told so when he
// joins; in all else he is as anybody who is not a member.
func TestBannedInPublic(t *testing.T) {
	r := newTestRoom(Settings{Persistent: true})
	r.do(requestOf("creator", 1, Ban{UserID: "banned"}))
	for _, c := range everyCommand() {
		banned, other := r.Decide(requestOf("banned", 1, c)), r.Decide(requestOf("other", 1, c))
		if _, joins := c.(Join); joins {
			wantReply(t, banned, CodeBanned)
		} else if !reflect.DeepEqual(banned, other) {
			t.Errorf("%#v comes to %+v for the banned, to %+v for others", c, banned, other)
		}
	}
}
