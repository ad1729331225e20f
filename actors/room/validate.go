package room

import (
	"bytes"
	"encoding/json"
	"time"
	"unicode"
	"unicode/utf8"
)

// ValidateID returns what is wrong with an id (of a room or a user) that
// stands in this field of a request, or nil.
func ValidateID(field, id string) *Error {
	switch {
	case id == "":
		return BadRequest("%s must not be empty", field)
	case len(id) > IDBytesMax:
		return TooLarge("%s is limited to %d bytes", field, IDBytesMax)
	}
	return validateText(field, id)
}

// validateText refuses what must not stand in ids and names.
func validateText(field, text string) *Error {
	for _, c := range text {
		switch {
		case c == utf8.RuneError:
			// Not UTF-8, or what decoding has made of half a surrogate pair: two
			// different ids would be one.
			return BadRequest("%s must be valid UTF-8", field)
		case unicode.IsControl(c):
			return BadRequest("%s must not contain control characters", field)
		}
	}
	return nil
}

// ValidateName returns what is wrong with a name (of a room or a user) that
// stands in this field of a request, or nil.
func ValidateName(field, name string) *Error {
	switch {
	case name == "":
		return BadRequest("%s must not be empty", field)
	case utf8.RuneCountInString(name) > nameCharsMax:
		return TooLarge("%s is limited to %d characters", field, nameCharsMax)
	}
	return validateText(field, name)
}

// NameOf returns the name of a user who has given none: its id, as far as a
// name may go.
func NameOf(id string) string {
	if runes := []rune(id); len(runes) > nameCharsMax {
		return string(runes[:nameCharsMax])
	}
	return id
}

// Validate checks the settings.
func (c Create) Validate() *Error {
	s := c.Settings
	if err := ValidateName("name", s.Name); err != nil {
		return err
	}
	if err := validateDescription(s.Description); err != nil {
		return err
	}
	return validateMaxUsers(s.MaxUsers)
}

func validateDescription(text string) *Error {
	if !utf8.ValidString(text) {
		return BadRequest("description must be valid UTF-8")
	}
	if utf8.RuneCountInString(text) > descriptionCharsMax {
		return TooLarge("description is limited to %d characters", descriptionCharsMax)
	}
	return nil
}

func validateMaxUsers(n int) *Error {
	if n < 0 {
		return BadRequest("maxUsers must be a positive number")
	}
	if n > usersMax {
		return TooLarge("maxUsers is limited to %d", usersMax)
	}
	return nil
}

// Validate checks the settings that change.
func (c Update) Validate() *Error {
	if c.Name != nil {
		if err := ValidateName("name", *c.Name); err != nil {
			return err
		}
	}
	if c.Description != nil {
		if err := validateDescription(*c.Description); err != nil {
			return err
		}
	}
	if c.MaxUsers != nil {
		return validateMaxUsers(*c.MaxUsers)
	}
	return nil
}

// Validate checks the password's length.
func (c Join) Validate() *Error { return ValidatePassword(c.Password) }

// ValidatePassword returns what is wrong with a password, or nil. An empty
// one means that there is none.
func ValidatePassword(password string) *Error {
	if len(password) > PasswordBytesMax {
		return TooLarge("password is limited to %d bytes", PasswordBytesMax)
	}
	return nil
}

// Validate finds nothing.
func (Leave) Validate() *Error { return nil }

// Validate finds nothing.
func (Disconnect) Validate() *Error { return nil }

// Validate finds nothing wrong.
func (Detach) Validate() *Error { return nil }

// Validate finds nothing wrong.
func (Resume) Validate() *Error { return nil }

// Validate finds nothing wrong.
func (TakePlace) Validate() *Error { return nil }

// Validate checks the text, the attachments and the client id.
func (c Send) Validate() *Error {
	if c.Text == "" && len(c.Attachments) == 0 {
		return BadRequest("text must not be empty without attachments")
	}
	if err := validateMessageText(c.Text); err != nil {
		return err
	}
	if len(c.ClientID) > clientIDBytesMax {
		return TooLarge("clientId is limited to %d bytes", clientIDBytesMax)
	}
	if err := validateText("clientId", c.ClientID); err != nil {
		return err
	}
	return validateAttachments(c.Attachments)
}

func validateMessageText(text string) *Error {
	if !utf8.ValidString(text) {
		return BadRequest("text must be valid UTF-8")
	}
	if len(text) > textBytesMax {
		return TooLarge("text is limited to %d bytes", textBytesMax)
	}
	return nil
}

// Validate checks the text and the attachments.
func (c EditMessage) Validate() *Error {
	if err := validateMessageID(c.MessageID); err != nil {
		return err
	}
	if c.Text == "" && c.Attachments != nil && len(c.Attachments) == 0 {
		return BadRequest("text must not be empty without attachments")
	}
	if err := validateMessageText(c.Text); err != nil {
		return err
	}
	return validateAttachments(c.Attachments)
}

