package room

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// wantError checks that a refusal has this code (empty: that there is none)
// and that its message contains these words.
func wantError(t *testing.T, err *Error, code Code, words string) {
	t.Helper()
	switch {
	case err == nil && code == "":
	case err == nil:
		t.Errorf("accepted, want %s", code)
	case err.Code != code:
		t.Errorf("got %v, want %q", err, code)
	case !strings.Contains(err.Message, words):
		t.Errorf("got %v, want a message with %q", err, words)
	}
}

func TestValidateID(t *testing.T) {
	for name, c := range map[string]struct {
		id    string
		code  Code
		words string
	}{
		"shortest":          {id: "a"},
		"longest":           {id: strings.Repeat("a", 128)},
		"longest, 2 bytes":  {id: strings.Repeat("é", 64)},
		"spaces and signs":  {id: " /#?<>\"'\\ ☕ "},
		"empty":             {"", CodeBadRequest, "roomId must not be empty"},
		"too long":          {strings.Repeat("a", 129), CodeTooLarge, "roomId is limited to 128 bytes"},
		"too long, 2 bytes": {strings.Repeat("é", 64) + "a", CodeTooLarge, "128 bytes"},
		"too long and bad":  {strings.Repeat("\xff", 129), CodeTooLarge, "128 bytes"},
		"not UTF-8":         {"a\xff", CodeBadRequest, "roomId must be valid UTF-8"},
		"cut UTF-8":         {"é"[:1], CodeBadRequest, "valid UTF-8"},
		"surrogate":         {"\xed\xa0\x80", CodeBadRequest, "valid UTF-8"},
		"zero":              {"a\x00", CodeBadRequest, "roomId must not contain control characters"},
		"last of C0":        {"\x1f", CodeBadRequest, "control characters"},
		"first after C0":    {id: "\x20"},
		"last before DEL":   {id: "~"},
		"DEL":               {"\x7f", CodeBadRequest, "control characters"},
		"last of C1":        {"\u009f", CodeBadRequest, "control characters"},
		"first after C1":    {id: "\u00a0"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, ValidateID("roomId", c.id), c.code, c.words) })
	}
}

func TestValidateName(t *testing.T) {
	for name, c := range map[string]struct {
		name  string
		code  Code
		words string
	}{
		"shortest":         {name: "a"},
		"longest":          {name: strings.Repeat("a", 100)},
		"longest, 4 bytes": {name: strings.Repeat("🍵", 100)},
		"empty":            {"", CodeBadRequest, "name must not be empty"},
		"too long":         {strings.Repeat("🍵", 101), CodeTooLarge, "name is limited to 100 characters"},
		"not UTF-8":        {"\xff", CodeBadRequest, "name must be valid UTF-8"},
		"line break":       {"a\nb", CodeBadRequest, "name must not contain control characters"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, ValidateName("name", c.name), c.code, c.words)
		})
	}
}

func TestValidateCreate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Settings)
		code   Code
		words  string
	}{
		"least":                {change: func(s *Settings) {}},
		"no name":              {func(s *Settings) { s.Name = "" }, CodeBadRequest, "name must not be empty"},
		"longest name":         {change: func(s *Settings) { s.Name = strings.Repeat("é", 100) }},
		"name too long":        {func(s *Settings) { s.Name = strings.Repeat("é", 101) }, CodeTooLarge, "name"},
		"name with a tab":      {func(s *Settings) { s.Name = "\t" }, CodeBadRequest, "name"},
		"longest description":  {change: func(s *Settings) { s.Description = strings.Repeat("é", 1000) }},
		"description too long": {func(s *Settings) { s.Description = strings.Repeat("é", 1001) }, CodeTooLarge, "description is limited to 1000"},
		"lines of description": {change: func(s *Settings) { s.Description = "a\nb" }},
		"description no UTF-8": {func(s *Settings) { s.Description = "\xff" }, CodeBadRequest, "description"},
		"no maximum":           {change: func(s *Settings) { s.MaxUsers = 0 }},
		"least maximum":        {change: func(s *Settings) { s.MaxUsers = 1 }},
		"negative maximum":     {func(s *Settings) { s.MaxUsers = -1 }, CodeBadRequest, "maxUsers"},
		"greatest maximum":     {change: func(s *Settings) { s.MaxUsers = 100_000 }},
		"maximum too great":    {func(s *Settings) { s.MaxUsers = 100_001 }, CodeTooLarge, "maxUsers is limited to 100000"},
		"everything":           {change: func(s *Settings) { s.Private, s.Persistent, s.AutoDelete, s.PasswordHash = true, true, true, "h" }},
	} {
		t.Run(name, func(t *testing.T) {
			s := Settings{Name: "Tea"}
			c.change(&s)
			wantError(t, Create{Settings: s}.Validate(), c.code, c.words)
		})
	}
}

