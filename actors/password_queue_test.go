package actors

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"roomd/actors/room"
)

// passwordLine is a queue whose slots are taken, with those who wait in it, each called
// "origin room".
type passwordLine struct {
	*passwordQueue
	t     *testing.T
	turns map[string][]<-chan error
}

func newPasswordLine(t *testing.T) *passwordLine {
	return &passwordLine{newPasswordQueue(0), t, map[string][]<-chan error{}}
}

// await has some wait, and returns why the first of them that can't doesn't.
func (l *passwordLine) await(name string, times int) error {
	l.t.Helper()
	origin, room, _ := strings.Cut(name, " ")
	for range times {
		turn, err := l.passwordQueue.await(passwordFor{origin, room})
		if err != nil {
			return err
		}
		if turn == nil {
			l.t.Fatalf("%s has a slot that is taken", name)
		}
		l.turns[name] = append(l.turns[name], turn)
	}
	return nil
}

// must is await of those who can.
func (l *passwordLine) must(name string, times int) {
	l.t.Helper()
	if err := l.await(name, times); err != nil {
		l.t.Fatalf("%s: %v", name, err)
	}
}

// left returns how many still wait: others are refused.
func (l *passwordLine) left(name string) (waiting int) {
	l.t.Helper()
	for _, turn := range l.turns[name] {
		select {
		case err := <-turn:
			if !errors.Is(err, errPasswordsBusy) {
				l.t.Fatalf("%s: %v", name, err)
			}
		default:
			waiting++
		}
	}
	return waiting
}

// next gives a slot on, and returns who has it.
func (l *passwordLine) next() (who string) {
	l.t.Helper()
	l.leave()
	who = "nobody"
	for name, turns := range l.turns {
		l.turns[name] = slices.DeleteFunc(turns, func(turn <-chan error) (ended bool) {
			select {
			case err := <-turn:
				if err == nil {
					who = name
				}
				return true
			default:
				return false
			}
		})
	}
	return who
}

