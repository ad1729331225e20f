package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"roomd/actors/room"
)

// encode returns the JSON text of a value of this package. HTML is not
// escaped: what a client sent stays as it came.
func encode(v any) json.RawMessage {
	if a, ok := v.(appender); ok {
		return a.appendJSON(nil)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("gateway: encode %T: %v", v, err)) // the shapes below can all be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// timeJSON is a time as JavaScript writes it: UTC, to the millisecond.
type timeJSON time.Time

// MarshalJSON returns the text that Date.prototype.toISOString would.
func (t timeJSON) MarshalJSON() ([]byte, error) {
	return t.appendJSON(nil), nil
}

func (t timeJSON) appendJSON(to []byte) []byte {
	return time.Time(t).UTC().AppendFormat(to, `"2006-01-02T15:04:05.000Z"`)
}

// IsZero is for omitzero.
func (t timeJSON) IsZero() bool { return time.Time(t).IsZero() }

// timeOrNull is null for no time.
func timeOrNull(t time.Time) *timeJSON {
	if t.IsZero() {
		return nil
	}
	return (*timeJSON)(&t)
}

// list returns the JSON shapes of things: [] for none, not null.
func list[T, J any](things []T, shape func(T) J) []J {
	shapes := make([]J, len(things))
	for i, thing := range things {
		shapes[i] = shape(thing)
	}
	return shapes
}

type userJSON struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

func newUserJSON(u room.User) userJSON { return userJSON{u.ID, u.Name} }

func newUsersJSON(users []room.User) []userJSON { return list(users, newUserJSON) }

// roomJSON is a room as listRooms has it.
type roomJSON struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	Creator      string   `json:"creator,omitempty"` // user id
	CreatedAt    timeJSON `json:"createdAt"`
	Type         string   `json:"type"`
	IsPrivate    bool     `json:"isPrivate"`
	HasPassword  bool     `json:"hasPassword"`
	MaxUsers     *int     `json:"maxUsers"` // null: no maximum
	UserCount    int      `json:"userCount"`
	MemberCount  int      `json:"memberCount"`
	LastActivity timeJSON `json:"lastActivity"`
}

func newRoomJSON(l room.Listing) roomJSON {
	return roomJSON{
		ID: l.ID, Name: l.Name, Description: l.Description, Creator: l.Creator.ID,
		CreatedAt: timeJSON(l.CreatedAt), Type: roomType(l), IsPrivate: l.Private, HasPassword: l.HasPassword,
		MaxUsers: orNil(l.MaxUsers), UserCount: l.UserCount, MemberCount: l.MemberCount,
		LastActivity: timeJSON(l.LastActivity),
	}
}

func roomType(l room.Listing) string {
	if l.Persistent {
		return "persistent"
	}
	return "ephemeral"
}

// cursorOrNull is a cursor in a reply: null where there is no further page.
func cursorOrNull(cursor string) *string {
	if cursor == "" {
		return nil
	}
	return &cursor
}

func orNil(limit int) *int {
	if limit == 0 {
		return nil
	}
	return &limit
}

// roomInfoJSON is a room as everything else has it.
type roomInfoJSON struct {
	roomJSON
	Users []string `json:"users"` // ids of the first ones
}

func newRoomInfoJSON(i room.Info) roomInfoJSON {
	return roomInfoJSON{newRoomJSON(i.Listing), append([]string{}, i.Users...)}
}

type messageJSON struct {
	ID          string            `json:"id"`
	Seq         uint64            `json:"seq"`
	RoomID      string            `json:"roomId"`
	Sender      userJSON          `json:"sender"`
	UserID      string            `json:"userId"` // the sender's again, for older front ends
	Text        string            `json:"text"`
	Attachments []json.RawMessage `json:"attachments"`
	CreatedAt   timeJSON          `json:"createdAt"`
	Timestamp   timeJSON          `json:"timestamp"` // createdAt again, for older front ends
	EditedAt    timeJSON          `json:"editedAt,omitzero"`
	DeletedAt   timeJSON          `json:"deletedAt,omitzero"`
}

