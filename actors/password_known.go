package actors

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
)

// knownPasswords are those that were right, so that they needn't be hashed again: 300 who
// come into one room with its password cost one hash, and get in while others guess.
// Wrong ones aren't kept. What is kept is a digest with a key that no one has and that
// ends with the process, so the passwords are not in memory. The zero value is empty. It is
// safe for concurrent use.
type knownPasswords struct {
	mu      sync.Mutex
	key     []byte            // guarded by mu; nil: none yet
	digests map[string]digest // guarded by mu: by the hash of the password, at most knownPasswordsMax
}

type digest [sha256.Size]byte

func (k *knownPasswords) remember(password, hash string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.digests == nil {
		k.key = make([]byte, sha256.Size)
		rand.Read(k.key) // never fails
		k.digests = make(map[string]digest)
	}
	if len(k.digests) >= knownPasswordsMax {
		for any := range k.digests {
			delete(k.digests, any)
			break
		}
	}
	k.digests[hash] = k.digest(password)
}

// match reports whether a password is known to be that of a hash. If not it may be
// all the same.
func (k *knownPasswords) match(password, hash string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	known, found := k.digests[hash]
	if !found {
		return false
	}
	given := k.digest(password)
	return hmac.Equal(given[:], known[:])
}

func (k *knownPasswords) digest(password string) (d digest) {
	h := hmac.New(sha256.New, k.key)
	h.Write([]byte(password))
	h.Sum(d[:0])
	return d
}
