package room

import (
	"encoding/json"
	"fmt"
	"strings"
)

func (s *simulation) chance(percent int) bool { return s.rng.IntN(100) < percent }

func (s *simulation) randomRequest() Request {
	user := string(rune('a' + s.rng.IntN(6)))
	return Request{
		From:       User{ID: user, Name: strings.ToUpper(user)},
		Connection: ConnectionID(fmt.Sprintf("%s/%d", user, s.rng.IntN(3))),
		Command:    s.randomCommand(),
	}
}

func (s *simulation) randomCommand() Command {
	switch n := s.rng.IntN(100); {
	case n < 6:
		return Create{Settings: s.randomSettings()}
	case n < 46:
		return s.randomJoin()
	case n < 58:
		return Leave{}
	case n < 70:
		return Disconnect{}
	case n < 90:
		return s.randomSend()
	case n < 96:
		return Emit{Event: "e", Data: json.RawMessage(`{}`), IncludeSelf: s.chance(50), Volatile: s.chance(50)}
	default:
		return Act{Action: json.RawMessage(`{"n":1}`), Binary: [][]byte{{1}}}
	}
}

func (s *simulation) randomSettings() Settings {
	return Settings{
		Name:         "R",
		Private:      s.chance(40),
		PasswordHash: hashOf(s.randomPassword()),
		MaxUsers:     s.rng.IntN(5), // 0: none
		Persistent:   s.chance(60),
		AutoDelete:   s.chance(40),
	}
}

func (s *simulation) randomPassword() string { return []string{"", "", "x", "y"}[s.rng.IntN(4)] }

func (s *simulation) randomJoin() Command {
	c := Join{Password: s.randomPassword(), Implicit: s.chance(30)}
	if s.chance(40) {
		newest := int(s.room.Seq())
		c.Since = &Since{Epoch: s.room.Epoch(), Seq: uint64(max(0, newest+2-s.rng.IntN(400)))}
		if s.chance(10) {
			c.Since.Epoch = "e0"
		}
	}
	return c
}

func (s *simulation) randomSend() Send {
	c := Send{Text: "hello"}
	if s.chance(30) {
		c.ClientID = fmt.Sprintf("c%d", s.rng.IntN(40))
	}
	if s.chance(10) {
		c.Attachments = []json.RawMessage{json.RawMessage(`{ "b":1, "a":[1e2,"<"] }`)}
	}
	return c
}
