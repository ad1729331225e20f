package room

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

func (s *simulation) chance(percent int) bool { return s.rng.IntN(100) < percent }

// pick returns one of these at random.
func pick[T any](s *simulation, from ...T) T { return from[s.rng.IntN(len(from))] }

func (s *simulation) randomUser() string {
	return string(rune('a' + s.rng.IntN(either(s.studied, 2, 6))))
}

func (s *simulation) randomRequest() Request {
	user, command := s.randomUser(), s.randomCommand()
	switch command.(type) {
	case Update, Delete, Kick, Ban, Unban, Mute, Unmute, SetRole, GetModeration, DeleteMessage:
		if who := append(s.model.moderators, s.model.creator.ID); s.chance(50) && who[0] != "" {
			user = pick(s, who...)
		}
	case Send, Emit, Act, EditMessage:
		if inside := s.speakers(); len(inside) > 0 && s.chance(50) {
			from := pick(s, inside...)
			return Request{From: from.User, Connection: from.Connection, Command: command}
		}
	}
	return Request{
		From:       User{ID: user, Name: strings.ToUpper(user)},
		Connection: ConnectionID(fmt.Sprintf("%s/%d", user, s.rng.IntN(3))),
		Command:    command,
	}
}

// speakers are those inside; if some of them are muted, only these.
func (s *simulation) speakers() []Joined {
	var muted []Joined
	for _, j := range s.model.inside {
		if s.model.muteOf(Request{From: j.User, At: s.now}) != nil {
			muted = append(muted, j)
		}
	}
	return either(len(muted) > 0, muted, s.model.inside)
}

func (s *simulation) randomCommand() Command {
	if s.studied && s.room.Seq() > 0 && s.chance(75) {
		return either(s.chance(60), s.randomReading, s.randomOldChange)()
	}
	switch n := s.rng.IntN(200); {
	case n < 6:
		return Create{Settings: s.randomSettings()}
	case n < 10, s.room.Deleted() && n < 30:
		return Open{Peer: s.randomUser()}
	case n < 70:
		return s.randomJoin()
	case n < 82:
		return Leave{}
	case n < 88:
		return Disconnect{}
	case n < 96:
		return pick(s, Command(Detach{}), Command(Detach{}), Command(Resume{}))
	case n < 98 && len(s.model.inside) > 0:
		return TakePlace{Of: pick(s, s.model.inside...).Connection}
	case n < 125:
		return s.randomSaying("hello")
	case n < 155:
		return s.randomReading()
	case n < 170:
		return s.randomArranging()
	default:
		return s.randomModerating()
	}
}

func (s *simulation) randomSettings() Settings {
	return Settings{
		Name:         "R",
		Private:      s.chance(40),
		PasswordHash: hashOf(s.randomPassword()),
		MaxUsers:     s.rng.IntN(5), // 0: none
		Persistent:   s.studied || s.chance(60),
		AutoDelete:   s.chance(30),
	}
}

func (s *simulation) randomPassword() string { return pick(s, "", "", "x", "y") }

func (s *simulation) randomJoin() Command {
	c := Join{Password: s.randomPassword(), Implicit: s.chance(30)}
	switch {
	case s.chance(30):
		newest := int(s.room.Seq())
		c.Since = &Since{Epoch: s.room.Epoch(), Seq: uint64(max(0, newest+2-s.rng.IntN(400)))}
		if s.chance(10) {
			c.Since.Epoch = "e0"
		}
	case s.chance(60):
		c.Since = &Since{Epoch: s.reader.epoch, Seq: s.reader.seq}
	}
	return c
}

