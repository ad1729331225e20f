package actors

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/argon2"

	"roomd/actors/room"
)

func TestPasswords(t *testing.T) {
	p := newPasswords()
	hash, err := p.hash("", "open sesame")
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.hash("", "open sesame")
	if err != nil || again == hash {
		t.Errorf("the same hash twice, %v", err)
	}
	salt, prefix := "c29tZXNhbHRzb21lc2FsdA", passwordCosts[0].prefix
	older := passwordCosts[1].prefix + salt + "$" + base64.RawStdEncoding.EncodeToString(
		argon2.IDKey([]byte("open sesame"), []byte("somesaltsomesalt"), 2, 19<<10, 1, passwordKeyBytes))
	tests := []struct {
		name, password, hash string
		matches, malformed   bool
	}{
		{"right", "open sesame", hash, true, false},
		{"wrong", "open sesam", hash, false, false},
		{"empty", "", hash, false, false},
		{"right, an older hash", "open sesame", older, true, false},
		{"wrong, an older hash", "open sesam", older, false, false},
		{"no hash", "open sesame", "", false, false},
		{"neither", "", "", false, false},
		{"key is missing", "open sesame", prefix + salt + "$", false, false},
		{"key is short", "open sesame", hash[:len(hash)-4], false, false},
		{"no parts", "open sesame", prefix, false, true},
		{"salt is no base64", "open sesame", prefix + "?$AAAA", false, true},
		{"key is no base64", "open sesame", prefix + salt + "$?", false, true},
		{"another algorithm", "open sesame", strings.Replace(hash, "argon2id", "argon2i", 1), false, true},
		{"another cost", "open sesame", strings.Replace(hash, "t=5", "t=1", 1), false, true},
		{"plain text", "open sesame", "open sesame", false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			matches, err := p.matches(passwordFor{}, test.password, test.hash)
			if matches != test.matches || (err != nil) != test.malformed {
				t.Errorf("got %v, %v", matches, err)
			}
		})
	}
}

// TestNoHashTakesAsLong wants a comparison with nothing to cost what any other
// does: otherwise a stranger could tell private rooms with a password from
// those without.
func TestNoHashTakesAsLong(t *testing.T) {
	p := newPasswords()
	hash, err := p.hash("", "open sesame")
	if err != nil {
		t.Fatal(err)
	}
	took := func(hash string) time.Duration {
		begin := time.Now()
		if _, err := p.matches(passwordFor{}, "wrong", hash); err != nil {
			t.Fatal(err)
		}
		return time.Since(begin)
	}
	with, without := time.Hour, time.Hour
	for round := 1; ; round++ { // on a busy machine the fastest of a few can be slow
		with, without = min(with, took(hash)), min(without, took(""))
		if without >= with/3 && with >= without/3 {
			return
		}
		if round == 50 {
			t.Fatalf("with a hash %v, without %v", with, without)
		}
	}
}

// TestPasswordRests: a slot rests twice as long as it was used, up to passwordRestMax.
func TestPasswordRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords()
		p.queue = newPasswordQueue(1)
		for _, tt := range []struct{ used, rest time.Duration }{
			{1, 2}, {25 * time.Millisecond, 50 * time.Millisecond},
			{passwordRestMax/2 - 1, passwordRestMax - 2}, {passwordRestMax / 2, passwordRestMax},
			{passwordRestMax/2 + 1, passwordRestMax}, {time.Hour, passwordRestMax},
		} {
			if err := p.queue.enter(passwordFor{}); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			p.leave(tt.used)
			if err := p.queue.enter(passwordFor{}); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(begin); got != tt.rest {
				t.Errorf("used for %v: rested for %v, want %v", tt.used, got, tt.rest)
			}
			p.leave(0)
			synctest.Wait()
		}
	})
}

// TestKnownPasswords: one that was right gets in though all slots are taken and nobody may
// wait; one that is wrong, or of another room, doesn't.
func TestKnownPasswords(t *testing.T) {
	p := newPasswords()
	made, err := p.hash("", "made here")
	if err != nil {
		t.Fatal(err)
	}
	compared, err := newPasswords().hash("", "made elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"wrong", "made elsewhere"} {
		if right, err := p.matches(passwordFor{}, password, compared); err != nil || right != (password != "wrong") {
			t.Fatalf("%s: %t, %v", password, right, err)
		}
	}
	p.queue.free = 0
	for i := range passwordWaitingMax {
		if _, err := p.queue.await(passwordFor{room: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		password, hash string
		known          bool
	}{
		{"made here", made, true}, {"made elsewhere", compared, true},
		{"made here", compared, false}, {"wrong", made, false}, {"wrong", compared, false}, {"", "", false},
	} {
		right, err := p.matches(passwordFor{}, tt.password, tt.hash)
		if right != tt.known || errors.Is(err, errPasswordsBusy) == tt.known {
			t.Errorf("%s: %t, %v", tt.password, right, err)
		}
	}
}

// TestKnownMeanwhile: one that was found right while others waited with it isn't hashed again.
func TestKnownMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPasswords()
		p.queue = newPasswordQueue(0)
		hash := passwordCosts[0].prefix + "AAAA$AAAA" // which no password has
		go func() {
			if right, err := p.matches(passwordFor{}, "open sesame", hash); !right || err != nil {
				t.Errorf("got %t, %v", right, err)
			}
		}()
		synctest.Wait()
		p.known.remember("open sesame", hash)
		p.queue.leave()
		synctest.Wait()
		if p.queue.free != 1 {
			t.Error("the slot isn't free at once")
		}
	})
}

