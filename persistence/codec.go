package persistence

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// entryKey is what a record or message is filed under: the life of its key, and its number or seq.
type entryKey struct {
	life   uint64
	number uint64
}

// entryKeyBytes is the length of an encoded entryKey.
const entryKeyBytes = 16

// encode returns its bytes, ordered as life, then number.
func (k entryKey) encode() []byte {
	return binary.BigEndian.AppendUint64(encodeLife(k.life), k.number)
}

func decodeEntryKey(b []byte) (entryKey, error) {
	if len(b) != entryKeyBytes {
		return entryKey{}, fmt.Errorf("entry key of %d bytes: %w", len(b), ErrCorrupt)
	}
	return entryKey{life: binary.BigEndian.Uint64(b), number: binary.BigEndian.Uint64(b[8:])}, nil
}

// encodeLife returns what that is filed under which a life has one of; there is room behind it for a number.
func encodeLife(life uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 0, entryKeyBytes), life)
}

func decodeLife(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("entry key of %d bytes: %w", len(b), ErrCorrupt)
	}
	return binary.BigEndian.Uint64(b), nil
}

// leftover says how far a life's entries are out of sight and wait for removal.
type leftover struct {
	recordsTo    uint64 // records up to here
	messagesFrom uint64 // messages below
}

// allOf is the leftover of a deleted key.
var allOf = leftover{recordsTo: math.MaxUint64, messagesFrom: math.MaxUint64}

func (l leftover) encode() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), l.recordsTo)
	return binary.BigEndian.AppendUint64(b, l.messagesFrom)
}

func decodeLeftover(b []byte) (leftover, error) {
	if len(b) != 16 {
		return leftover{}, fmt.Errorf("leftover of %d bytes: %w", len(b), ErrCorrupt)
	}
	return leftover{recordsTo: binary.BigEndian.Uint64(b), messagesFrom: binary.BigEndian.Uint64(b[8:])}, nil
}

// sumBytes is what sealing adds to a value.
const sumBytes = 4

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendSealed appends data and a checksum over it and the key that it is filed under: a value that strayed to another is as
// wrong as one with a flipped bit.
func appendSealed(b, key, data []byte) []byte {
	b = append(b, data...)
	return binary.BigEndian.AppendUint32(b, sum(key, data))
}

// appendSum seals data that b holds alone.
func appendSum(b, key []byte) []byte { return binary.BigEndian.AppendUint32(b, sum(key, b)) }

// unseal returns the data of a sealed value: a part of it, not a copy.
func unseal(key, value []byte) ([]byte, error) {
	if len(value) < sumBytes {
		return nil, fmt.Errorf("value of %d bytes: %w", len(value), ErrCorrupt)
	}
	data, stored := value[:len(value)-sumBytes], value[len(value)-sumBytes:]
	if binary.BigEndian.Uint32(stored) != sum(key, data) {
		return nil, fmt.Errorf("wrong checksum: %w", ErrCorrupt)
	}
	return data, nil
}

func sum(key, data []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, data)
}
