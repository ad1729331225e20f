package argon2id

import (
	"bytes"
	"crypto/rand"
	mathrand "math/rand/v2"
	"testing"

	"golang.org/x/crypto/argon2"
)

// TestSameAsLibrary compares keys with those of x/crypto, in memory that was used before.
func TestSameAsLibrary(t *testing.T) {
	var m Memory
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for range 300 {
		password, salt := make([]byte, random.IntN(100)), make([]byte, random.IntN(40))
		rand.Read(password)
		rand.Read(salt)
		cost := Cost{MemoryKiB: 4 * (2 + random.IntN(200)), Passes: 1 + random.IntN(4)}
		keyBytes := 1 + random.IntN(200)
		got := m.Key(password, salt, cost, keyBytes, 1+random.IntN(300), func() {})
		want := argon2.IDKey(password, salt, uint32(cost.Passes), uint32(cost.MemoryKiB), 1, uint32(keyBytes))
		if !bytes.Equal(got, want) {
			t.Fatalf("%+v, %d bytes: %x, want %x", cost, keyBytes, got, want)
		}
	}
}

// TestPauses: one after each step, whatever it is.
func TestPauses(t *testing.T) {
	for _, step := range []int{1, 7, 61, 62, 63} {
		pauses := 0
		new(Memory).Key(nil, make([]byte, 16), Cost{MemoryKiB: 32, Passes: 2}, 32, step, func() { pauses++ })
		if want := (2*32 - 2) / step; pauses != want {
			t.Errorf("%d pauses in steps of %d, want %d", pauses, step, want)
		}
	}
}

// TestMemoryIsKept: the second derivation takes none.
func TestMemoryIsKept(t *testing.T) {
	var m Memory
	cost := Cost{MemoryKiB: 1 << 10, Passes: 1}
	key := func() { m.Key(nil, make([]byte, 16), cost, 32, 100, func() {}) }
	key()
	first := &m.blocks[0]
	if key(); &m.blocks[0] != first {
		t.Error("it took memory once more")
	}
}

func BenchmarkKey(b *testing.B) {
	var m Memory
	for b.Loop() {
		m.Key(nil, make([]byte, 16), Cost{MemoryKiB: 19 << 10, Passes: 2}, 32, 500, func() {})
	}
}

func BenchmarkLibrary(b *testing.B) {
	for b.Loop() {
		argon2.IDKey(nil, make([]byte, 16), 2, 19<<10, 1, 32)
	}
}