func TestValidateJoin(t *testing.T) {
	wantError(t, Join{}.Validate(), "", "")
	wantError(t, Join{Password: strings.Repeat("p", 1024)}.Validate(), "", "")
	wantError(t, Join{Password: strings.Repeat("p", 1025)}.Validate(), CodeTooLarge, "password is limited to 1024 bytes")
	wantError(t, Join{Since: &Since{Epoch: "e", Seq: 1<<64 - 1}, Implicit: true}.Validate(), "", "")
}

// object returns the text of a JSON object of this many bytes.
func object(bytes int) json.RawMessage {
	return json.RawMessage(`{"a":"` + strings.Repeat("x", bytes-len(`{"a":""}`)) + `"}`)
}

// nested returns the text of a JSON object with this many levels.
func nested(levels int) json.RawMessage {
	return json.RawMessage(strings.Repeat(`{"a":`, levels-1) + `{}` + strings.Repeat(`}`, levels-1))
}

func attachments(texts ...json.RawMessage) Send { return Send{Attachments: texts} }

func TestValidateSend(t *testing.T) {
	ten := make([]json.RawMessage, 10)
	for i := range ten {
		ten[i] = json.RawMessage(`{}`)
	}
	for name, c := range map[string]struct {
		send  Send
		code  Code
		words string
	}{
		"shortest":             {send: Send{Text: "a"}},
		"empty":                {Send{}, CodeBadRequest, "text must not be empty"},
		"empty, client id":     {Send{ClientID: "c"}, CodeBadRequest, "text must not be empty"},
		"empty, attachment":    {send: attachments(object(10))},
		"longest":              {send: Send{Text: strings.Repeat("a", 16<<10)}},
		"too long":             {Send{Text: strings.Repeat("a", 16<<10+1)}, CodeTooLarge, "text is limited to 16384 bytes"},
		"lines":                {send: Send{Text: "a\nb\x00"}},
		"not UTF-8":            {Send{Text: "\xff"}, CodeBadRequest, "text must be valid UTF-8"},
		"longest client id":    {send: Send{Text: "a", ClientID: strings.Repeat("c", 128)}},
		"client id too long":   {Send{Text: "a", ClientID: strings.Repeat("c", 129)}, CodeTooLarge, "clientId is limited to 128 bytes"},
		"client id no UTF-8":   {Send{Text: "a", ClientID: "\xff"}, CodeBadRequest, "clientId must be valid UTF-8"},
		"client id control":    {Send{Text: "a", ClientID: "\r"}, CodeBadRequest, "clientId must not contain"},
		"most attachments":     {send: attachments(ten...)},
		"too many":             {attachments(append(ten, ten[0])...), CodeTooLarge, "attachments are limited to 10"},
		"largest":              {send: attachments(object(64 << 10))},
		"too large":            {attachments(object(64<<10 + 1)), CodeTooLarge, "attachments are limited to 65536 bytes"},
		"largest together":     {send: attachments(object(32<<10), object(32<<10))},
		"too large together":   {attachments(object(32<<10), object(32<<10+1)), CodeTooLarge, "65536 bytes together"},
		"deepest":              {send: attachments(nested(100))},
		"too deep":             {attachments(nested(101)), CodeTooLarge, "attachments are limited to 100 levels"},
		"deepest for a parser": {attachments(nested(10_000)), CodeTooLarge, "100 levels"},
		"too deep for it":      {attachments(nested(10_001)), CodeBadRequest, "attachments must be JSON objects"},
		"spaces around":        {send: attachments(json.RawMessage(" \t\r\n{ } \n"))},
		"nothing":              {attachments(nil), CodeBadRequest, "attachments must be JSON objects"},
		"only spaces":          {attachments(json.RawMessage("  ")), CodeBadRequest, "JSON objects"},
		"array":                {attachments(json.RawMessage(`[{}]`)), CodeBadRequest, "JSON objects"},
		"text":                 {attachments(json.RawMessage(`"{}"`)), CodeBadRequest, "JSON objects"},
		"null":                 {attachments(json.RawMessage(`null`)), CodeBadRequest, "JSON objects"},
		"no end":               {attachments(json.RawMessage(`{"a":1`)), CodeBadRequest, "JSON objects"},
		"two":                  {attachments(json.RawMessage(`{}{}`)), CodeBadRequest, "JSON objects"},
		"no JSON inside":       {attachments(json.RawMessage(`{a:1}`)), CodeBadRequest, "JSON objects"},
		"no UTF-8 inside":      {attachments(json.RawMessage("{\"a\":\"\xff\"}")), CodeBadRequest, "JSON objects"},
		"the second of two":    {attachments(json.RawMessage(`{}`), json.RawMessage(`1`)), CodeBadRequest, "JSON objects"},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, c.send.Validate(), c.code, c.words) })
	}
}

