package gateway

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
)

// BenchmarkParseSend is from sendMessage's argument to the command.
func BenchmarkParseSend(b *testing.B) {
	argument := json.RawMessage(`{"roomId":"bench","text":"` + strings.Repeat("x", 100) + `"}`)
	b.SetBytes(int64(len(argument)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parseSend(nil, argument); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodeMessage is from a room's event to the frame that all members
// get: once a message, however many they are.
func BenchmarkEncodeMessage(b *testing.B) {
	event := room.MessageSent{Message: room.Message{
		ID:     "floors-epoch-1",
		Seq:    1,
		Sender: room.User{ID: "bench-00001", Name: "bench-00001"},
		Text:   strings.Repeat("x", 100),
		At:     time.Now(),
	}}
	b.ReportAllocs()
	for b.Loop() {
		if frame := EncodeRoomEvent("bench", event, ""); frame == nil {
			b.Fatal("no frame")
		}
	}
}
