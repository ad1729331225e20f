// Package argon2id derives keys from passwords by Argon2id (RFC 9106), as
// golang.org/x/crypto/argon2 does and its tests compare with, but in steps: between two
// of them others may have the processor. That package is done when it is done,
// some 20 ms later, and takes new memory each time, which has the whole heap collected.
//
// It has one lane, no secret and no associated data.
package argon2id

import (
	"encoding/binary"

	"golang.org/x/crypto/blake2b"
)

const (
	version  = 0x13
	typeID   = 2   // Argon2id
	lanes    = 1   //
	slices   = 4   // of each pass; what is in the same one isn't referred to
	words    = 128 // of a block: 1 KiB
	seedSize = blake2b.Size + 8
)

type block [words]uint64

// Cost is what it takes to derive a key.
type Cost struct {
	MemoryKiB int // a multiple of 4, at least 8
	Passes    int
}

// Memory is what derivations work in, one at a time. The zero value is empty: it
// is taken with the first, and kept for the next.
type Memory struct{ blocks []block }

// Key derives a key of so many bytes. It calls pause whenever it has made so many
// blocks as a step has, at most 1 µs each.
func (m *Memory) Key(password, salt []byte, cost Cost, keyBytes, step int, pause func()) []byte {
	if len(m.blocks) != cost.MemoryKiB {
		m.blocks = make([]block, cost.MemoryKiB)
	}
	d := derivation{blocks: m.blocks, passes: cost.Passes, segment: cost.MemoryKiB / slices, step: step, pause: pause}
	d.begin(password, salt, keyBytes)
	for pass := range cost.Passes {
		for slice := range slices {
			d.fill(pass, slice)
		}
	}
	var last [8 * words]byte
	for i, word := range d.blocks[len(d.blocks)-1] {
		binary.LittleEndian.PutUint64(last[8*i:], word)
	}
	key := make([]byte, keyBytes)
	longHash(key, last[:])
	return key
}

// derivation is one under way.
type derivation struct {
	blocks  []block
	passes  int
	segment int // blocks of a slice
	step    int
	pause   func()
	made    int // blocks since the last pause
}

// begin makes the first two blocks (RFC 9106, 3.2, steps 1 to 4).
func (d *derivation) begin(password, salt []byte, keyBytes int) {
	var text []byte
	number := func(n int) { text = binary.LittleEndian.AppendUint32(text, uint32(n)) }
	for _, n := range []int{lanes, keyBytes, len(d.blocks), d.passes, version, typeID} {
		number(n)
	}
	for _, part := range [][]byte{password, salt, nil, nil} { // the latter are secret and associated data
		number(len(part))
		text = append(text, part...)
	}
	h := blake2b.Sum512(text)
	var seed [seedSize]byte
	copy(seed[:], h[:])
	for i := range 2 {
		seed[blake2b.Size] = byte(i) // and the lane, which is 0
		var first [8 * words]byte
		longHash(first[:], seed[:])
		for j := range d.blocks[i] {
			d.blocks[i][j] = binary.LittleEndian.Uint64(first[8*j:])
		}
	}
}

// fill makes the blocks of one slice (3.4). In the first half of the first pass which
// blocks are referred to doesn't depend on the password.
func (d *derivation) fill(pass, slice int) {
	independent := pass == 0 && slice < slices/2
	input := block{uint64(pass), 0, uint64(slice), uint64(len(d.blocks)), uint64(d.passes), typeID}
	var addresses block
	first := 0
	if pass == 0 && slice == 0 {
		first = 2 // made already
	}
	for i := first; i < d.segment; i++ {
		at := slice*d.segment + i
		previous := at - 1
		if at == 0 {
			previous = len(d.blocks) - 1
		}
		random := d.blocks[previous][0]
		if independent {
			if i%words == 0 || i == first {
				input[6] = uint64(i/words) + 1
				compress(&addresses, &input, &block{}, false)
				compress(&addresses, &addresses, &block{}, false)
			}
			random = addresses[i%words]
		}
		compress(&d.blocks[at], &d.blocks[previous], &d.blocks[d.reference(pass, slice, i, random)], pass > 0)
		if d.made++; d.made == d.step {
			d.made = 0
			d.pause()
		}
	}
}

// reference is the block that is mixed in (3.4.2): one of those made so far in this pass,
// or of the last three slices, most likely a late one, but not the one before.
func (d *derivation) reference(pass, slice, i int, random uint64) int {
	begin, count := 0, slice*d.segment+i-1
	if pass > 0 {
		begin, count = (slice+1)%slices*d.segment, (slices-1)*d.segment+i-1
	}
	x := random & 0xffffffff
	x = x * x >> 32
	back := uint64(count) * x >> 32
	return (begin + count - 1 - int(back)) % len(d.blocks)
}

// longHash is H' (3.3): as long a hash as out is.
func longHash(out, in []byte) {
	prefixed := append(binary.LittleEndian.AppendUint32(nil, uint32(len(out))), in...)
	if len(out) <= blake2b.Size {
		shortHash(out, prefixed)
		return
	}
	h := blake2b.Sum512(prefixed)
	for len(out) > blake2b.Size {
		copy(out, h[:blake2b.Size/2])
		out = out[blake2b.Size/2:]
		if len(out) > blake2b.Size {
			h = blake2b.Sum512(h[:])
		}
	}
	shortHash(out, h[:])
}

func shortHash(out, in []byte) {
	h, err := blake2b.New(len(out), nil)
	if err != nil {
		panic(err) // a length that no caller has
	}
	h.Write(in)
	h.Sum(out[:0])
}
