package room

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// storedVersion is the version of the stored forms below. A reader accepts
// this one and refuses newer ones.
const storedVersion = 1

var errNotPersistent = errors.New("room: only persistent rooms are stored")

// marshal is json.Marshal without its escaping of HTML: what a client sent is
// kept as the text it came in.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// snapshot is a persistent room's stored form, without its messages.
type snapshot struct {
	Version    int                   `json:"v"`
	Deleted    bool                  `json:"deleted,omitempty"`
	Settings   Settings              `json:"settings"`
	Creator    User                  `json:"creator"`
	CreatedAt  time.Time             `json:"createdAt"`
	Epoch      string                `json:"epoch"`
	Running    bool                  `json:"running,omitempty"`
	Seq        uint64                `json:"seq"`
	Messages   uint64                `json:"messages"`
	Newest     uint64                `json:"newest,omitempty"`
	Activity   time.Time             `json:"activity"`
	Members    map[string]Member     `json:"members"`
	Moderation moderation            `json:"moderation,omitzero"`
	Invited    map[string]invitation `json:"invited,omitempty"`
}

// Snapshot returns the stored form of a persistent room or its tombstone:
// what lasts, without the messages. Other rooms have none.
func (r *Room) Snapshot() ([]byte, error) {
	if !r.settings.Persistent {
		return nil, errNotPersistent
	}
	data, err := marshal(snapshot{
		Version: storedVersion, Deleted: r.life == deleted,
		Settings: r.settings, Creator: r.creator, CreatedAt: r.createdAt,
		Epoch: r.epoch, Running: r.running, Seq: r.seq, Messages: r.messages, Newest: r.newest, Activity: r.activity, Members: r.members,
		Moderation: r.moderation, Invited: r.invited,
	})
	if err != nil {
		return nil, fmt.Errorf("room: encode snapshot: %w", err)
	}
	return data, nil
}

// SnapshotSeq returns the newest record that a snapshot counts. Those after it
// are all needed by Restore. A tombstone, which needs none, counts all there can be.
func SnapshotSeq(data []byte) (uint64, error) {
	var s struct { // the members, of whom there may be very many, are for Restore
		Seq     uint64 `json:"seq"`
		Deleted bool   `json:"deleted"`
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return 0, fmt.Errorf("room: decode snapshot: %w", err)
	}
	if s.Deleted {
		return ^uint64(0), nil
	}
	return s.Seq, nil
}

// Restore returns a persistent room as it was stored: its snapshot, the
// records after it, and its newest entries, oldest first: all after the
// snapshot's seq, and before them as many as there are up to
// HistoryEntriesMax. Nobody is inside. What doesn't fit together is an error: a
// room must not go on under numbers that it has given away already.
func Restore(id string, snapshotData []byte, records, entries [][]byte) (*Room, error) {
	r, err := restoreSnapshot(id, snapshotData)
	if err != nil {
		return nil, err
	}
	for _, data := range records {
		if err := r.restoreRecord(data); err != nil {
			return nil, err
		}
	}
	if r.life == deleted {
		return r, nil // a tombstone has no messages, whatever is still on disk
	}
	last := uint64(0)
	for _, data := range entries {
		e, err := DecodeEntry(data)
		if err != nil {
			return nil, err
		}
		if last != 0 && e.Seq() != last+1 {
			return nil, fmt.Errorf("room: entry %d after entry %d", e.Seq(), last)
		}
		if last = e.Seq(); !r.replay(e) {
			return nil, fmt.Errorf("room: entry %d after seq %d", last, r.seq)
		}
	}
	if last < r.seq {
		return nil, fmt.Errorf("room: entries end at %d, but the snapshot knows of %d", last, r.seq)
	}
	return r, nil
}

// replay adds one entry; false: it doesn't follow. Those up to the room's seq
// are counted in it already. Messages were stored as they are now, with all
// changes made.
func (r *Room) replay(e Entry) bool {
	switch {
	case e.Seq() <= r.seq:
		r.history.add(e)
	case e.Seq() > r.seq+1:
		return false
	case e.Message != nil:
		r.applyMessage(*e.Message)
	default:
		r.applyChange(*e.Change)
	}
	return true
}