func newMessageJSON(roomID string, m room.Message) messageJSON {
	return messageJSON{
		ID: m.ID, Seq: m.Seq, RoomID: roomID, Sender: newUserJSON(m.Sender), UserID: m.Sender.ID,
		Text: m.Text, Attachments: orEmpty(m.Attachments), CreatedAt: timeJSON(m.At), Timestamp: timeJSON(m.At),
		EditedAt: timeJSON(m.EditedAt), DeletedAt: timeJSON(m.DeletedAt),
	}
}

func newMessagesJSON(roomID string, messages []room.Message) []messageJSON {
	return list(messages, func(m room.Message) messageJSON { return newMessageJSON(roomID, m) })
}

func orEmpty(attachments []json.RawMessage) []json.RawMessage {
	if attachments == nil {
		return []json.RawMessage{}
	}
	return attachments
}

// changeJSON is what the two kinds of changes have in common.
type changeJSON struct {
	RoomID     string `json:"roomId"`
	Seq        uint64 `json:"seq"`
	MessageID  string `json:"messageId"`
	MessageSeq uint64 `json:"messageSeq"`
}

// editedJSON and deletedJSON are the changes of messages, as events and in the
// reply to a join: which it is, one sees by the time.
type (
	editedJSON struct {
		changeJSON
		Text        string            `json:"text"`
		Attachments []json.RawMessage `json:"attachments"`
		EditedAt    timeJSON          `json:"editedAt"`
		By          userJSON          `json:"by"`
	}
	deletedJSON struct {
		changeJSON
		DeletedAt timeJSON `json:"deletedAt"`
		By        userJSON `json:"by"`
	}
)

// newChange returns the event that tells a change.
func newChange(roomID string, c room.Change) packet {
	change := changeJSON{roomID, c.Seq, c.MessageID, c.MessageSeq}
	if c.Deleted {
		return newPacket("messageDeleted", deletedJSON{change, timeJSON(c.At), newUserJSON(c.By)})
	}
	return newPacket("messageEdited", editedJSON{
		change, c.Text, orEmpty(c.Attachments), timeJSON(c.At), newUserJSON(c.By),
	})
}

// listedJSON is a room in the first roomsList.
type listedJSON struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	IsPublic     bool     `json:"isPublic"`
	MemberCount  int      `json:"memberCount"`
	LastActivity timeJSON `json:"lastActivity"`
	UnreadCount  uint64   `json:"unreadCount"`
}

func newListedJSON(l room.ListedRoom) listedJSON {
	return listedJSON{
		ID: l.ID, Name: l.Name, IsPublic: l.Public(), MemberCount: l.MemberCount,
		LastActivity: timeJSON(l.LastActivity), UnreadCount: l.Unread,
	}
}

// availableJSON and publicJSON are the two forms in which front ends know the
// news of a public room.
type (
	availableJSON struct {
		RoomID      string   `json:"roomId"`
		Name        string   `json:"name"`
		UserCount   int      `json:"userCount"`
		MaxUsers    *int     `json:"maxUsers"` // null: no maximum
		HasPassword bool     `json:"hasPassword"`
		Creator     string   `json:"creator"` // user id
		CreatedAt   timeJSON `json:"createdAt"`
	}
	publicJSON struct {
		ID          string   `json:"id"`
		Name        string   `json:"name"`
		Creator     string   `json:"creator"` // username
		MemberCount int      `json:"memberCount"`
		CreatedAt   timeJSON `json:"createdAt"`
	}
)

func newRoomAvailable(l room.Listing) availableJSON {
	return availableJSON{
		l.ID, l.Name, l.UserCount, orNil(l.MaxUsers), l.HasPassword, l.Creator.ID, timeJSON(l.CreatedAt),
	}
}

func newPublicRoom(l room.Listing) publicJSON {
	return publicJSON{l.ID, l.Name, l.Creator.Name, l.MemberCount, timeJSON(l.CreatedAt)}
}
