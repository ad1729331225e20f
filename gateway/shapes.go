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
	return time.Time(t).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}

type userJSON struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

func newUserJSON(u room.User) userJSON { return userJSON{u.ID, u.Name} }

func newUsersJSON(users []room.User) []userJSON {
	list := make([]userJSON, len(users))
	for i, u := range users {
		list[i] = newUserJSON(u)
	}
	return list
}

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
	Users        []string `json:"users"`
}

func newRoomJSON(i room.Info) roomJSON {
	kind := "ephemeral"
	if i.Persistent {
		kind = "persistent"
	}
	return roomJSON{
		ID: i.ID, Name: i.Name, Description: i.Description, Creator: i.Creator.ID,
		CreatedAt: timeJSON(i.CreatedAt), Type: kind, IsPrivate: i.Private, HasPassword: i.HasPassword,
		MaxUsers: orNil(i.MaxUsers), UserCount: i.UserCount, MemberCount: i.MemberCount,
		LastActivity: timeJSON(i.LastActivity), Users: i.Users,
	}
}

func orNil(limit int) *int {
	if limit == 0 {
		return nil
	}
	return &limit
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
}

func newMessageJSON(roomID string, m room.Message) messageJSON {
	attachments := m.Attachments
	if attachments == nil {
		attachments = []json.RawMessage{}
	}
	return messageJSON{
		ID: m.ID, Seq: m.Seq, RoomID: roomID, Sender: newUserJSON(m.Sender), UserID: m.Sender.ID,
		Text: m.Text, Attachments: attachments, CreatedAt: timeJSON(m.At), Timestamp: timeJSON(m.At),
	}
}

func newMessagesJSON(roomID string, messages []room.Message) []messageJSON {
	list := make([]messageJSON, len(messages))
	for i, m := range messages {
		list[i] = newMessageJSON(roomID, m)
	}
	return list
}

// listingJSON is a room in roomsList.
type listingJSON struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	IsPublic     bool     `json:"isPublic"`
	MemberCount  int      `json:"memberCount"`
	LastActivity timeJSON `json:"lastActivity"`
	UnreadCount  int      `json:"unreadCount"`
}

func newListingsJSON(listings []room.Listing) []listingJSON {
	list := make([]listingJSON, len(listings))
	for i, l := range listings {
		list[i] = listingJSON{
			ID: l.ID, Name: l.Name, IsPublic: true, MemberCount: l.MemberCount, LastActivity: timeJSON(l.LastActivity),
		}
	}
	return list
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
