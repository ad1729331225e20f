package room

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
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
//	send "text" [clientId=] [attachment={…}]… [times=]
//	emit NAME {…} [includeSelf] [volatile]
//	act {…}
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
	case "send":
		c := Send{Text: unquote(a.next()), ClientID: a.text("clientId")}
		for _, text := range a.all("attachment") {
			c.Attachments = append(c.Attachments, json.RawMessage(text))
		}
		return c, nil
	case "emit":
		return Emit{
			IncludeSelf: a.flag("includeSelf"), Volatile: a.flag("volatile"),
			Event: unquote(a.next()), Data: json.RawMessage(a.next()),
		}, nil
	case "act":
		return Act{Action: json.RawMessage(a.next())}, nil
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
