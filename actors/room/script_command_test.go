package room

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// args are what stands behind a script's command: plain words, and key=value.
// Each is taken once; what is left over is an error in the script.
type args struct {
	words []string
	named map[string][]string
}

func parseArgs(words []string) *args {
	a := &args{named: map[string][]string{}}
	for _, w := range words {
		key, value, ok := strings.Cut(w, "=")
		if ok && !strings.ContainsAny(key, `"{[`) {
			a.named[key] = append(a.named[key], unquote(value))
		} else {
			a.words = append(a.words, w)
		}
	}
	return a
}

// next takes the next plain word, as it stands: JSON.
func (a *args) next() string {
	if len(a.words) == 0 {
		return ""
	}
	w := a.words[0]
	a.words = a.words[1:]
	return w
}

// flag takes a plain word, and reports whether it was there.
func (a *args) flag(word string) bool {
	for i, w := range a.words {
		if w == word {
			a.words = append(a.words[:i:i], a.words[i+1:]...)
			return true
		}
	}
	return false
}

func (a *args) all(key string) []string {
	values := a.named[key]
	delete(a.named, key)
	return values
}

func (a *args) text(key string) string {
	return strings.Join(a.all(key), "")
}

func (a *args) number(key string, otherwise int) int {
	text := a.text(key)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		a.words = append(a.words, text) // left over
	}
	return n
}

func (a *args) unused() error {
	if len(a.words)+len(a.named) > 0 {
		return fmt.Errorf("not understood: %v %v", a.words, a.named)
	}
	return nil
}

// commandOf reads a command:
//
//	create [name="Tea"] [description=] [private] [password=] [maxUsers=] [persistent] [autoDelete]
//	join [password=] [since=e1/7] [implicit]
//	leave
//	disconnect
//	detach
//	resume
//	takePlace CONNECTION
//	send "text" [clientId=] [attachment={…}]… [times=]
//	emit NAME {…} [includeSelf] [volatile]
//	act {…}
//	edit ID "text" [attachment={…}]… [bare]
//	deleteMessage ID
//
// and those in roomCommandOf and moderationOf. What is bare has no attachments.
func commandOf(verb string, a *args) (Command, error) {
	switch verb {
	case "create":
		return Create{Settings: settingsOf(a)}, nil
	case "join":
		return joinOf(a)
	case "leave":
		return Leave{}, nil
	case "disconnect":
		return Disconnect{}, nil
	case "detach":
		return Detach{}, nil
	case "resume":
		return Resume{}, nil
	case "takePlace":
		return TakePlace{Of: ConnectionID(a.next())}, nil
	case "send":
		return Send{Text: unquote(a.next()), ClientID: a.text("clientId"), Attachments: a.attachments()}, nil
	case "edit":
		c := EditMessage{MessageID: unquote(a.next()), Text: unquote(a.next()), Attachments: a.attachments()}
		if a.flag("bare") {
			c.Attachments = []json.RawMessage{}
		}
		return c, nil
	case "deleteMessage":
		return DeleteMessage{MessageID: unquote(a.next())}, nil
	case "emit":
		return Emit{
			IncludeSelf: a.flag("includeSelf"), Volatile: a.flag("volatile"),
			Event: unquote(a.next()), Data: json.RawMessage(a.next()),
		}, nil
	case "act":
		return Act{Action: json.RawMessage(a.next())}, nil
	}
	return roomCommandOf(verb, a)
}

func (a *args) attachments() (texts []json.RawMessage) {
	for _, text := range a.all("attachment") {
		texts = append(texts, json.RawMessage(text))
	}
	return texts
}

// roomCommandOf reads:
//
//	open USER
//	update [name=] [description=] [password=] [maxUsers=] [private] [public]
//	deleteRoom [reason=] [admin]
//	invite USER
//	decline
//	users [after=] [limit=100]
//	history [before=] [after=] [limit=50]
//	mark SEQ
//	glance
func roomCommandOf(verb string, a *args) (Command, error) {
	switch verb {
	case "open":
		return Open{Peer: a.next()}, nil
	case "update":
		return updateOf(a), nil
	case "deleteRoom":
		return Delete{Reason: a.text("reason"), ByAdmin: a.flag("admin")}, nil
	case "invite":
		return Invite{UserID: a.next()}, nil
	case "decline":
		return Decline{}, nil
	case "users":
		return ListUsers{After: a.seq("after"), Limit: a.number("limit", 100)}, nil
	case "history":
		c := GetHistory{Before: a.seq("before"), HasAfter: a.named["after"] != nil}
		c.After, c.Limit = a.seq("after"), a.number("limit", 50)
		return c, nil
	case "mark":
		seq, err := strconv.ParseUint(a.next(), 10, 64)
		return MarkRead{Seq: seq}, err
	case "glance":
		return Glance{}, nil
	}
	return moderationOf(verb, a)
}

func (a *args) seq(key string) uint64 { return uint64(a.number(key, 0)) }

// has takes the value of a key, or nil if there is none.
func (a *args) has(key string) *string {
	if values := a.all(key); values != nil {
		return &values[0]
	}
	return nil
}

func updateOf(a *args) Update {
	c := Update{Name: a.has("name"), Description: a.has("description")}
	if password := a.has("password"); password != nil {
		hash := hashOf(*password)
		c.PasswordHash = &hash
	}
	if a.named["maxUsers"] != nil {
		n := a.number("maxUsers", 0)
		c.MaxUsers = &n
	}
	if private := a.flag("private"); private || a.flag("public") {
		c.Private = &private
	}
	return c
}

// moderationOf reads:
//
//	kick USER [reason=] [admin]
//	ban USER [for=1h] [reason=]
//	unban USER
//	mute USER [for=1h]
//	unmute USER
//	role USER moderator|member
//	moderation
func moderationOf(verb string, a *args) (Command, error) {
	lasts, err := time.ParseDuration(a.text("for") + "0s")
	if err != nil {
		return nil, err
	}
	switch verb {
	case "kick":
		return Kick{ByAdmin: a.flag("admin"), UserID: a.next(), Reason: a.text("reason")}, nil
	case "ban":
		return Ban{UserID: a.next(), Reason: a.text("reason"), For: lasts}, nil
	case "unban":
		return Unban{UserID: a.next()}, nil
	case "mute":
		return Mute{UserID: a.next(), For: lasts}, nil
	case "unmute":
		return Unmute{UserID: a.next()}, nil
	case "role":
		return SetRole{UserID: a.next(), Role: Role(a.next())}, nil
	case "moderation":
		return GetModeration{}, nil
	}
	return nil, fmt.Errorf("no such command: %s", verb)
}

func settingsOf(a *args) Settings {
	s := Settings{
		Name:         a.text("name"),
		Description:  a.text("description"),
		Private:      a.flag("private"),
		PasswordHash: hashOf(a.text("password")),
		MaxUsers:     a.number("maxUsers", 0),
		Persistent:   a.flag("persistent"),
		AutoDelete:   a.flag("autoDelete"),
	}
	if s.Name == "" && !a.flag("nameless") {
		s.Name = "Tea"
	}
	return s
}

func joinOf(a *args) (Command, error) {
	c := Join{Password: a.text("password"), Implicit: a.flag("implicit")}
	if since := a.text("since"); since != "" {
		epoch, seq, _ := strings.Cut(since, "/")
		n, err := strconv.ParseUint(seq, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("since: %w", err)
		}
		c.Since = &Since{Epoch: epoch, Seq: n}
	}
	return c, nil
}
