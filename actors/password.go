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
	slots       chan struct{} // full while all are taken
	closed      chan struct{}
	comparisons sync.WaitGroup // under way for rooms
	known       knownPasswords

	mu      sync.Mutex
	waiting map[string]*passwordQueue // guarded by mu: by hash, or newHash
	all     int                       // guarded by mu: that wait
}

// passwordQueue are those who want the same hash. One at a time waits for a slot, so that
// many who guess the password of one room don't stand in the way of others.
type passwordQueue struct {
	length int           // guarded by the passwords' mu
	first  chan struct{} // full while one waits for a slot
}

func newPasswords() *passwords {
	return &passwords{slots: make(chan struct{}, passwordsInParallel()), closed: make(chan struct{}), waiting: map[string]*passwordQueue{}}
}

// passwordsInParallel is how many this machine hashes at a time.
func passwordsInParallel() int {
	return max(1, min(passwordParallelMax, runtime.GOMAXPROCS(0)/2))
}

// close refuses those who wait, and all to come; wait waits for what is under
// way for rooms.
func (p *passwords) close() { close(p.closed) }

func (p *passwords) wait() { p.comparisons.Wait() }

// newHash stands for a hash that is still to be made. It is not "", which who guesses
// where there is no password waits for: he doesn't stand in the way of those who give a room one.
const newHash = "new"

// enter waits for a slot, which the caller leaves. It is for a hash to compare with,
// or for newHash.
func (p *passwords) enter(hash string) error {
	queue := p.await(hash)
	if queue == nil {
		return errPasswordsBusy
	}
	defer p.awaited(hash)
	select {
	case queue.first <- struct{}{}:
		defer func() { <-queue.first }()
	case <-p.closed:
		return errPasswordsClosed
	}
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-p.closed:
		return errPasswordsClosed
	}
}

// await returns where one more may wait; nil: nowhere.
func (p *passwords) await(hash string) *passwordQueue {
	p.mu.Lock()
	defer p.mu.Unlock()
	queue := p.waiting[hash]
	if p.all == passwordWaitingMax || queue != nil && queue.length == passwordWaitingRoomMax {
		return nil
	}
	if queue == nil {
		queue = &passwordQueue{first: make(chan struct{}, 1)}
		p.waiting[hash] = queue
	}
	p.all++
	queue.length++
	return queue
}

func (p *passwords) awaited(hash string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	queue := p.waiting[hash]
	if queue.length--; queue.length == 0 {
		delete(p.waiting, hash)
	}
}

// leave gives a slot back, that was used for so long, when it has rested.
func (p *passwords) leave(used time.Duration) {
	time.AfterFunc(min(passwordRestTimes*used, passwordRestMax), func() { <-p.slots })
}

// hash returns an encoded hash in the usual form ($argon2id$…).
func (p *passwords) hash(password string) (string, error) {
	salt, cost := make([]byte, passwordSaltBytes), passwordCosts[0]
	rand.Read(salt) // never fails
	key, err := p.derive(newHash, password, salt, cost)
	if err != nil {
		return "", err
	}
	hash := cost.prefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
	p.known.remember(password, hash)
	return hash, nil
}

// matches compares a password with a hash. An empty hash never matches, and
// takes as long as any other to do so. Only one that is known to be right takes less.
func (p *passwords) matches(password, hash string) (bool, error) {
	if p.known.match(password, hash) {
		return true, nil
	}
	salt, want, cost, err := decodePasswordHash(hash)
	if err != nil {
		return false, err
	}
	key, err := p.derive(hash, password, salt, cost)
	if err != nil {
		return false, err
	}
	right := subtle.ConstantTimeCompare(key, want) == 1
	if right {
		p.known.remember(password, hash)
	}
	return right, nil
}

// derive waits for a slot, and makes of a password what its hash has.
func (p *passwords) derive(hash, password string, salt []byte, cost passwordCost) ([]byte, error) {
	if err := p.enter(hash); err != nil {
		return nil, err
	}
	begin := time.Now()
	defer func() { p.leave(time.Since(begin)) }()
	return argon2.IDKey([]byte(password), salt, cost.passes, cost.memoryKiB, passwordLanes, passwordKeyBytes), nil
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
