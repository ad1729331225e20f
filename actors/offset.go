package actors

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
)

// An offset names one event to the client that has received it: the event's
// stream and number, encrypted as one block. So it is the same for all who
// receive the event, tells them nothing, and can't be made by anybody else: a
// block that was not encrypted here decrypts to a stream that there isn't.

// offsetSecret makes offsets, and reads them. It is safe for concurrent use.
type offsetSecret struct {
	key   []byte
	block cipher.Block
}

func newOffsetSecret() offsetSecret {
	key := make([]byte, offsetKeyBytes)
	rand.Read(key) // never fails
	return offsetSecretOf(key)
}

func offsetSecretOf(key []byte) offsetSecret {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	return offsetSecret{key, block}
}

const offsetKeyBytes = 16

// text returns the offset of an event.
func (s offsetSecret) text(streamID, number uint64) string {
	var b [aes.BlockSize]byte
	binary.BigEndian.PutUint64(b[:8], streamID)
	binary.BigEndian.PutUint64(b[8:], number)
	s.block.Encrypt(b[:], b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// read returns what an offset says; false: it is none.
func (s offsetSecret) read(text string) (streamID, number uint64, ok bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != aes.BlockSize {
		return 0, 0, false
	}
	s.block.Decrypt(b, b)
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:]), true
}
