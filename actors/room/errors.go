package room

import "fmt"

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
	CodeNotInRoom     Code = "not_in_room"
	CodeBadRequest    Code = "bad_request"
	CodeTooLarge      Code = "too_large"
	CodeUnavailable   Code = "unavailable"
	CodeForbidden     Code = "forbidden"
	CodeUnknownEvent  Code = "unknown_event"
	CodeInternal      Code = "internal"
)

// Error is a refusal that a client is told. It is a Reply.
type Error struct {
	Code    Code
	Message string // for people; says nothing that the caller may not know
}

// Error returns the message and the code.
func (e *Error) Error() string { return fmt.Sprintf("%s (%s)", e.Message, e.Code) }

// The refusals whose words never vary.
var (
	ErrRoomNotFound  = &Error{CodeRoomNotFound, "Room does not exist"}
	ErrRoomExists    = &Error{CodeRoomExists, "Room already exists"}
	ErrRoomFull      = &Error{CodeRoomFull, "Room is full"}
	ErrWrongPassword = &Error{CodeWrongPassword, "Incorrect password"}
	ErrRoomPrivate   = &Error{CodeRoomPrivate, "This room is private"}
	ErrNotInRoom     = &Error{CodeNotInRoom, "You are not in this room"}
	ErrUnavailable   = &Error{CodeUnavailable, "Try again: the outcome is unknown"}
	ErrInternal      = &Error{CodeInternal, "Internal error"}
)

// BadRequest says what is wrong with which field.
func BadRequest(format string, args ...any) *Error {
	return &Error{CodeBadRequest, fmt.Sprintf(format, args...)}
}

// TooLarge says which limit was passed, and what it is.
func TooLarge(format string, args ...any) *Error {
	return &Error{CodeTooLarge, fmt.Sprintf(format, args...)}
}