// TestKnownPasswordsMax: the last is known, and so many of the others.
func TestKnownPasswordsMax(t *testing.T) {
	var k knownPasswords
	for i := range knownPasswordsMax + 10 {
		k.remember("x", fmt.Sprint(i))
		if !k.match("x", fmt.Sprint(i)) {
			t.Fatalf("%d isn't known", i)
		}
	}
	if n := len(k.digests); n != knownPasswordsMax {
		t.Errorf("%d are kept, want %d", n, knownPasswordsMax)
	}
}

// TestRoomWithPassword takes the whole way, with a password that is right,
// wrong and missing.
func TestRoomWithPassword(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		hash, err := w.HashPassword("", "open sesame")
		if err != nil {
			t.Fatal(err)
		}
		a, b, c := w.connect("a"), w.connect("b"), w.connect("c")
		a.must("r", create(room.Settings{PasswordHash: hash, MaxUsers: 2}))
		b.refused("r", room.Join{}, room.CodeWrongPassword)
		b.refused("r", room.Join{Password: "open sesam"}, room.CodeWrongPassword)
		// Pipelined behind a comparison that is held up.
		release := w.holdPasswords()
		b.do("r", room.Join{Password: "open sesame"})
		b.do("r", send("I am in"))
		a.must("r", send("the room goes on meanwhile"))
		release()
		synctest.Wait()
		wantTexts(t, a, "r", "the room goes on meanwhile", "I am in")
		wantTexts(t, b, "r", "I am in")
		c.refused("r", room.Join{Password: "wrong"}, room.CodeWrongPassword) // before it learns that it is full
		c.refused("r", room.Join{Password: "open sesame"}, room.CodeRoomFull)
		// Nobody is inside, so that nothing but the comparison needs the room.
		a.must("kept", create(room.Settings{PasswordHash: hash, Persistent: true}))
		a.must("kept", room.Leave{})
		b.refused("kept", room.Join{Password: "wrong"}, room.CodeWrongPassword)
		b.must("kept", room.Join{Password: "open sesame"})
		a.must("private", create(room.Settings{Private: true}))
		b.refused("private", room.Join{Password: "open sesame"}, room.CodeRoomPrivate)
		b.refused("private", send("hello"), room.CodeRoomPrivate)
	})
}

// TestMalformedHash wants a room whose hash can't be read to admit nobody, and
// to say that it failed.
func TestMalformedHash(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{PasswordHash: "malformed"}))
		b.refused("r", room.Join{Password: "x"}, room.CodeUnavailable)
		if !strings.Contains(w.log.String(), "password could not be compared") {
			t.Errorf("logged: %s", w.log)
		}
		a.must("r", room.Leave{})
		b.must("r", room.Join{}) // an implicit room: the other one is gone
	})
}

// TestStaleVerdict wants a verdict on another hash asked for again.
func TestStaleVerdict(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		hash, err := w.HashPassword("", "new")
		if err != nil {
			t.Fatal(err)
		}
		l := newLab(w, "r")
		a, b := w.connect("a"), w.connect("b")
		l.give(a, create(room.Settings{PasswordHash: hash}))
		stale := room.Join{Password: "old", Verdict: &room.Verdict{PasswordHash: "of old", Matches: true}}
		if r := <-l.give(b, stale); codeOf(r) != room.CodeWrongPassword {
			t.Errorf("got %+v", r)
		}
		stale.Password = "new"
		if r := <-l.give(b, stale); codeOf(r) != "" {
			t.Errorf("got %+v", r)
		}
		w.system.Root.Stop(l.shard)
	})
}

// TestRoomEndsWhileComparing ends a room whose password is being compared: the
// command is answered as one to a room that is gone.
func TestRoomEndsWhileComparing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		hash, err := w.HashPassword("", "open sesame")
		if err != nil {
			t.Fatal(err)
		}
		before := w.actors()
		a, b := w.connect("a"), w.connect("b")
		a.must("r", create(room.Settings{PasswordHash: hash}))
		release := w.holdPasswords()
		b.do("r", room.Join{Password: "open sesame"})
		synctest.Wait()
		a.connection.Close()
		synctest.Wait()
		if n := len(b.replies()); n != 0 {
			t.Errorf("%d replies", n)
		}
		release()
		synctest.Wait()
		joined, ok := b.replies()[0].reply.(room.JoinReply)
		if !ok || joined.Room.HasPassword || joined.Room.Creator != (room.User{}) {
			t.Errorf("got %+v", b.replies()[0].reply) // an implicit room
		}
		b.connection.Close()
		if left := w.actors() - before; left != 0 {
			t.Errorf("%d actors are left", left)
		}
	})
}

// TestStopWhileComparing stops a node while passwords wait: nothing is left
// running.
func TestStopWhileComparing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{PasswordHash: passwordCosts[0].prefix + "AAAA$AAAA"}))
		w.holdPasswords()
		for range 30 {
			w.connect("b").do("r", room.Join{Password: "x"})
		}
		synctest.Wait()
		begin := time.Now()
		w.Stop()
		if took := time.Since(begin); took != 0 {
			t.Errorf("took %v", took)
		}
		if _, err := w.HashPassword("", "x"); !errors.Is(err, errPasswordsClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// BenchmarkPassword is what one comparison costs.
func BenchmarkPassword(b *testing.B) {
	p := newPasswords()
	hash, err := p.hash("", "open sesame")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.known.digests = nil
		if matches, err := p.matches(passwordFor{}, "open sesame", hash); err != nil || !matches {
			b.Fatal(matches, err)
		}
	}
}
