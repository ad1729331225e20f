package actors

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"roomd/actors/room"
)

// roomsPage gathers a page of rooms.
type roomsPage struct {
	rooms []room.Listing
	last  string // the cursor of the last room on it
	next  string
}

// add puts a room on the page; false: the page was full, and goes on behind its
// last room.
func (p *roomsPage) add(l room.Listing, cursor string, limit int) bool {
	if len(p.rooms) == limit {
		p.next = p.last
		return false
	}
	p.rooms, p.last = append(p.rooms, l), cursor
	return true
}

// cut ends a page that has taken long enough: it goes on behind this cursor.
func (p *roomsPage) cut(cursor string) bool {
	p.next = cursor
	return false
}

func (p *roomsPage) reply() room.Reply {
	if p.rooms == nil {
		p.rooms = []room.Listing{}
	}
	return room.RoomsReply{Rooms: p.rooms, Next: p.next}
}

// A cursor is the key of an index, as text that says nothing to clients.

func encodeRecent(k recentKey) string {
	return encodeCursor(strconv.FormatInt(k.activity.UnixMilli(), 10), k.id)
}

func recentCursor(cursor string) (recentKey, *room.Error) {
	if cursor == "" {
		return recentKey{}, nil
	}
	at, id, ok := decodeCursor(cursor)
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil {
		return recentKey{}, errCursor
	}
	return recentKey{time.UnixMilli(ms).UTC(), id}, nil
}

func encodeSeats(k seatsKey) string { return encodeCursor(strconv.Itoa(k.count), k.id) }

func seatsCursor(cursor string) (seatsKey, *room.Error) {
	count, id, ok := decodeCursor(cursor)
	n, err := strconv.Atoi(count)
	if !ok || err != nil {
		return seatsKey{}, errCursor
	}
	return seatsKey{n, id}, nil
}

func encodeWord(k wordKey) string { return encodeCursor(k.word, k.id) }

// wordCursor returns where a search goes on; without a cursor, where it begins.
func wordCursor(cursor, prefix string) (wordKey, *room.Error) {
	if cursor == "" {
		return wordKey{word: prefix}, nil
	}
	word, id, ok := decodeCursor(cursor)
	if !ok || !strings.HasPrefix(word, prefix) { // that of another search
		return wordKey{}, errCursor
	}
	return wordKey{word, id}, nil
}

var errCursor = room.BadRequest("cursor is not one that this list has given")

func encodeCursor(key, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(key + idSeparator + id))
}

func decodeCursor(cursor string) (key, id string, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(text), idSeparator)
}