func restoreSnapshot(id string, data []byte) (*Room, error) {
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("room: decode snapshot: %w", err)
	}
	switch {
	case s.Version != storedVersion:
		return nil, fmt.Errorf("room: snapshot has version %d, this program reads %d", s.Version, storedVersion)
	case !s.Settings.Persistent:
		return nil, errNotPersistent
	case s.Deleted:
		return &Room{id: id, life: deleted, settings: Settings{Persistent: true}, activity: s.Activity}, nil
	}
	if s.Members == nil {
		s.Members = make(map[string]Member)
	}
	return &Room{
		id: id, life: living, settings: s.Settings, creator: s.Creator, createdAt: s.CreatedAt,
		epoch: s.Epoch, running: s.Running, seq: s.Seq, messages: s.Messages, newest: s.Newest, activity: s.Activity, members: s.Members,
		moderation: s.Moderation, invited: s.Invited,
	}, nil
}

func (r *Room) restoreRecord(data []byte) error {
	e, err := DecodeRecord(data)
	if err != nil {
		return err
	}
	if r.life == deleted {
		return fmt.Errorf("room: %T after the room's end", e)
	}
	r.Apply(e)
	return nil
}

// record is the stored form of an event that is neither the beginning of a
// room (that is a snapshot) nor a numbered record (those are stored by seq).
// One field is set.
type record struct {
	Version         int              `json:"v"`
	EpochBegan      *EpochBegan      `json:"epochBegan,omitempty"`
	RunBegan        *RunBegan        `json:"runBegan,omitempty"`
	RunEnded        *RunEnded        `json:"runEnded,omitempty"`
	MemberAdded     *MemberAdded     `json:"memberAdded,omitempty"`
	MemberRemoved   *MemberRemoved   `json:"memberRemoved,omitempty"`
	RoomUpdated     *RoomUpdated     `json:"roomUpdated,omitempty"`
	Invited         *Invited         `json:"invited,omitempty"`
	InvitationEnded *InvitationEnded `json:"invitationEnded,omitempty"`
	UserBanned      *UserBanned      `json:"userBanned,omitempty"`
	UserUnbanned    *UserUnbanned    `json:"userUnbanned,omitempty"`
	UserMuted       *UserMuted       `json:"userMuted,omitempty"`
	UserUnmuted     *UserUnmuted     `json:"userUnmuted,omitempty"`
	RoleChanged     *RoleChanged     `json:"roleChanged,omitempty"`
	MarkMoved       *MarkMoved       `json:"markMoved,omitempty"`
	Removed         *Removed         `json:"removed,omitempty"`
}

// EncodeRecord returns the stored form of an event that has one.
func EncodeRecord(e Stored) ([]byte, error) {
	rec := record{Version: storedVersion}
	switch e := e.(type) {
	case EpochBegan:
		rec.EpochBegan = &e
	case RunBegan:
		rec.RunBegan = &e
	case RunEnded:
		rec.RunEnded = &e
	case MemberAdded:
		rec.MemberAdded = &e
	case MemberRemoved:
		rec.MemberRemoved = &e
	case RoomUpdated:
		rec.RoomUpdated = &e
	case Invited:
		rec.Invited = &e
	case InvitationEnded:
		rec.InvitationEnded = &e
	case UserBanned:
		rec.UserBanned = &e
	case UserUnbanned:
		rec.UserUnbanned = &e
	case UserMuted:
		rec.UserMuted = &e
	case UserUnmuted:
		rec.UserUnmuted = &e
	case RoleChanged:
		rec.RoleChanged = &e
	case MarkMoved:
		rec.MarkMoved = &e
	case Removed:
		rec.Removed = &e
	default:
		return nil, fmt.Errorf("room: %T has no record", e)
	}
	data, err := marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("room: encode record: %w", err)
	}
	return data, nil
}

// DecodeRecord reads what EncodeRecord wrote.
func DecodeRecord(data []byte) (Stored, error) {
	var rec record
	if err := json.Unmarshal(data, &rec); err != nil {
		return nil, fmt.Errorf("room: decode record: %w", err)
	}
	if rec.Version != storedVersion {
		return nil, fmt.Errorf("room: record has version %d, this program reads %d", rec.Version, storedVersion)
	}
	for _, e := range []Stored{
		deref(rec.EpochBegan), deref(rec.RunBegan), deref(rec.RunEnded), deref(rec.MemberAdded), deref(rec.MemberRemoved), deref(rec.RoomUpdated), deref(rec.Invited),
		deref(rec.InvitationEnded), deref(rec.UserBanned), deref(rec.UserUnbanned), deref(rec.UserMuted),
		deref(rec.UserUnmuted), deref(rec.RoleChanged), deref(rec.MarkMoved), deref(rec.Removed),
	} {
		if e != nil {
			return e, nil
		}
	}
	return nil, errors.New("room: record holds no event that this program knows")
}

// deref returns the event that a field holds, or nil.
func deref[E Stored](field *E) Stored {
	if field == nil {
		return nil
	}
	return *field
}
