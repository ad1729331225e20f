package room

import (
	"encoding/json"
	"errors"
	"fmt"
)

// storedMessage is a message's stored form. Attachments are stored as text in
// a string: as JSON within JSON they would lose their spaces, and could be
// nested deeper than the reader goes.
type storedMessage struct {
	Version int `json:"v"`
	Message
	Attachments []string `json:"attachments,omitempty"` // in the place of Message.Attachments
}

// storedChange is a change's stored form.
type storedChange struct {
	Version int `json:"v"`
	Change
	Attachments []string `json:"attachments,omitempty"` // as in storedMessage
}

// EncodeEntry returns the stored form of a numbered record.
func EncodeEntry(e Entry) ([]byte, error) {
	var stored any
	if e.Message != nil {
		stored = storedMessage{storedVersion, *e.Message, asText(e.Message.Attachments)}
	} else {
		stored = storedChange{storedVersion, *e.Change, asText(e.Change.Attachments)}
	}
	data, err := marshal(stored)
	if err != nil {
		return nil, fmt.Errorf("room: encode entry: %w", err)
	}
	return data, nil
}

func asText(attachments []json.RawMessage) []string {
	var texts []string
	for _, a := range attachments {
		texts = append(texts, string(a))
	}
	return texts
}

// DecodeEntry reads what EncodeEntry wrote.
func DecodeEntry(data []byte) (Entry, error) {
	var head struct {
		Version    int    `json:"v"`
		Seq        uint64 `json:"seq"`
		MessageSeq uint64 `json:"messageSeq"` // in changes only
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return Entry{}, fmt.Errorf("room: decode entry: %w", err)
	}
	switch {
	case head.Version != storedVersion:
		return Entry{}, fmt.Errorf("room: entry has version %d, this program reads %d", head.Version, storedVersion)
	case head.Seq == 0:
		return Entry{}, errors.New("room: entry without a seq")
	case head.MessageSeq != 0:
		return decodeChange(data)
	}
	return decodeMessage(data)
}

func decodeMessage(data []byte) (Entry, error) {
	var stored storedMessage
	err := json.Unmarshal(data, &stored)
	if err == nil {
		stored.Message.Attachments, err = fromText(stored.Attachments)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("room: decode message: %w", err)
	}
	return Entry{Message: &stored.Message}, nil
}

func decodeChange(data []byte) (Entry, error) {
	var stored storedChange
	err := json.Unmarshal(data, &stored)
	if err == nil {
		stored.Change.Attachments, err = fromText(stored.Attachments)
	}
	if err != nil {
		return Entry{}, fmt.Errorf("room: decode change: %w", err)
	}
	return Entry{Change: &stored.Change}, nil
}

func fromText(texts []string) ([]json.RawMessage, error) {
	var attachments []json.RawMessage
	for _, text := range texts {
		if !isObject([]byte(text)) {
			return nil, errors.New("an attachment is no JSON object")
		}
		attachments = append(attachments, json.RawMessage(text))
	}
	return attachments, nil
}
