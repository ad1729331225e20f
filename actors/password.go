package actors

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	passwordSaltBytes = 16
	passwordKeyBytes  = 32
	passwordLanes     = 1
)

// passwordCost is what one hash costs.
type passwordCost struct {
	prefix    string // of hashes that have it
	memoryKiB uint32
	passes    uint32
}

// Two that OWASP's password storage page recommends as equally strong. New hashes have
// the first, which leaves others more of the processor's caches and less memory to
// collect; there are older ones with the second.
var passwordCosts = []passwordCost{
	{"$argon2id$v=19$m=7168,t=5,p=1$", 7 << 10, 5},
	{"$argon2id$v=19$m=19456,t=2,p=1$", 19 << 10, 2},
}

var (
	errPasswordsBusy   = errors.New("actors: too many passwords are being hashed")
	errPasswordsClosed = errors.New("actors: the node is stopping")
	errPasswordForm    = errors.New("its form is unknown")
)

// passwords hashes and compares passwords, a bounded number at a time, on the
// goroutines of its callers, who must not be actors. Each slot rests behind each hash for
// longer than that took: so those who talk meanwhile have the processors most of the time.
type passwords struct {
	queue       *passwordQueue
	comparisons sync.WaitGroup // under way for rooms
	known       knownPasswords
}

func newPasswords() *passwords {
	return &passwords{queue: newPasswordQueue(passwordsInParallel())}
}

// passwordsInParallel is how many this machine hashes at a time.
func passwordsInParallel() int {
	return max(1, min(passwordParallelMax, runtime.GOMAXPROCS(0)/2))
}

// close refuses those who wait, and all to come; wait waits for what is under
// way for rooms.
func (p *passwords) close() { p.queue.close() }

func (p *passwords) wait() { p.comparisons.Wait() }

// leave gives a slot back, that was used for so long, when it has rested.
func (p *passwords) leave(used time.Duration) {
	time.AfterFunc(min(passwordRestTimes*used, passwordRestMax), p.queue.leave)
}

// hash returns an encoded hash in the usual form ($argon2id$…), for a room that is given
// a password by one of this origin.
func (p *passwords) hash(origin, password string) (string, error) {
	salt, cost := make([]byte, passwordSaltBytes), passwordCosts[0]
	rand.Read(salt) // never fails
	if err := p.queue.enter(passwordFor{origin: origin}); err != nil {
		return "", err
	}
	key := p.derive(password, salt, cost)
	hash := cost.prefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
	p.known.remember(password, hash)
	return hash, nil
}

// matches compares a password with a hash. An empty hash never matches, and
// takes as long as any other to do so. Only one that is known to be right takes less.
func (p *passwords) matches(by passwordFor, password, hash string) (bool, error) {
	if p.known.match(password, hash) {
		return true, nil
	}
	salt, want, cost, err := decodePasswordHash(hash)
	if err != nil {
		return false, err
	}
	if err := p.queue.enter(by); err != nil {
		return false, err
	}
	if p.known.match(password, hash) { // by now
		p.queue.leave()
		return true, nil
	}
	key := p.derive(password, salt, cost)
	right := subtle.ConstantTimeCompare(key, want) == 1
	if right {
		p.known.remember(password, hash)
	}
	return right, nil
}

// derive makes of a password what its hash has, and leaves the caller's slot.
func (p *passwords) derive(password string, salt []byte, cost passwordCost) []byte {
	begin := time.Now()
	defer func() { p.leave(time.Since(begin)) }()
	return argon2.IDKey([]byte(password), salt, cost.passes, cost.memoryKiB, passwordLanes, passwordKeyBytes)
}

func decodePasswordHash(hash string) (salt, key []byte, cost passwordCost, err error) {
	if hash == "" {
		return make([]byte, passwordSaltBytes), nil, passwordCosts[0], nil
	}
	fail := func(err error) ([]byte, []byte, passwordCost, error) {
		return nil, nil, cost, fmt.Errorf("actors: password hash: %w", err)
	}
	at := slices.IndexFunc(passwordCosts, func(c passwordCost) bool { return strings.HasPrefix(hash, c.prefix) })
	if at < 0 {
		return fail(errPasswordForm)
	}
	cost = passwordCosts[at]
	saltText, keyText, separated := strings.Cut(hash[len(cost.prefix):], "$")
	if !separated {
		return fail(errPasswordForm)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(saltText); err != nil {
		return fail(err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(keyText); err != nil {
		return fail(err)
	}
	return salt, key, cost, nil
}
