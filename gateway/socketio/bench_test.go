package socketio

import (
	"strings"
	"testing"
)

// BenchmarkDecode is what one usual sendMessage costs to understand, as far as
// this package goes.
func BenchmarkDecode(b *testing.B) {
	text := []byte(`213["sendMessage",{"roomId":"bench","text":"` + strings.Repeat("x", 100) + `"}]`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodePacket(text, noRest); err != nil {
			b.Fatal(err)
		}
	}
}
