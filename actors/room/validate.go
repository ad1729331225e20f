package room

import (
	"bytes"
	"encoding/json"
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
	if !utf8.ValidString(s.Description) {
		return BadRequest("description must be valid UTF-8")
	}
	if utf8.RuneCountInString(s.Description) > descriptionCharsMax {
		return TooLarge("description is limited to %d characters", descriptionCharsMax)
	}
	if s.MaxUsers < 0 {
		return BadRequest("maxUsers must be a positive number")
	}
	if s.MaxUsers > usersMax {
		return TooLarge("maxUsers is limited to %d", usersMax)
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

// Validate checks the text, the attachments and the client id.
func (c Send) Validate() *Error {
	if c.Text == "" && len(c.Attachments) == 0 {
		return BadRequest("text must not be empty without attachments")
	}
	if !utf8.ValidString(c.Text) {
		return BadRequest("text must be valid UTF-8")
	}
	if len(c.Text) > textBytesMax {
		return TooLarge("text is limited to %d bytes", textBytesMax)
	}
	if len(c.ClientID) > clientIDBytesMax {
		return TooLarge("clientId is limited to %d bytes", clientIDBytesMax)
	}
	if err := validateText("clientId", c.ClientID); err != nil {
		return err
	}
	return validateAttachments(c.Attachments)
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