func TestLevels(t *testing.T) {
	for text, want := range map[string]int{
		`1`: 0, `{}`: 1, `[]`: 1, `{"a":[]}`: 2, `{"a":{},"b":[{}]}`: 3, `[[],[],[]]`: 2,
		`{"[[[{{{":"]]}\"[[\\"}`: 1, `{"a":"\\","b":[]}`: 2,
	} {
		if got := levels([]byte(text)); got != want {
			t.Errorf("%s has %d levels, want %d", text, got, want)
		}
	}
}

func TestValidateEmit(t *testing.T) {
	wantError(t, Emit{Event: "a"}.Validate(), "", "")
	wantError(t, Emit{}.Validate(), CodeBadRequest, "event must not be empty")
	wantError(t, Emit{Event: strings.Repeat("e", 128)}.Validate(), "", "")
	wantError(t, Emit{Event: strings.Repeat("e", 129)}.Validate(), CodeTooLarge, "event is limited to 128 bytes")
	wantError(t, Emit{Event: "\xff"}.Validate(), CodeBadRequest, "event must be valid UTF-8")
	wantError(t, Emit{Event: "a\x1b"}.Validate(), CodeBadRequest, "event must not contain control")
}

func TestValidateFindsNothing(t *testing.T) {
	for _, c := range []Command{Leave{}, Disconnect{}, Detach{}, Resume{}, TakePlace{}, Act{}, Decline{}, Glance{}, MarkRead{Seq: 1<<64 - 1}, GetModeration{}} {
		wantError(t, c.Validate(), "", "")
	}
}

