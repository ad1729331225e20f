package persistence

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"testing"
)

// FuzzEntryKey: what decodes is encoded to the same bytes, and bytes are ordered as keys are.
func FuzzEntryKey(f *testing.F) {
	f.Add([]byte{}, []byte{1})
	f.Add(entryKey{1, 255}.encode(), entryKey{1, 256}.encode())
	f.Add(entryKey{1, Newest}.encode(), entryKey{2, 0}.encode())
	f.Fuzz(func(t *testing.T, a, b []byte) {
		ka, err := decodeEntryKey(a)
		if (err == nil) != (len(a) == entryKeyBytes) || err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("decode of %d bytes: %v", len(a), err)
		}
		if err != nil {
			return
		}
		if got := ka.encode(); !bytes.Equal(got, a) {
			t.Fatalf("%x becomes %x", a, got)
		}
		kb, err := decodeEntryKey(b)
		if err != nil {
			return
		}
		if got, want := bytes.Compare(a, b), cmp.Or(cmp.Compare(ka.life, kb.life), cmp.Compare(ka.number, kb.number)); got != want {
			t.Fatalf("%v and %v: bytes say %d, numbers %d", ka, kb, got, want)
		}
		life, err := decodeLife(encodeLife(ka.life))
		if err != nil || life != ka.life {
			t.Fatalf("life %d becomes %d, %v", ka.life, life, err)
		}
	})
}

// FuzzKey: a key's value survives decoding and encoding, and nothing else decodes.
func FuzzKey(f *testing.F) {
	key := []byte("key")
	value := func(h head, summary string) []byte {
		return appendSealed(nil, key, append(h.appendTo(nil), summary...))
	}
	f.Add(key, value(head{}, ""))
	f.Add(key, value(head{life: 1, owner: 2, snapshotNumber: 3, lastNumber: 4, messagesFrom: 5, newestSeq: 6, hasSnapshot: true}, "summary"))
	f.Add(key, value(head{snapshotNumber: 2, lastNumber: 1}, ""))
	f.Add(key, appendSealed(nil, key, make([]byte, headBytes-1)))
	f.Add([]byte("another"), value(head{}, ""))
	f.Add(key, []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		h, summary, err := decodeKey(key, value)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("decode: %v, want ErrCorrupt", err)
			}
			return
		}
		if got := appendSum(append(h.appendTo(nil), summary...), key); !bytes.Equal(got, value) {
			t.Fatalf("%x becomes %x", value, got)
		}
	})
}

// FuzzSeal: sealed data comes back, and not after any change of a byte, of the value or of its key.
func FuzzSeal(f *testing.F) {
	f.Add([]byte("key"), []byte("data"), uint(0), byte(1))
	f.Add([]byte{}, []byte{}, uint(3), byte(0x80))
	f.Fuzz(func(t *testing.T, key, data []byte, at uint, flip byte) {
		sealed := appendSealed(nil, key, data)
		if got, err := unseal(key, sealed); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("unseal: %x, %v, want %x", got, err, data)
		}
		if flip == 0 {
			return
		}
		damaged := bytes.Clone(append(bytes.Clone(key), sealed...))
		damaged[at%uint(len(damaged))] ^= flip
		if _, err := unseal(damaged[:len(key)], damaged[len(key):]); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("byte %d changed by %#x: %v, want ErrCorrupt", at%uint(len(damaged)), flip, err)
		}
	})
}

// FuzzLeftover: what decodes is encoded to the same bytes.
func FuzzLeftover(f *testing.F) {
	f.Add([]byte{})
	f.Add(allOf.encode())
	f.Add(leftover{recordsTo: 1, messagesFrom: 2}.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := decodeLeftover(b)
		if (err == nil) != (len(b) == 16) || err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("decode of %d bytes: %v", len(b), err)
		}
		if err == nil && !bytes.Equal(l.encode(), b) {
			t.Fatalf("%x becomes %x", b, l.encode())
		}
	})
}

// FuzzTotals: what decodes is encoded to the same bytes.
func FuzzTotals(f *testing.F) {
	f.Add(totals{}.encode())
	f.Add(totals{1, 2, 3, 4, 5}.encode())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decodeTotals(b)
		if (err == nil) != (len(b) == totalsBytes) || err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("decode of %d bytes: %v", len(b), err)
		}
		if err == nil && !bytes.Equal(got.encode(), b) {
			t.Fatalf("%x becomes %x", b, got.encode())
		}
	})
}

// FuzzGreeting: a server that is none of ours is an error, and nothing that it says is too much.
func FuzzGreeting(f *testing.F) {
	f.Add([]byte("roomd backup 4096\nrest"), int64(4096))
	f.Add([]byte("refused: why\n"), int64(-1))
	f.Add([]byte("roomd backup -1\n"), int64(-1))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n"), int64(-1))
	f.Add(bytes.Repeat([]byte("x"), 10_000), int64(-1))
	f.Fuzz(func(t *testing.T, text []byte, want int64) {
		size, err := readGreeting(bufio.NewReader(bytes.NewReader(text)))
		if err == nil && (size < 0 || !bytes.HasPrefix(text, []byte(backupGreeting))) || want >= 0 && bytes.HasPrefix(text, fmt.Appendf(nil, "%s%d\n", backupGreeting, want)) && size != want {
			t.Fatalf("%q: %d, %v", text, size, err)
		}
	})
}
