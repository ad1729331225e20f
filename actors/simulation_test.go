package actors

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/actors/user"
	"roomd/persistence"
)

// TestSimulation gives random commands of several users, in several tabs, to
// several rooms, without waiting for replies. Now and then it lets everything
// come to rest and looks whether all that the node says, stores and has told
// agrees. In every third run the store fails at random, and nodes are restarted.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		simulate(t, *oneSeed)
		return
	}
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		simulate(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d (-seed %d repeats it)", seed, seed)
		}
	}
}

const (
	simulationRounds = 4  // with a look at everything after each
	simulationSteps  = 80 // a round
)

var simulated = []string{"ann", "ben", "cleo", "dan"}

// simulation is a node, its clients, and what the outside knows of them.
type simulation struct {
	t      *testing.T
	w      *world
	random *rand.Rand
	fails  bool // the store does, at random
	step   int
	acked  map[string]bool // "room text" of messages in persistent rooms
	past   []*client       // of the nodes before
}

func simulate(t *testing.T, seed uint64) {
	inBubble(t, func(t *testing.T, w *world) {
		s := &simulation{t: t, w: w, random: rand.New(rand.NewPCG(seed, 19)), fails: seed%3 == 0, acked: map[string]bool{}}
		s.begin()
		for range simulationRounds {
			s.failSometimes()
			for range simulationSteps {
				s.step++
				s.doSomething()
			}
			s.rest()
			s.check()
			if t.Failed() {
				t.Fatalf("seed %d (-seed %d repeats it), step %d", seed, seed, s.step)
			}
			if s.random.IntN(2) == 0 {
				s.restart()
			}
		}
	})
}

// begin makes everybody a contact of everybody.
func (s *simulation) begin() {
	for _, id := range simulated {
		c := s.w.connect(id)
		for _, other := range simulated {
			if other != id {
				c.mustUser(user.AddContact{UserID: other})
			}
		}
	}
}

// failSometimes makes every tenth commit fail, unmade.
func (s *simulation) failSometimes() {
	if !s.fails {
		return
	}
	s.w.announce(0)
	random := rand.New(rand.NewPCG(s.random.Uint64(), 23))
	s.w.store.set(func(store *testStore) {
		store.before = func(persistence.Change) error {
			store.mu.Lock() // commits come from many rooms
			defer store.mu.Unlock()
			if random.IntN(10) == 0 {
				return errTest
			}
			return nil
		}
	})
}

// rest lets the store work, and waits until nothing is held back any more.
func (s *simulation) rest() {
	synctest.Wait()
	s.w.store.heal()
	time.Sleep(2*storeRetryInterval + 2*newsInterval)
	synctest.Wait()
}

// restart goes on with another node on the same store.
func (s *simulation) restart() {
	s.past = append(s.past, s.w.clients...)
	s.w.Drain()
	s.w.close()
	s.w = newWorld(s.t, s.w.store)
	for _, id := range simulated {
		s.w.connect(id)
	}
	synctest.Wait()
}

func (s *simulation) doSomething() {
	id := simulated[s.random.IntN(len(simulated))]
	open := s.w.open(id)
	if len(open) == 0 || len(open) < 3 && s.random.IntN(12) == 0 {
		s.w.connect(id)
		return
	}
	c := open[s.random.IntN(len(open))]
	switch s.random.IntN(25) {
	case 0:
		c.connection.Close()
	case 1, 2, 3:
		synctest.Wait()
	case 4:
		other := simulated[s.random.IntN(len(simulated))]
		if other != id {
			c.do(s.w.DirectRoomID(id, other), room.Open{Peer: other})
		}
	default:
		roomID := fmt.Sprint("r", s.step/40+s.random.IntN(4)) // deleted ones stay behind
		command := s.command(c)
		c.doThen(roomID, command, func(r room.Reply) { s.answered(roomID, command, r) })
	}
}

func (s *simulation) command(c *client) room.Command {
	other := simulated[s.random.IntN(len(simulated))]
	for other == c.user.ID {
		other = simulated[s.random.IntN(len(simulated))]
	}
	switch s.random.IntN(20) {
	case 0, 1:
		return create(room.Settings{
			Persistent: s.random.IntN(3) > 0, Private: s.random.IntN(3) == 0,
			AutoDelete: s.random.IntN(6) == 0, MaxUsers: []int{0, 0, 2, 3}[s.random.IntN(4)],
		})
	case 2, 3, 4, 5, 6:
		return room.Join{}
	case 7, 8:
		return room.Leave{}
	case 9:
		return room.Kick{UserID: other}
	case 10:
		return room.Ban{UserID: other}
	case 11:
		return room.Unban{UserID: other}
	case 12:
		return room.Invite{UserID: other}
	case 13:
		return room.MarkRead{Seq: s.random.Uint64N(30)}
	case 14:
		private := s.random.IntN(2) == 0
		return room.Update{Private: &private}
	case 15:
		if s.random.IntN(3) == 0 {
			return room.Delete{}
		}
		return room.GetHistory{Limit: 10}
	case 16:
		return emit(fmt.Sprint(c.id, "!", s.step))
	default:
		return send(fmt.Sprint(c.id, "/", s.step))
	}
}

// answered notes what was acknowledged.
func (s *simulation) answered(roomID string, command room.Command, r room.Reply) {
	m, ok := command.(room.Send)
	if _, sent := r.(room.SendReply); ok && sent {
		s.w.store.mu.Lock()
		s.acked[roomID+" "+m.Text] = true
		s.w.store.mu.Unlock()
	}
}

// stored returns every message in the store, as "room text".
func (s *simulation) stored(roomID string) []string {
	var texts []string
	page, err := s.w.store.Messages(roomKey(roomID), persistence.Query{})
	if err != nil {
		return nil // it never was a persistent room
	}
	for _, m := range page {
		e, err := room.DecodeEntry(m.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		if e.Message != nil {
			texts = append(texts, roomID+" "+e.Message.Text)
		}
	}
	return texts
}

// roomOfAck takes the room out of what was noted of an acknowledged message.
func roomOfAck(ack string) string {
	roomID, _, _ := strings.Cut(ack, " ")
	return roomID
}
