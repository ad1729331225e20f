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
	Version   int               `json:"v"`
	Deleted   bool              `json:"deleted,omitempty"`
	Settings  Settings          `json:"settings"`
	Creator   User              `json:"creator"`
	CreatedAt time.Time         `json:"createdAt"`
	Epoch     string            `json:"epoch"`
	Seq       uint64            `json:"seq"`
	Activity  time.Time         `json:"activity"`
	Members   map[string]Member `json:"members"`
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
		Epoch: r.epoch, Seq: r.seq, Activity: r.activity, Members: r.members,
	})
	if err != nil {
		return nil, fmt.Errorf("room: encode snapshot: %w", err)
	}
	return data, nil
}

// Restore returns a persistent room as it was stored: its snapshot, the
// records after it, and its newest messages (at most HistoryMessagesMax,
// oldest first). Nobody is inside. What doesn't fit together is an error: a
// room must not go on under numbers that it has given away already.
func Restore(id string, snapshotData []byte, records, messages [][]byte) (*Room, error) {
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
	known := r.seq
	for _, data := range messages {
		if err := r.restoreMessage(data); err != nil {
			return nil, err
		}
	}
	if r.seq < known {
		return nil, fmt.Errorf("room: messages end at %d, but the snapshot knows of %d", r.seq, known)
	}
	return r, nil
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
		return &Room{id: id, life: deleted, settings: Settings{Persistent: true}}, nil
	}
	if s.Members == nil {
		s.Members = make(map[string]Member)
	}
	return &Room{
		id: id, life: living, settings: s.Settings, creator: s.Creator, createdAt: s.CreatedAt,
		epoch: s.Epoch, seq: s.Seq, activity: s.Activity, members: s.Members,
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

func (r *Room) restoreMessage(data []byte) error {
	m, err := DecodeMessage(data)
	if err != nil {
		return err
	}
	if n := len(r.history.messages); n > 0 && m.Seq != r.history.messages[n-1].Seq+1 {
		return fmt.Errorf("room: message %d after message %d", m.Seq, r.history.messages[n-1].Seq)
	}
	r.Apply(MessageSent{Message: m})
	return nil
}

// record is the stored form of an event that is neither the beginning of a
// room (that is a snapshot) nor a message (those are stored by seq). One
// field is set.
type record struct {
	Version       int            `json:"v"`
	MemberAdded   *MemberAdded   `json:"memberAdded,omitempty"`
	MemberRemoved *MemberRemoved `json:"memberRemoved,omitempty"`
	Removed       *Removed       `json:"removed,omitempty"`
}

// EncodeRecord returns the stored form of a MemberAdded, MemberRemoved or
// Removed.
func EncodeRecord(e Stored) ([]byte, error) {
	rec := record{Version: storedVersion}
	switch e := e.(type) {
	case MemberAdded:
		rec.MemberAdded = &e
	case MemberRemoved:
		rec.MemberRemoved = &e
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
	switch {
	case rec.MemberAdded != nil:
		return *rec.MemberAdded, nil
	case rec.MemberRemoved != nil:
		return *rec.MemberRemoved, nil
	case rec.Removed != nil:
		return *rec.Removed, nil
	}
	return nil, fmt.Errorf("room: record holds no event that this program knows")
}

// storedMessage is a message's stored form. Attachments are stored as text in
// a string: as JSON within JSON they would lose their spaces, and could be
// nested deeper than the reader goes.
type storedMessage struct {
	Version int `json:"v"`
	Message
	Attachments []string `json:"attachments,omitempty"` // in the place of Message.Attachments
}

// EncodeMessage returns the stored form of a message.
func EncodeMessage(m Message) ([]byte, error) {
	stored := storedMessage{Version: storedVersion, Message: m}
	for _, a := range m.Attachments {
		stored.Attachments = append(stored.Attachments, string(a))
	}
	data, err := marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("room: encode message: %w", err)
	}
	return data, nil
}

// DecodeMessage reads what EncodeMessage wrote.
func DecodeMessage(data []byte) (Message, error) {
	var stored storedMessage
	if err := json.Unmarshal(data, &stored); err != nil {
		return Message{}, fmt.Errorf("room: decode message: %w", err)
	}
	switch {
	case stored.Version != storedVersion:
		return Message{}, fmt.Errorf("room: message has version %d, this program reads %d", stored.Version, storedVersion)
	case stored.Seq == 0:
		return Message{}, errors.New("room: message without a seq")
	}
	m := stored.Message
	for _, a := range stored.Attachments {
		if !isObject([]byte(a)) {
			return Message{}, errors.New("room: message with an attachment that is no JSON object")
		}
		m.Attachments = append(m.Attachments, json.RawMessage(a))
	}
	return m, nil
}
