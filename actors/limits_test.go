package actors

import (
	"fmt"
	"hash/fnv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"roomd/actors/room"
)

// TestDeadline wants commands that no room answers answered with "unavailable"
// at the first look after their deadline, in order, and what comes later
// dropped.
func TestDeadline(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		release := w.store.block()
		begin := time.Now()
		a.do("r", send("first"))
		time.Sleep(expiryInterval / 2)
		a.do("r", send("second"))
		a.do("r", room.Join{})
		time.Sleep(commandTimeout - expiryInterval/2 - 1)
		if n := len(a.replies()); n != 1 {
			t.Fatalf("%d replies before the deadline", n-1)
		}
		time.Sleep(2 * expiryInterval)
		want := []time.Duration{commandTimeout, commandTimeout + expiryInterval, commandTimeout + expiryInterval}
		for i, r := range a.replies()[1:] {
			if after := r.at.Sub(begin); codeOf(r.reply) != room.CodeUnavailable || r.number != i+1 || after != want[i] {
				t.Errorf("command %d: %+v after %v, want %v", r.number, r.reply, after, want[i])
			}
		}
		release()
		synctest.Wait()
		if n := len(a.replies()); n != 4 {
			t.Errorf("%d replies in the end, want 4", n)
		}
		wantTexts(t, a, "r", "first", "second") // they did take effect
		if n := a.connection.commandsUnderWay(); n != 0 {
			t.Errorf("%d credits are lost", n)
		}
		a.must("r", send("third"))
	})
}

// TestLateSettlement wants a connection that has given a command up to learn
// from its late settlement where it is, but not to take the short road, on which
// it could overtake what it has sent by the shard since.
func TestLateSettlement(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		pid := w.spawn(func(any) {})
		for inside, want := range map[bool]int{true: 1, false: 0} {
			a := &connectionActor{connection: w.connect("a").connection}
			p := a.rooms.add("r")
			p.change, p.changing = 7, true
			a.settled(&settled{room: "r", number: 7}) // given up
			if a.rooms.of("r") != p || p.changing || p.pid != nil {
				t.Errorf("given up: %+v", p)
			}
			a.settled(&settled{room: "r", number: 6, pid: pid}) // of an earlier one
			a.settled(&settled{room: "r", number: 7, pid: pid, inside: inside})
			if len(a.rooms) != want || p.pid != nil {
				t.Errorf("inside=%v: %d places, %+v", inside, len(a.rooms), p)
			}
		}
		w.system.Root.Stop(pid)
	})
}

// TestDoAfterClose wants commands given after the end to come to nothing.
func TestDoAfterClose(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.connection.Close()
		for range 50 {
			a.do("r", room.Join{})
		}
		synctest.Wait()
		if n := a.connection.commandsUnderWay() + len(a.replies()); n != 0 {
			t.Errorf("%d commands were taken", n)
		}
	})
}

// TestDeadlineTimer wants no timer while nothing is under way.
func TestDeadlineTimer(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := &connectionActor{connection: w.connect("a").connection}
		a.watchDeadlines()
		if a.expiry == nil {
			t.Fatal("no timer")
		}
		a.expiry.Stop()
		a.expire()
		if a.expiry != nil {
			t.Error("a timer for nothing")
		}
	})
}

// TestCredit gives thousands of commands whose replies come, are refused, or
// come too late: none keeps its credit.
func TestCredit(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		for i := range 3000 {
			switch i % 3 {
			case 0:
				a.do("r", send("hello"))
			case 1:
				a.do("nowhere", send("hello"))
			case 2:
				a.do("r", room.Join{})
			}
			if i%1000 == 500 {
				release := w.store.block()
				for range commandsUnderWayMax {
					a.do("r", send("stuck"))
				}
				time.Sleep(commandTimeout + expiryInterval)
				release()
			}
		}
		synctest.Wait()
		if n := a.connection.commandsUnderWay(); n != 0 {
			t.Errorf("%d credits are lost", n)
		}
	})
}

// TestCommandsUnderWayMax wants Do to block at the limit, until a reply or
// the connection's end.
func TestCommandsUnderWayMax(t *testing.T) {
	for _, byReply := range []bool{true, false} {
		inBubble(t, func(t *testing.T, w *world) {
			a := w.connect("a")
			a.must("r", create(room.Settings{Persistent: true}))
			release := w.store.block()
			for range commandsUnderWayMax {
				a.do("r", send("hello"))
			}
			var done atomic.Bool
			go func() {
				a.do("r", send("one more"))
				done.Store(true)
			}()
			synctest.Wait()
			if done.Load() {
				t.Error("Do didn't block")
			}
			if byReply {
				release()
			} else {
				a.connection.Close()
				defer release()
			}
			synctest.Wait()
			if !done.Load() {
				t.Error("Do still blocks")
			}
			want := 1
			if byReply {
				want = 2 + commandsUnderWayMax
			}
			if n := len(a.replies()); n != want {
				t.Errorf("%d replies, want %d", n, want)
			}
		})
	}
}

