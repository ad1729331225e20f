package user

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// storedVersion is the version of the stored forms below. A reader accepts
// this one and refuses newer ones.
const storedVersion = 1

// marshal is json.Marshal without its escaping of HTML: names are kept as the
// text they came in.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// snapshot is an account's stored form. Sets are sorted, so that the same
// account is always the same bytes.
type snapshot struct {
	Version     int          `json:"v"`
	Contacts    []string     `json:"contacts,omitempty"`
	Blocked     []string     `json:"blocked,omitempty"`
	Invitations []Invitation `json:"invitations,omitempty"`
}

// Snapshot returns the stored form of what lasts of an account.
func (a *Account) Snapshot() ([]byte, error) {
	data, err := marshal(snapshot{
		Version: storedVersion, Contacts: a.contacts.sorted(), Blocked: a.blocked.sorted(), Invitations: a.invitations,
	})
	if err != nil {
		return nil, fmt.Errorf("user: encode snapshot: %w", err)
	}
	return data, nil
}

// Restore returns an account as it was stored: its snapshot (empty: it never
// had one) and the records after it. The user is offline, and in no room that
// the account knows of.
func Restore(id string, snapshotData []byte, records [][]byte) (*Account, error) {
	a := New(id)
	if len(snapshotData) > 0 {
		if err := a.restoreSnapshot(snapshotData); err != nil {
			return nil, err
		}
	}
	for _, data := range records {
		e, err := DecodeRecord(data)
		if err != nil {
			return nil, err
		}
		a.Apply(e)
	}
	return a, nil
}

func (a *Account) restoreSnapshot(data []byte) error {
	var s snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("user: decode snapshot: %w", err)
	}
	if s.Version != storedVersion {
		return fmt.Errorf("user: snapshot has version %d, this program reads %d", s.Version, storedVersion)
	}
	for _, id := range s.Contacts {
		a.Apply(ContactAdded{UserID: id})
	}
	for _, id := range s.Blocked {
		a.Apply(UserBlocked{UserID: id})
	}
	for _, i := range s.Invitations {
		a.Apply(InvitationKept{Invitation: i})
	}
	return nil
}

// record is the stored form of an event. One field is set.
type record struct {
	Version         int              `json:"v"`
	ContactAdded    *ContactAdded    `json:"contactAdded,omitempty"`
	ContactRemoved  *ContactRemoved  `json:"contactRemoved,omitempty"`
	UserBlocked     *UserBlocked     `json:"userBlocked,omitempty"`
	UserUnblocked   *UserUnblocked   `json:"userUnblocked,omitempty"`
	InvitationKept  *InvitationKept  `json:"invitationKept,omitempty"`
	InvitationEnded *InvitationEnded `json:"invitationEnded,omitempty"`
}

// EncodeRecord returns the stored form of an event.
func EncodeRecord(e Stored) ([]byte, error) {
	rec := record{Version: storedVersion}
	switch e := e.(type) {
	case ContactAdded:
		rec.ContactAdded = &e
	case ContactRemoved:
		rec.ContactRemoved = &e
	case UserBlocked:
		rec.UserBlocked = &e
	case UserUnblocked:
		rec.UserUnblocked = &e
	case InvitationKept:
		rec.InvitationKept = &e
	case InvitationEnded:
		rec.InvitationEnded = &e
	default:
		return nil, fmt.Errorf("user: %T has no record", e)
	}
	data, err := marshal(rec)
	if err != nil {
		return nil, fmt.Errorf("user: encode record: %w", err)
	}
	return data, nil
}

// DecodeRecord reads what EncodeRecord wrote.
func DecodeRecord(data []byte) (Stored, error) {
	var rec record
	if err := json.Unmarshal(data, &rec); err != nil {
		return nil, fmt.Errorf("user: decode record: %w", err)
	}
	if rec.Version != storedVersion {
		return nil, fmt.Errorf("user: record has version %d, this program reads %d", rec.Version, storedVersion)
	}
	switch {
	case rec.ContactAdded != nil:
		return *rec.ContactAdded, nil
	case rec.ContactRemoved != nil:
		return *rec.ContactRemoved, nil
	case rec.UserBlocked != nil:
		return *rec.UserBlocked, nil
	case rec.UserUnblocked != nil:
		return *rec.UserUnblocked, nil
	case rec.InvitationKept != nil:
		return *rec.InvitationKept, nil
	case rec.InvitationEnded != nil:
		return *rec.InvitationEnded, nil
	}
	return nil, errors.New("user: record holds no event that this program knows")
}