func TestValidateModeration(t *testing.T) {
	longest := strings.Repeat("é", 200)
	for name, c := range map[string]struct {
		command Command
		code    Code
		words   string
	}{
		"kick":               {command: Kick{UserID: "u", Reason: longest}},
		"kick, no user":      {Kick{}, CodeBadRequest, "userId must not be empty"},
		"kick, long reason":  {Kick{UserID: "u", Reason: longest + "a"}, CodeTooLarge, "reason is limited to 200 characters"},
		"kick, line break":   {Kick{UserID: "u", Reason: "\n"}, CodeBadRequest, "reason must not contain control"},
		"kick, no UTF-8":     {Kick{UserID: "u", Reason: "\xff"}, CodeBadRequest, "reason must be valid UTF-8"},
		"ban":                {command: Ban{UserID: "u", Reason: longest, For: 10 * 365 * 24 * time.Hour}},
		"ban, no user":       {Ban{}, CodeBadRequest, "userId"},
		"ban, long reason":   {Ban{UserID: "u", Reason: longest + "a"}, CodeTooLarge, "reason"},
		"ban, negative":      {Ban{UserID: "u", For: -1}, CodeBadRequest, "durationMs must not be negative"},
		"ban, too long":      {Ban{UserID: "u", For: 10*365*24*time.Hour + 1}, CodeTooLarge, "durationMs is limited to 315360000000"},
		"mute, no user":      {Mute{}, CodeBadRequest, "userId"},
		"mute, negative":     {Mute{UserID: "u", For: -1}, CodeBadRequest, "durationMs"},
		"mute, too long":     {Mute{UserID: "u", For: 10*365*24*time.Hour + 1}, CodeTooLarge, "durationMs"},
		"unban, no user":     {Unban{}, CodeBadRequest, "userId"},
		"unmute, no user":    {Unmute{}, CodeBadRequest, "userId"},
		"role":               {command: SetRole{UserID: "u", Role: RoleMember}},
		"role, no user":      {SetRole{Role: RoleMember}, CodeBadRequest, "userId"},
		"role, none":         {SetRole{UserID: "u"}, CodeBadRequest, "role must be"},
		"role, creator":      {SetRole{UserID: "u", Role: RoleCreator}, CodeBadRequest, "role must be"},
		"delete":             {command: Delete{Reason: longest}},
		"delete, too long":   {Delete{Reason: longest + "a"}, CodeTooLarge, "reason"},
		"invite, no user":    {Invite{}, CodeBadRequest, "userId"},
		"open, no user":      {Open{}, CodeBadRequest, "userId"},
		"open, long id":      {Open{Peer: strings.Repeat("u", 129)}, CodeTooLarge, "userId is limited to 128 bytes"},
		"edit, longest id":   {command: EditMessage{MessageID: strings.Repeat("m", 128), Text: "a"}},
		"edit, long id":      {EditMessage{MessageID: strings.Repeat("m", 129), Text: "a"}, CodeTooLarge, "messageId is limited to 128 bytes"},
		"edit, no id":        {EditMessage{Text: "a"}, CodeBadRequest, "messageId must not be empty"},
		"edit, nothing":      {EditMessage{MessageID: "m", Attachments: []json.RawMessage{}}, CodeBadRequest, "text must not be empty"},
		"edit, only text":    {command: EditMessage{MessageID: "m"}}, // of one with attachments
		"edit, long text":    {EditMessage{MessageID: "m", Text: strings.Repeat("a", 16<<10+1)}, CodeTooLarge, "text"},
		"edit, bad text":     {EditMessage{MessageID: "m", Text: "\xff"}, CodeBadRequest, "text"},
		"edit, bad object":   {EditMessage{MessageID: "m", Text: "a", Attachments: []json.RawMessage{nil}}, CodeBadRequest, "attachments"},
		"delete message":     {command: DeleteMessage{MessageID: "m"}},
		"delete nothing":     {DeleteMessage{}, CodeBadRequest, "messageId"},
		"users, least":       {command: ListUsers{Limit: 1}},
		"users, most":        {command: ListUsers{Limit: 100}},
		"users, none":        {ListUsers{}, CodeBadRequest, "limit must be from 1 to 100"},
		"users, too many":    {ListUsers{Limit: 101}, CodeBadRequest, "limit"},
		"history, both":      {GetHistory{Before: 1, HasAfter: true, Limit: 1}, CodeBadRequest, "before and after"},
		"history, from none": {command: GetHistory{HasAfter: true, Limit: 100}},
		"history, too many":  {GetHistory{Limit: 101}, CodeBadRequest, "limit"},
		"rooms":              {command: ListRooms{Limit: 100, Search: strings.Repeat("é", 100), Cursor: strings.Repeat("c", cursorBytesMax)}},
		"rooms, none":        {ListRooms{}, CodeBadRequest, "limit must be from 1 to 100"},
		"rooms, long search": {ListRooms{Limit: 1, Search: strings.Repeat("a", 101)}, CodeTooLarge, "search is limited to 100 characters"},
		"rooms, bad search":  {ListRooms{Limit: 1, Search: "\xff"}, CodeBadRequest, "search must be valid UTF-8"},
		"rooms, long cursor": {ListRooms{Limit: 1, Cursor: strings.Repeat("c", cursorBytesMax+1)}, CodeTooLarge, "cursor is limited to"},
		"update, nothing":    {command: Update{}},
		"update, no name":    {Update{Name: new("")}, CodeBadRequest, "name"},
		"update, long":       {Update{Description: new(strings.Repeat("a", 1001))}, CodeTooLarge, "description"},
		"update, maximum":    {Update{MaxUsers: new(100_001)}, CodeTooLarge, "maxUsers"},
		"update, no more":    {command: Update{MaxUsers: new(0), PasswordHash: new("")}},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, c.command.Validate(), c.code, c.words) })
	}
}
