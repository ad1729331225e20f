package gateway

import (
	"encoding/json"
	"strconv"

	"roomd/actors/room"
)

func parseCreate(s *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID      *string `json:"roomId"`
		Name        *string `json:"name"`
		Description string  `json:"description"`
		IsPrivate   *bool   `json:"isPrivate"`
		IsPublic    *bool   `json:"isPublic"`
		Password    string  `json:"password"`
		MaxUsers    *int    `json:"maxUsers"`
		Persistent  bool    `json:"persistent"`
		Durability  *string `json:"durability"`
		AutoDelete  bool    `json:"autoDelete"`
	}
	if err := decodeOptional(arg, &a); err != nil {
		return nil, err
	}
	settings := room.Settings{
		Name: "Unnamed Room", Description: a.Description, Persistent: a.Persistent, AutoDelete: a.AutoDelete,
	}
	if a.Name != nil {
		settings.Name = *a.Name
	}
	private, err := isPrivate(a.IsPrivate, a.IsPublic)
	if err != nil {
		return nil, err
	}
	settings.Private = private != nil && *private
	if settings.MaxUsers, err = maxUsers(a.MaxUsers); err != nil {
		return nil, err
	}
	if settings.Relaxed, err = s.gateway.isRelaxed(a.Durability); err != nil {
		return nil, err
	}
	id := s.newRoomID(a.RoomID)
	return inRoomWith(a.Password, id, room.Create{Settings: settings})
}

func (s *session) newRoomID(chosen *string) string {
	if chosen == nil {
		return s.gateway.node.NewRoomID()
	}
	return *chosen
}

// isRelaxed reads what a room's acknowledgements mean, or takes what is usual on
// this server.
func (g *Gateway) isRelaxed(durability *string) (bool, *room.Error) {
	switch {
	case durability == nil:
		return g.relaxed, nil
	case *durability == "sync":
		return false, nil
	case *durability == "relaxed":
		return true, nil
	}
	return false, room.BadRequest("durability must be sync or relaxed")
}

// isPrivate reads the two ways to say it, which must not contradict. Nil:
// neither is there.
func isPrivate(private, public *bool) (*bool, *room.Error) {
	switch {
	case private != nil && public != nil && *private == *public:
		return nil, room.BadRequest("isPrivate and isPublic contradict each other")
	case private == nil && public != nil:
		opposite := !*public
		return &opposite, nil
	}
	return private, nil
}

// maxUsers reads a maximum, or none.
func maxUsers(n *int) (int, *room.Error) {
	switch {
	case n == nil:
		return 0, nil
	case *n <= 0:
		return 0, room.BadRequest("maxUsers must be a positive number")
	}
	return *n, nil
}

// parseUpdate: null takes a password or a maximum away. An empty password is
// refused, since it could be meant either way.
func parseUpdate(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID      string           `json:"roomId"`
		Name        *string          `json:"name"`
		Description *string          `json:"description"`
		IsPrivate   *bool            `json:"isPrivate"`
		IsPublic    *bool            `json:"isPublic"`
		Password    nullable[string] `json:"password"`
		MaxUsers    nullable[int]    `json:"maxUsers"`
	}
	if err := decode(arg, &a); err != nil {
		return nil, err
	}
	c := room.Update{Name: a.Name, Description: a.Description}
	var err *room.Error
	if c.Private, err = isPrivate(a.IsPrivate, a.IsPublic); err != nil {
		return nil, err
	}
	if a.MaxUsers.given {
		limit, err := maxUsers(a.MaxUsers.value)
		if err != nil {
			return nil, err
		}
		c.MaxUsers = &limit
	}
	password := ""
	switch given := a.Password; {
	case given.value != nil && *given.value == "":
		return nil, room.BadRequest("password must not be empty: null removes it")
	case given.value != nil:
		password = *given.value
	case given.given:
		c.PasswordHash = new(string)
	}
	return inRoomWith(password, a.RoomID, c)
}

func parseOpen(s *session, arg json.RawMessage) (order, *room.Error) {
	peer, err := decodeID("userId", arg)
	if err != nil {
		return nil, err
	}
	c := room.Open{Peer: peer, Relaxed: s.gateway.relaxed}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if peer == s.user.ID {
		return nil, room.BadRequest("userId must not be your own")
	}
	return inRoom(s.gateway.node.DirectRoomID(s.user.ID, peer), c)
}

// pageDefault is how many things a page holds if the client doesn't say; at most
// it is room.PageMax, whatever the client says.
const pageDefault = 50

func pageLimit(n *int) int {
	if n == nil {
		return pageDefault
	}
	return min(max(*n, 1), room.PageMax)
}

func parseList(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		Cursor string `json:"cursor"`
		Limit  *int   `json:"limit"`
		Search string `json:"search"`
		Mine   bool   `json:"mine"`
	}
	if err := decodeOptional(arg, &a); err != nil {
		return nil, err
	}
	query := room.ListRooms{Cursor: a.Cursor, Limit: pageLimit(a.Limit), Search: a.Search, Mine: a.Mine}
	if err := query.Validate(); err != nil {
		return nil, err
	}
	return listOrder{query}, nil
}

func parseWatch(_ *session, arg json.RawMessage) (order, *room.Error) {
	switch string(arg) {
	case "true":
		return watchOrder{true}, nil
	case "false":
		return watchOrder{false}, nil
	}
	return nil, room.BadRequest("the argument must be a boolean")
}

func parseUsers(_ *session, arg json.RawMessage) (order, *room.Error) {
	var a struct {
		RoomID string `json:"roomId"`
		Cursor string `json:"cursor"`
		Limit  *int   `json:"limit"`
	}
	if err := decodeShort(arg, &a.RoomID, &a); err != nil {
		return nil, err
	}
	c, err := usersQuery(a.Cursor, a.Limit)
	if err != nil {
		return nil, err
	}
	return inRoom(a.RoomID, c)
}

// usersQuery reads what usersCursor wrote.
func usersQuery(cursor string, limit *int) (room.ListUsers, *room.Error) {
	c := room.ListUsers{Limit: pageLimit(limit)}
	if cursor == "" {
		return c, nil
	}
	var err error
	if c.After, err = strconv.ParseUint(cursor, 10, 64); err != nil {
		return c, room.BadRequest("cursor must be the nextCursor of a page")
	}
	return c, nil
}