// TestPasswordTurns says who is next: an origin stands in the way once, whatever it wants, and
// so does a room, whoever wants it.
func TestPasswordTurns(t *testing.T) {
	for _, tt := range []struct {
		name string
		come string // each "origin room", in their order
		want string
	}{
		{"in their order", "a r, a r, a r", "a r, a r, a r, nobody"},
		{"two rooms of one origin", "a r, a r, a r, a s", "a r, a s, a r, a r"},
		{"two origins for one room", "a r, a r, a r, b r", "a r, b r, a r, a r"},
		{"an origin with many rooms", "a r, a s, a u, a v, b w", "a r, b w, a s, a u, a v"},
		{"a room with many origins", "a r, b r, c r, d r, e s", "a r, e s, b r, c r, d r"},
		{"a guessed room, from elsewhere", "a r, a s, a r, a s, b r", "a r, a s, b r, a s, a r"},
		{"two of an origin behind others", "a r, a s, a u, b r, b w", "a r, b w, a s, b r, a u"},
		{"those who give a room a password", "a r, a r, a , a , b ", "a r, b , a r, a , a "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newPasswordLine(t)
			for who := range strings.SplitSeq(tt.come, ", ") {
				l.must(who, 1)
			}
			var got []string
			for range strings.Split(tt.want, ", ") {
				got = append(got, l.next())
			}
			if got := strings.Join(got, ", "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestPasswordTurnsOfOthers has addresses that keep the queue full, of rooms as it comes, and then
// one who comes from elsewhere: each of them has few turns before him, whatever comes meanwhile.
func TestPasswordTurnsOfOthers(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 0))
		origins, rooms := 1+random.IntN(8), 1+random.IntN(8)
		l := newPasswordLine(t)
		flood := func() { // what is refused is
			l.await(fmt.Sprint(random.IntN(origins), " ", random.IntN(rooms)), 1)
		}
		for range 2 * passwordWaitingMax {
			flood()
		}
		for range random.IntN(2 * passwordWaitingMax) {
			l.next()
			flood()
		}
		wanted, most := random.IntN(2*rooms), 1
		if wanted < rooms { // others guess it too
			most = 2
		}
		one := fmt.Sprint("one ", wanted)
		l.must(one, 1)
		turns := map[string]int{}
		for next := l.next(); next != one; next = l.next() {
			origin, _, _ := strings.Cut(next, " ")
			if turns[origin]++; turns[origin] > most {
				t.Fatalf("seed %d: %s waits behind %d of one address", seed, one, turns[origin])
			}
			for range 1 + random.IntN(3) {
				flood()
			}
		}
	}
}

// TestPasswordTurnsGoOn wants one who comes again and again to have every other turn, not
// all, nor none.
func TestPasswordTurnsGoOn(t *testing.T) {
	l := newPasswordLine(t)
	l.must("a r", passwordWaitingRoomMax)
	for range 5 {
		l.must("b s", 1)
		if got := []string{l.next(), l.next()}; !reflect.DeepEqual(got, []string{"a r", "b s"}) {
			t.Errorf("got %q", got)
		}
	}
}

// TestPasswordWaitingMax fills the places to wait from one origin: it has all of them, and
// gives them up one by one, its newest first, to an origin that has fewer.
func TestPasswordWaitingMax(t *testing.T) {
	l := newPasswordLine(t)
	rooms := passwordWaitingMax / passwordWaitingRoomMax
	for i := range rooms {
		l.must(fmt.Sprint("a ", i), passwordWaitingRoomMax)
	}
	if err := l.await("a another", 1); !errors.Is(err, errPasswordsBusy) {
		t.Errorf("one more of the origin: %v", err)
	}
	for i := range passwordWaitingMax {
		if err := l.await(fmt.Sprint("b of b ", i), 1); err != nil {
			if i != passwordWaitingMax/2 || !errors.Is(err, errPasswordsBusy) {
				t.Errorf("%d of another: %v", i, err)
			}
			break
		}
	}
	for i, want := range []int{passwordWaitingRoomMax, passwordWaitingRoomMax / 2, 0} {
		if got := l.left(fmt.Sprint("a ", i)); got != want {
			t.Errorf("%d wait for room %d of the first, want %d", got, i, want)
		}
	}
	for i := range passwordWaitingMax - 2 { // then each origin has one, a and b too
		l.must(fmt.Sprintf("%d of %d", i, i), 1)
	}
	if len(l.waiting) != passwordWaitingMax {
		t.Errorf("%d wait", len(l.waiting))
	}
	if err := l.await("c r", 1); !errors.Is(err, errPasswordsBusy) {
		t.Errorf("one more than there are origins: %v", err)
	}
}

// TestPasswordWaitingRoomMax: who waits for one room leaves places to others, and in the
// room's own to other origins.
func TestPasswordWaitingRoomMax(t *testing.T) {
	l := newPasswordLine(t)
	l.must("a guessed", passwordWaitingRoomMax)
	if err := l.await("a guessed", 1); !errors.Is(err, errPasswordsBusy) {
		t.Errorf("one more: %v", err)
	}
	l.must("a other", 1)
	l.must("a ", 1) // a room is given a password
	l.must("b guessed", passwordWaitingRoomMax/2)
	if err := l.await("b guessed", 1); !errors.Is(err, errPasswordsBusy) {
		t.Errorf("more than half for another origin: %v", err)
	}
	if got := l.left("a guessed"); got != passwordWaitingRoomMax/2 {
		t.Errorf("%d of the first wait", got)
	}
}

// TestPasswordSlots: a free slot is had at once, and what is left is free again; a queue that
// is closed gives none.
func TestPasswordSlots(t *testing.T) {
	q := newPasswordQueue(2)
	for _, has := range []bool{true, true, false} {
		if turn, err := q.await(passwordFor{}); (turn == nil) != has || err != nil {
			t.Fatalf("got %v, %v", turn, err)
		}
	}
	q.leave() // to who waits
	q.leave()
	if q.free != 1 {
		t.Errorf("%d slots are free", q.free)
	}
	q.enter(passwordFor{})
	waiting, err := q.await(passwordFor{})
	if err != nil {
		t.Fatal(err)
	}
	q.close()
	if err := <-waiting; !errors.Is(err, errPasswordsClosed) {
		t.Errorf("who has waited: %v", err)
	}
	q.leave()
	if err := q.enter(passwordFor{}); !errors.Is(err, errPasswordsClosed) {
		t.Errorf("who comes: %v", err)
	}
}

// TestPasswordsOfOthers wants who comes with the right password, and who gives a room one, let
// in though another address guesses the passwords of many rooms, with many connections.
func TestPasswordsOfOthers(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		hash, err := w.HashPassword("", "open sesame")
		if err != nil {
			t.Fatal(err)
		}
		owner := w.connect("owner")
		release := w.holdPasswords() // and nobody's is known
		owner.must("theirs", create(room.Settings{PasswordHash: hash}))
		rooms := 2 * passwordWaitingMax / passwordWaitingRoomMax
		var attackers []*client
		for i := range rooms {
			guessed := fmt.Sprint("guessed ", i)
			owner.must(guessed, create(room.Settings{PasswordHash: fmt.Sprint(passwordCosts[0].prefix, "AAAA$AAA", i)}))
			for j := range passwordWaitingRoomMax {
				attacker := w.connectFrom("theirs", fmt.Sprintf("attacker %d %d", i, j))
				attacker.do(guessed, room.Join{Password: "wrong"})
				attackers = append(attackers, attacker)
			}
			synctest.Wait()
		}
		refused := 0
		for _, attacker := range attackers {
			for _, r := range attacker.replies() {
				if codeOf(r.reply) != room.CodeUnavailable {
					t.Fatalf("%+v before anything was hashed", r.reply)
				}
				refused++
			}
		}
		if want := len(attackers) - passwordWaitingMax; refused != want {
			t.Errorf("%d guesses are refused, want %d", refused, want)
		}
		member := w.connectFrom("mine", "member")
		joined := make(chan room.Reply, 1)
		member.doThen("theirs", room.Join{Password: "open sesame"}, func(r room.Reply) { joined <- r })
		given := make(chan error, 1)
		go func() {
			_, err := w.HashPassword("another", "a new one")
			given <- err
		}()
		synctest.Wait()
		if n := len(member.replies()) + len(given); n != 0 {
			t.Errorf("%d answers before anything was hashed", n)
		}
		release()
		if r := <-joined; codeOf(r) != "" {
			t.Errorf("a right password: %v", r)
		}
		if err := <-given; err != nil {
			t.Errorf("a new one: %v", err)
		}
		w.Stop() // the rest of the guesses needn't be hashed
	})
}