// randomSaying is what needs to be inside.
func (s *simulation) randomSaying(text string) Command {
	switch n := s.rng.IntN(100); {
	case n < 15:
		c := EditMessage{MessageID: s.randomMessageID(), Text: pick(s, text, "now "+text, "x", "")}
		c.Text = c.Text[:min(len(c.Text), textBytesMax)]
		if s.chance(30) || c.Text == "" {
			c.Attachments = []json.RawMessage{json.RawMessage(`{}`)}
		}
		if s.chance(20) {
			c.Attachments = nil
		}
		return c
	case n < 22:
		return DeleteMessage{MessageID: s.randomMessageID()}
	case n < 30:
		return Emit{Event: "e", Data: json.RawMessage(`{}`), IncludeSelf: s.chance(50), Volatile: s.chance(50)}
	case n < 35:
		return Act{Action: json.RawMessage(`{"n":1}`), Binary: [][]byte{{1}}}
	}
	c := Send{Text: text}
	if s.chance(30) {
		c.ClientID = fmt.Sprintf("c%d", s.rng.IntN(40))
	}
	if s.chance(10) {
		c.Attachments = []json.RawMessage{json.RawMessage(`{ "b":1, "a":[1e2,"<"] }`)}
	}
	return c
}

// randomOldChange is of a message that may be long gone from memory, or of one
// of the newest.
func (s *simulation) randomOldChange() Command {
	id := s.randomMessageID()
	if s.chance(50) {
		id = fmt.Sprintf("%s-%d", s.room.Epoch(), 1+s.rng.IntN(20))
	}
	return either[Command](s.chance(70), EditMessage{MessageID: id, Text: "changed"}, DeleteMessage{MessageID: id})
}

func (s *simulation) randomMessageID() string {
	if s.chance(3) {
		return "e0-1"
	}
	newest := s.rng.IntN(int(s.room.Seq()) + 2)
	return fmt.Sprintf("%s-%d", s.room.Epoch(), pick(s, newest, max(0, int(s.room.Seq())-s.rng.IntN(5))))
}

func (s *simulation) randomSeq() uint64 { return uint64(s.rng.IntN(int(s.room.Seq()) + 3)) }

func (s *simulation) randomReading() Command {
	limit := pick(s, 1, 3, 50, PageMax)
	switch s.rng.IntN(7) {
	case 0:
		return ListUsers{After: uint64(s.rng.IntN(6)), Limit: pick(s, 1, 2, 50)}
	case 1:
		return GetHistory{HasAfter: true, After: s.randomSeq(), Limit: limit}
	case 2:
		return GetHistory{Before: s.randomSeq(), Limit: limit}
	case 3:
		return Glance{}
	case 4:
		return pick[Command](s, GetHistory{Limit: PageMax}, GetHistory{Before: 15, Limit: limit}, MarkRead{Seq: s.room.Seq() / 4})
	default:
		return MarkRead{Seq: s.randomSeq()}
	}
}

// randomArranging is what concerns the room as a whole.
func (s *simulation) randomArranging() Command {
	switch n := s.rng.IntN(20); {
	case n < 11:
		return Invite{UserID: s.randomUser()}
	case n < 13:
		return Decline{}
	case n < 15:
		return Delete{Reason: pick(s, "", "why"), ByAdmin: s.chance(20)}
	}
	name, description, hash := pick(s, "R", "S"), pick(s, "", "D"), hashOf(s.randomPassword())
	limit, private := s.rng.IntN(5), s.chance(40)
	return Update{
		Name: pick(s, nil, &name), Description: pick(s, nil, &description), PasswordHash: pick(s, nil, &hash),
		MaxUsers: pick(s, nil, &limit), Private: pick(s, nil, &private),
	}
}

func (s *simulation) randomModerating() Command {
	user, lasts := s.randomUser(), time.Duration(s.rng.IntN(5))*3*time.Second
	if seats := s.model.seats; len(seats) > 0 && s.chance(50) {
		user = pick(s, seats...).user.ID
	}
	if all := slices.Concat(s.model.banned, s.model.muted); len(all) > 0 && s.chance(30) {
		user = pick(s, all...).user
	}
	switch n := s.rng.IntN(20); {
	case n < 3:
		return Kick{UserID: user, Reason: pick(s, "", "why"), ByAdmin: s.chance(20)}
	case n < 5:
		return Ban{UserID: user, Reason: pick(s, "", "why"), For: lasts}
	case n < 8:
		return Unban{UserID: user}
	case n < 11:
		return Mute{UserID: user, For: lasts}
	case n < 13:
		return Unmute{UserID: user}
	case n < 18:
		return SetRole{UserID: user, Role: pick(s, RoleModerator, RoleModerator, RoleMember)}
	default:
		return GetModeration{}
	}
}
