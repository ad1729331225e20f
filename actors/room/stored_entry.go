package room

import (
	"encoding/json"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
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

// DecodeEntry reads what EncodeEntry wrote. Nearly all entries are messages, and a
// history is read by the hundred: each is read as one, and again only if it turns
// out to be a change. The standard library's first version takes four times as
// long, in which commits wait for the processor.
func DecodeEntry(data []byte) (Entry, error) {
	var stored struct {
		storedMessage
		MessageSeq uint64 `json:"messageSeq"` // in changes only
	}
	if err := jsonv2.Unmarshal(data, &stored); err != nil {
		return Entry{}, fmt.Errorf("room: decode entry: %w", err)
	}
	switch {
	case stored.Version != storedVersion:
		return Entry{}, fmt.Errorf("room: entry has version %d, this program reads %d", stored.Version, storedVersion)
	case stored.Seq == 0:
		return Entry{}, errors.New("room: entry without a seq")
	case stored.MessageSeq != 0:
		return decodeChange(data)
	}
	var err error
	message := stored.Message
	if message.Attachments, err = fromText(stored.Attachments); err != nil {
		return Entry{}, fmt.Errorf("room: decode message: %w", err)
	}
	return Entry{Message: &message}, nil
}

func decodeChange(data []byte) (Entry, error) {
	var stored storedChange
	err := jsonv2.Unmarshal(data, &stored)
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
