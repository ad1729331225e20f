package actors

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// argon2id's cost, by the second recommendation of OWASP's password storage
// page: 19 MiB, 2 passes, 1 lane.
const (
	passwordMemoryKiB = 19 << 10
	passwordPasses    = 2
	passwordLanes     = 1
	passwordSaltBytes = 16
	passwordKeyBytes  = 32
)

const passwordPrefix = "$argon2id$v=19$m=19456,t=2,p=1$"

var (
	errPasswordsBusy   = errors.New("actors: too many passwords are being hashed")
	errPasswordsClosed = errors.New("actors: the node is stopping")
)

// passwords hashes and compares passwords, a bounded number at a time, on the
// goroutines of its callers, who must not be actors.
type passwords struct {
	slots       chan struct{}
	closed      chan struct{}
	waiting     atomic.Int32
	comparisons sync.WaitGroup // under way for rooms
}

func newPasswords() *passwords {
	return &passwords{slots: make(chan struct{}, passwordsInParallel()), closed: make(chan struct{})}
}

// passwordsInParallel is how many this machine hashes at a time.
func passwordsInParallel() int {
	return max(1, min(passwordParallelMax, runtime.GOMAXPROCS(0)/2))
}

// close refuses those who wait, and all to come; wait waits for what is under
// way for rooms.
func (p *passwords) close() { close(p.closed) }

func (p *passwords) wait() { p.comparisons.Wait() }

// enter waits for a slot; the caller leaves it.
func (p *passwords) enter() error {
	defer p.waiting.Add(-1)
	if p.waiting.Add(1) > passwordWaitingMax {
		return errPasswordsBusy
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-p.closed:
		return errPasswordsClosed
	}
}

func (p *passwords) leave() { <-p.slots }

// hash returns an encoded hash in the usual form ($argon2id$…).
func (p *passwords) hash(password string) (string, error) {
	if err := p.enter(); err != nil {
		return "", err
	}
	defer p.leave()
	salt := make([]byte, passwordSaltBytes)
	rand.Read(salt) // never fails
	key := derive(password, salt)
	return passwordPrefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key), nil
}

// matches compares a password with a hash. An empty hash never matches, and
// takes as long as any other to do so.
func (p *passwords) matches(password, hash string) (bool, error) {
	salt, key, err := decodePasswordHash(hash)
	if err != nil {
		return false, err
	}
	if err := p.enter(); err != nil {
		return false, err
	}
	defer p.leave()
	return subtle.ConstantTimeCompare(derive(password, salt), key) == 1, nil
}

func derive(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, passwordPasses, passwordMemoryKiB, passwordLanes, passwordKeyBytes)
}

func decodePasswordHash(hash string) (salt, key []byte, err error) {
	if hash == "" {
		return make([]byte, passwordSaltBytes), nil, nil
	}
	rest, ok := strings.CutPrefix(hash, passwordPrefix)
	saltText, keyText, separated := strings.Cut(rest, "$")
	if !ok || !separated {
		return nil, nil, errors.New("actors: password hash of an unknown form")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(saltText); err != nil {
		return nil, nil, fmt.Errorf("actors: password hash: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(keyText); err != nil {
		return nil, nil, fmt.Errorf("actors: password hash: %w", err)
	}
	return salt, key, nil
}
