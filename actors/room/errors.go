package room

import (
	"fmt"
	"time"
)

// Code is the stable name of a failure, the same in every reply style and in
// HTTP. Clients branch on it; messages are for people.
type Code string

// The closed set of codes that clients can see.
const (
	CodeRoomNotFound  Code = "room_not_found"
	CodeRoomExists    Code = "room_exists"
	CodeRoomFull      Code = "room_full"
	CodeWrongPassword Code = "wrong_password"
	CodeRoomPrivate   Code = "room_private"
	CodeBanned        Code = "banned"
	CodeNotInRoom     Code = "not_in_room"
	CodeNotAMember    Code = "not_a_member"
	CodeNotCreator    Code = "not_creator"
	CodeNotModerator  Code = "not_moderator"
	CodeMuted         Code = "muted"
	CodeNoMessage     Code = "message_not_found"
	CodeRateLimited   Code = "rate_limited"
	CodeBadRequest    Code = "bad_request"
	CodeTooLarge      Code = "too_large"
	CodeUnavailable   Code = "unavailable"
	CodeForbidden     Code = "forbidden"
	CodeUnknownEvent  Code = "unknown_event"
	CodeInternal      Code = "internal"
)

// Error is a refusal that a client is told. It is a Reply.
type Error struct {
	Code       Code
	Message    string        // for people; says nothing that the caller may not know
	RetryAfter time.Duration // when it may succeed; 0: not known
}

// Codes returns every code that clients can see.
func Codes() []Code {
	return []Code{
		CodeRoomNotFound, CodeRoomExists, CodeRoomFull, CodeWrongPassword, CodeRoomPrivate, CodeBanned,
		CodeNotInRoom, CodeNotAMember, CodeNotCreator, CodeNotModerator, CodeMuted, CodeNoMessage,
		CodeRateLimited, CodeBadRequest, CodeTooLarge, CodeUnavailable, CodeForbidden, CodeUnknownEvent, CodeInternal,
	}
}

// Error returns the message and the code.
func (e *Error) Error() string { return fmt.Sprintf("%s (%s)", e.Message, e.Code) }

// The refusals whose words never vary.
var (
	ErrRoomNotFound    = refusal(CodeRoomNotFound, "Room does not exist")
	ErrRoomExists      = refusal(CodeRoomExists, "Room already exists")
	ErrRoomFull        = refusal(CodeRoomFull, "Room is full")
	ErrWrongPassword   = refusal(CodeWrongPassword, "Incorrect password")
	ErrRoomPrivate     = refusal(CodeRoomPrivate, "This room is private")
	ErrBanned          = refusal(CodeBanned, "You are banned from this room")
	ErrNotInRoom       = refusal(CodeNotInRoom, "You are not in this room")
	ErrNotAMember      = refusal(CodeNotAMember, "You are not a member of this room")
	ErrMayNotDelete    = refusal(CodeNotCreator, "Only the creator can delete this room")
	ErrMayNotChange    = refusal(CodeNotCreator, "Only the creator can change this room")
	ErrNotModerator    = refusal(CodeNotModerator, "Only moderators can do this")
	ErrMuted           = refusal(CodeMuted, "You are muted in this room")
	ErrMessageNotFound = refusal(CodeNoMessage, "Message does not exist")
	ErrUnavailable     = refusal(CodeUnavailable, "Try again: the outcome is unknown")
	ErrUnknownEvent    = refusal(CodeUnknownEvent, "Unknown event")
	ErrInternal        = refusal(CodeInternal, "Internal error")
)

func refusal(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// BadRequest says what is wrong with which field.
func BadRequest(format string, args ...any) *Error {
	return refusal(CodeBadRequest, fmt.Sprintf(format, args...))
}

// TooLarge says which limit was passed, and what it is.
func TooLarge(format string, args ...any) *Error {
	return refusal(CodeTooLarge, fmt.Sprintf(format, args...))
}

// Forbidden says what the caller may not do, where no other code does.
func Forbidden(message string) *Error { return refusal(CodeForbidden, message) }

// RateLimited says when the caller may try again.
func RateLimited(retryAfter time.Duration) *Error {
	return &Error{CodeRateLimited, "Rate limited. Try again later.", retryAfter}
}