// TestConnectionRoomsMax fills one connection with rooms.
func TestConnectionRoomsMax(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a, b := w.connect("a"), w.connect("b")
		b.must("other", room.Join{})
		for i := range connectionRoomsMax {
			a.must(fmt.Sprint("r", i), room.Join{})
		}
		a.refused("other", room.Join{}, room.CodeTooLarge)
		a.refused("new", create(room.Settings{}), room.CodeTooLarge)
		a.refused("other", send("hello"), room.CodeNotInRoom)
		a.must("other", room.Leave{}) // succeeds, as always
		a.must("r0", room.Join{})     // it is inside already
		b.must("new", create(room.Settings{}))
		a.must("r0", room.Leave{})
		a.must("other", room.Join{})
		// Rooms that are gone don't count.
		b.connection.Close()
		a.connection.Close()
		synctest.Wait()
		c, d := w.connect("c"), w.connect("d")
		for i := range connectionRoomsMax {
			c.must(fmt.Sprint("r", i), create(room.Settings{AutoDelete: true}))
			d.must(fmt.Sprint("r", i), room.Join{})
		}
		d.refused("one more", room.Join{}, room.CodeTooLarge)
		c.connection.Close()
		synctest.Wait()
		d.must("one more", room.Join{})
	})
}

// TestShardWaitingMax gives more commands to a room that hangs in its end than
// its shard holds.
func TestShardWaitingMax(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		const more = 50
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		a.must("r", send("hello"))
		release := w.store.holdSnapshots()
		a.connection.Close()
		synctest.Wait()
		var clients []*client
		left := shardWaitingMax + more
		for i := 0; left > 0; i++ {
			c := w.connect(fmt.Sprintf("user%d", i))
			clients = append(clients, c)
			for range min(left, commandsUnderWayMax) {
				c.do("r", send("hello")) // refused, but by the room
				left--
			}
		}
		synctest.Wait()
		count := func() map[room.Code]int {
			n := map[room.Code]int{}
			for _, c := range clients {
				for _, r := range c.replies() {
					n[codeOf(r.reply)]++
				}
			}
			return n
		}
		if n := count(); n[room.CodeUnavailable] != more || n[room.CodeNotInRoom] != 0 {
			t.Errorf("while it ends: %v", n)
		}
		release()
		synctest.Wait()
		if n := count(); n[room.CodeUnavailable] != more || n[room.CodeNotInRoom] != shardWaitingMax {
			t.Errorf("afterwards: %v", n)
		}
	})
}

// TestRestartsMax counts failures within the window only.
func TestRestartsMax(t *testing.T) {
	var f failures
	now := time.Now()
	for i := range restartsMax {
		if f.tooMany(now.Add(time.Duration(i))) {
			t.Fatalf("%d are too many", i+1)
		}
	}
	if !f.tooMany(now.Add(restartWindow - 1)) {
		t.Error("one more is not too many")
	}
	if f.tooMany(now.Add(restartWindow)) {
		t.Error("the window doesn't end")
	}
}

// TestConnectionID wants two connections of one id refused.
func TestConnectionID(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		if _, err := w.Connect(a.user, a.id, a); err == nil {
			t.Error("the id was taken twice")
		}
		a.must("r", room.Join{})
	})
}

// TestShards wants room ids spread over all shards and all relays, the same in
// every run.
func TestShards(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		reference := fnv.New32a()
		reference.Write([]byte("roomd"))
		if got, want := hash("roomd"), reference.Sum32(); got != want {
			t.Errorf("hash is %#x, want %#x", got, want)
		}
		shards, relays := map[*actor.PID]int{}, map[*actor.PID]int{}
		for i := range 100 * shardCount {
			id := fmt.Sprint("room ", i)
			shards[w.region.shard(id)]++
			relays[w.relay(id)]++
		}
		if len(shards) != shardCount || len(relays) != len(w.relays) {
			t.Errorf("%d shards, %d relays", len(shards), len(relays))
		}
		for pid, n := range shards {
			if n < 50 || n > 150 {
				t.Errorf("%d of 100 for %s", n, pid.Id)
			}
		}
	})
}

// TestCloseWhileBlocked closes connections whose reader is blocked, from
// several goroutines.
func TestCloseWhileBlocked(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		a := w.connect("a")
		a.must("r", create(room.Settings{Persistent: true}))
		release := w.store.block()
		var all sync.WaitGroup
		all.Go(func() {
			for range 3 * commandsUnderWayMax {
				a.do("r", send("hello"))
			}
		})
		synctest.Wait()
		for range 3 {
			all.Go(a.connection.Close)
		}
		all.Wait()
		release()
		synctest.Wait()
		if n := w.inside("r"); n != 0 {
			t.Errorf("%d ghosts", n)
		}
	})
}