// Validate checks the message's id.
func (c DeleteMessage) Validate() *Error { return validateMessageID(c.MessageID) }

// validateMessageID bounds what is only compared.
func validateMessageID(id string) *Error {
	switch {
	case id == "":
		return BadRequest("messageId must not be empty")
	case len(id) > IDBytesMax:
		return TooLarge("messageId is limited to %d bytes", IDBytesMax)
	}
	return nil
}

// validateAttachments looks into them only when their size is known to be
// bearable.
func validateAttachments(attachments []json.RawMessage) *Error {
	if len(attachments) > attachmentsMax {
		return TooLarge("attachments are limited to %d", attachmentsMax)
	}
	size := 0
	for _, a := range attachments {
		size += len(a)
	}
	if size > attachmentsBytesMax {
		return TooLarge("attachments are limited to %d bytes together", attachmentsBytesMax)
	}
	for _, a := range attachments {
		if !isObject(a) {
			return BadRequest("attachments must be JSON objects")
		}
		if levels(a) > attachmentLevelsMax {
			return TooLarge("attachments are limited to %d levels", attachmentLevelsMax)
		}
	}
	return nil
}

// isObject reports whether this is the text of one JSON object. JSON is
// UTF-8, which json.Valid doesn't look at.
func isObject(text []byte) bool {
	inner := bytes.TrimLeft(text, " \t\r\n")
	return len(inner) > 0 && inner[0] == '{' && utf8.Valid(text) && json.Valid(text)
}

// levels returns how deep objects and arrays are nested in a valid JSON text.
func levels(text []byte) int {
	deepest, level, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// Validate checks the event's name.
func (c Emit) Validate() *Error {
	switch {
	case c.Event == "":
		return BadRequest("event must not be empty")
	case len(c.Event) > EventBytesMax:
		return TooLarge("event is limited to %d bytes", EventBytesMax)
	}
	return validateText("event", c.Event)
}

// Validate finds nothing.
func (Act) Validate() *Error { return nil }

// Validate checks the other user.
func (c Open) Validate() *Error { return ValidateID("userId", c.Peer) }

// Validate checks the reason.
func (c Delete) Validate() *Error { return validateReason(c.Reason) }

func validateReason(reason string) *Error {
	if utf8.RuneCountInString(reason) > reasonCharsMax {
		return TooLarge("reason is limited to %d characters", reasonCharsMax)
	}
	return validateText("reason", reason)
}

// Validate checks the invited user.
func (c Invite) Validate() *Error { return ValidateID("userId", c.UserID) }

// Validate finds nothing.
func (Decline) Validate() *Error { return nil }

// Validate checks the limit.
func (c ListUsers) Validate() *Error { return validateLimit(c.Limit) }

// Validate checks the limit, and that the page has one side only.
func (c GetHistory) Validate() *Error {
	if c.HasAfter && c.Before != 0 {
		return BadRequest("before and after exclude each other")
	}
	return validateLimit(c.Limit)
}

func validateLimit(limit int) *Error {
	if limit < 1 || limit > PageMax {
		return BadRequest("limit must be from 1 to %d", PageMax)
	}
	return nil
}

// Validate finds nothing.
func (MarkRead) Validate() *Error { return nil }

// Validate finds nothing.
func (Glance) Validate() *Error { return nil }

// Validate checks the user and the reason.
func (c Kick) Validate() *Error { return validateSanction(c.UserID, c.Reason, 0) }

// Validate checks the user, the reason and the time.
func (c Ban) Validate() *Error { return validateSanction(c.UserID, c.Reason, c.For) }

// Validate checks the user.
func (c Unban) Validate() *Error { return ValidateID("userId", c.UserID) }

// Validate checks the user and the time.
func (c Mute) Validate() *Error { return validateSanction(c.UserID, "", c.For) }

// Validate checks the user.
func (c Unmute) Validate() *Error { return ValidateID("userId", c.UserID) }

func validateSanction(user, reason string, lasts time.Duration) *Error {
	if err := ValidateID("userId", user); err != nil {
		return err
	}
	if lasts < 0 {
		return BadRequest("durationMs must not be negative")
	}
	if lasts > sanctionTimeMax {
		return TooLarge("durationMs is limited to %d", sanctionTimeMax.Milliseconds())
	}
	return validateReason(reason)
}

// Validate checks the user and the role.
func (c SetRole) Validate() *Error {
	if c.Role != RoleModerator && c.Role != RoleMember {
		return BadRequest("role must be %q or %q", RoleModerator, RoleMember)
	}
	return ValidateID("userId", c.UserID)
}

// Validate finds nothing.
func (GetModeration) Validate() *Error { return nil }
