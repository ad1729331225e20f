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
	"time"

	"roomd/actors/argon2id"
)

// passwordCost is by the second recommendation of OWASP's password storage page:
// 19 MiB, 2 passes, 1 lane.
var passwordCost = argon2id.Cost{MemoryKiB: 19 << 10, Passes: 2}

const (
	passwordSaltBytes = 16
	passwordKeyBytes  = 32
)

const passwordPrefix = "$argon2id$v=19$m=19456,t=2,p=1$"

var (
	errPasswordsBusy   = errors.New("actors: too many passwords are being hashed")
	errPasswordsClosed = errors.New("actors: the node is stopping")
)

// passwords hashes and compares passwords, a bounded number at a time, on the
// goroutines of its callers, who must not be actors. Each works for a part of the time
// only, in steps far shorter than a hash: so those who talk meanwhile have the processors
// when they need them.
type passwords struct {
	slots       chan *argon2id.Memory // of those that nobody hashes in
	unused      *time.Timer           // until their memory is given back
	closed      chan struct{}
	comparisons sync.WaitGroup // under way for rooms
	known       knownPasswords

	mu      sync.Mutex
	waiting map[string]int // guarded by mu: how many for each hash; none: for a new one
	all     int            // guarded by mu: that wait
}

func newPasswords() *passwords {
	p := &passwords{slots: make(chan *argon2id.Memory, passwordsInParallel()), closed: make(chan struct{}), waiting: map[string]int{}}
	for range cap(p.slots) {
		p.slots <- new(argon2id.Memory)
	}
	p.unused = time.AfterFunc(passwordMemoryTime, p.forgetMemory)
	return p
}

// passwordsInParallel is how many this machine hashes at a time.
func passwordsInParallel() int {
	return max(1, min(passwordParallelMax, runtime.GOMAXPROCS(0)/2))
}

// close refuses those who wait, and all to come; wait waits for what is under
// way for rooms.
func (p *passwords) close() { close(p.closed) }

func (p *passwords) wait() {
	p.comparisons.Wait()
	p.unused.Stop()
}

// enter waits for a slot, with the memory to hash in; the caller leaves it. It is for
// a hash to compare with, or for a new one.
func (p *passwords) enter(hash string) (*argon2id.Memory, error) {
	if !p.await(hash) {
		return nil, errPasswordsBusy
	}
	defer p.awaited(hash)
	select {
	case m := <-p.slots:
		return m, nil
	case <-p.closed:
		return nil, errPasswordsClosed
	}
}

// await reports whether one more may wait.
func (p *passwords) await(hash string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == passwordWaitingMax || p.waiting[hash] == passwordWaitingRoomMax {
		return false
	}
	p.all++
	p.waiting[hash]++
	return true
}

func (p *passwords) awaited(hash string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.waiting[hash]--; p.waiting[hash] == 0 {
		delete(p.waiting, hash)
	}
}

func (p *passwords) leave(m *argon2id.Memory) {
	p.slots <- m
	p.unused.Reset(passwordMemoryTime)
}

// forgetMemory gives back what nobody has hashed in for a while.
func (p *passwords) forgetMemory() {
	for range cap(p.slots) {
		select {
		case <-p.slots:
			p.slots <- new(argon2id.Memory)
		default: // somebody does now
			return
		}
	}
}

// hash returns an encoded hash in the usual form ($argon2id$…).
func (p *passwords) hash(password string) (string, error) {
	m, err := p.enter("")
	if err != nil {
		return "", err
	}
	defer p.leave(m)
	salt := make([]byte, passwordSaltBytes)
	rand.Read(salt) // never fails
	key := derive(m, password, salt)
	hash := passwordPrefix + base64.RawStdEncoding.EncodeToString(salt) + "$" + base64.RawStdEncoding.EncodeToString(key)
	p.known.remember(password, hash)
	return hash, nil
}

// matches compares a password with a hash. An empty hash never matches, and
// takes as long as any other to do so. Only one that is known to be right takes less.
func (p *passwords) matches(password, hash string) (bool, error) {
	if p.known.match(password, hash) {
		return true, nil
	}
	salt, key, err := decodePasswordHash(hash)
	if err != nil {
		return false, err
	}
	m, err := p.enter(hash)
	if err != nil {
		return false, err
	}
	defer p.leave(m)
	right := subtle.ConstantTimeCompare(derive(m, password, salt), key) == 1
	if right {
		p.known.remember(password, hash)
	}
	return right, nil
}

func derive(m *argon2id.Memory, password string, salt []byte) []byte {
	rests := newPasswordRests()
	return m.Key([]byte(password), salt, passwordCost, passwordKeyBytes, passwordStepBlocks, rests.rest)
}

// passwordRests are those between the steps of one hash.
type passwordRests struct{ begin time.Time } // of the step

func newPasswordRests() *passwordRests { return &passwordRests{time.Now()} }

// rest is for a part of the time that the step took, within a bound: others may have
// had the processor in the middle of it.
func (r *passwordRests) rest() {
	time.Sleep(min(time.Since(r.begin)/passwordRestParts, passwordPauseMax))
	r.begin = time.Now()
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
