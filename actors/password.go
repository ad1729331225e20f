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
	waiting map[string]*passwordQueue // guarded by mu: by hash; none: for a new one
	all     int                       // guarded by mu: that wait
}

// passwordQueue are those who want the same hash. One at a time waits for a slot, so that
// many who guess the password of one room don't stand in the way of others.
type passwordQueue struct {
	length int           // guarded by the passwords' mu
	first  chan struct{} // full while one waits for a slot
}

func newPasswords() *passwords {
	p := &passwords{slots: make(chan *argon2id.Memory, passwordsInParallel()), closed: make(chan struct{}), waiting: map[string]*passwordQueue{}}
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
	queue := p.await(hash)
	if queue == nil {
		return nil, errPasswordsBusy
	}
	defer p.awaited(hash)
	select {
	case queue.first <- struct{}{}:
		defer func() { <-queue.first }()
	case <-p.closed:
		return nil, errPasswordsClosed
	}
	select {
	case m := <-p.slots:
		return m, nil
	case <-p.closed:
		return nil, errPasswordsClosed
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
