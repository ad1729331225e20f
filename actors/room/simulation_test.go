package room

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	seeds   = flag.Int("seeds", 100, "how many runs of the simulation")
	oneSeed = flag.Uint64("seed", 0, "the one run of the simulation to repeat; 0: -seeds runs")
)

// TestSimulation gives random commands to a room and to the model, and
// compares. Its host stores and restarts as a real one does.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		simulate(t, *oneSeed)
		return
	}
	reached := tally{}
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		simulate(t, seed).addTo(reached)
	}
	if *seeds >= 100 {
		reached.check(t)
	}
}

const simulationSteps = 150

func simulate(t *testing.T, seed uint64) tally {
	s := newSimulation(seed)
	for step := range simulationSteps {
		if err := s.step(); err != nil {
			t.Fatalf("seed %d (-seed %d repeats it), step %d: %v", seed, seed, step, err)
		}
	}
	if err := s.checkTold(); err != nil {
		t.Fatalf("seed %d (-seed %d repeats it): %v", seed, seed, err)
	}
	return s.reached
}

// simulation is the host of one room and of its model.
type simulation struct {
	rng     *rand.Rand
	room    *Room
	model   *model
	disk    disk
	now     time.Time
	births  int
	judging []Request             // joins whose password is being compared
	told    map[ConnectionID]bool // whom the relay would tell, made from events alone
	past    []pastDecision        // some of them
	reached tally
}

// pastDecision is a decision that was handed out, as it was then.
type pastDecision struct {
	decision Decision
	print    uint64
}

func newSimulation(seed uint64) *simulation {
	return &simulation{
		rng: rand.New(rand.NewPCG(seed, 0)), room: New("r"), model: &model{id: "r"},
		now: scriptStart, told: map[ConnectionID]bool{}, reached: tally{},
	}
}

func (s *simulation) step() error {
	s.now = s.now.Add(time.Duration(s.rng.IntN(1000)) * time.Millisecond)
	switch n := s.rng.IntN(200); {
	case s.room.Deleted() && n < 20:
		s.forget()
		return nil
	case n < 2, s.room.Deleted() && n < 60:
		return s.restart()
	case n < 6:
		return s.compact()
	case n < 8:
		return s.burst()
	case n < 30 && len(s.judging) > 0:
		return s.decide(s.takeJudged())
	default:
		return s.decide(s.randomRequest())
	}
}

// burst has those inside send many messages, sometimes large ones, so that
// the history runs over its bounds.
func (s *simulation) burst() error {
	large := s.chance(50)
	for range s.rng.IntN(400) {
		inside := s.room.Connections()
		if len(inside) == 0 {
			return nil
		}
		from := inside[s.rng.IntN(len(inside))]
		c := s.randomSend()
		if large {
			c.Text = strings.Repeat("x", textBytesMax-s.rng.IntN(1000))
		}
		if err := s.decide(Request{From: from.User, Connection: from.Connection, Command: c}); err != nil {
			return err
		}
	}
	return nil
}

func (s *simulation) decide(q Request) error {
	if err := q.Command.Validate(); err != nil {
		return fmt.Errorf("the simulation gave a bad command: %+v: %w", q.Command, err)
	}
	q.At, q.Epoch = s.now, fmt.Sprintf("e%d", s.births+1)
	d, err := s.ask(q)
	if err != nil {
		return fmt.Errorf("%+v: %w", q, err)
	}
	if want := s.model.answer(q); !reflect.DeepEqual(normal(d), normal(want)) {
		return fmt.Errorf("%+v:\ngot  %+v\nwant %+v", q, normal(d), normal(want))
	}
	s.reached.count(q.Command, d)
	if s.chance(10) {
		s.past = append(s.past, pastDecision{d, fingerprint(d)})
	}
	if d.Check != nil {
		s.judging = append(s.judging, judgedOf(q, *d.Check))
		return nil
	}
	if err := checkReply(q, d); err != nil {
		return fmt.Errorf("%+v: %w", q, err)
	}
	if err := s.carryOut(d); err != nil {
		return fmt.Errorf("%+v: %w", q, err)
	}
	return s.checkRoom()
}

// ask has the room decide, and checks that this changes nothing.
func (s *simulation) ask(q Request) (Decision, error) {
	if s.hurried() {
		return s.room.Decide(q), nil
	}
	before := fingerprint(s.room)
	d := s.room.Decide(q)
	if again := s.room.Decide(q); !reflect.DeepEqual(d, again) {
		return d, fmt.Errorf("decided differently the second time:\n%+v\n%+v", d, again)
	}
	if fingerprint(s.room) != before {
		return d, errors.New("Decide has changed the room")
	}
	return d, nil
}

// hurried reports whether to leave out what is slow where the history is long.
func (s *simulation) hurried() bool {
	return len(s.room.history.messages) > 20 && !s.chance(5)
}

// judgedOf is the request with the verdict that the check will come to.
func judgedOf(q Request, c Check) Request {
	join := q.Command.(Join)
	join.Verdict = &Verdict{PasswordHash: c.PasswordHash, Matches: hashOf(c.Password) == c.PasswordHash}
	q.Command = join
	return q
}

func (s *simulation) takeJudged() Request {
	i := s.rng.IntN(len(s.judging))
	q := s.judging[i]
	s.judging = slices.Delete(s.judging, i, i+1)
	return q
}

// carryOut does with a decision what a host does, and checks what is said of
// events one by one.
func (s *simulation) carryOut(d Decision) error {
	if err := s.disk.store(s.room, d.Events); err != nil {
		return err
	}
	for _, e := range d.Events {
		seq, inside := s.room.Seq(), s.room.Connections()
		s.room.Apply(e)
		if err := s.follow(e, seq); err != nil {
			return err
		}
		for _, c := range audience(inside, s.room.Connections(), e) {
			if _, over := e.(Removed); !over && !s.told[c] {
				return fmt.Errorf("%T is told to %s, which is not inside", e, c)
			}
		}
		if s.hurried() {
			continue
		}
		if err := checkCodec(e); err != nil {
			return err
		}
	}
	return nil
}

// follow keeps who is inside, from the events alone, and checks their numbers.
func (s *simulation) follow(e Event, before uint64) error {
	switch e := e.(type) {
	case Created:
		s.births++
	case Joined:
		if s.told[e.Connection] {
			return fmt.Errorf("%s joined twice", e.Connection)
		}
		s.told[e.Connection] = true
	case Left:
		if !s.told[e.Connection] {
			return fmt.Errorf("%s left without being inside", e.Connection)
		}
		delete(s.told, e.Connection)
	case Removed:
		clear(s.told)
	case MessageSent:
		if e.Message.Seq != before+1 || s.room.Seq() != before+1 {
			return fmt.Errorf("seq %d, then message %d and seq %d", before, e.Message.Seq, s.room.Seq())
		}
	}
	return nil
}

// checkRoom checks what must hold of a room at any time.
func (s *simulation) checkRoom() error {
	r, m := s.room, s.model
	if limit := m.settings.MaxUsers; limit > 0 && r.UserCount() > limit {
		return fmt.Errorf("%d seats of %d are taken", r.UserCount(), limit)
	}
	got := fmt.Sprint(r.Exists(), r.Deleted(), r.UserCount(), r.Seq(), r.Epoch(), r.Empty())
	want := fmt.Sprint(m.exists, m.tombstone, len(m.seated()), len(m.messages), m.epoch, len(m.inside) == 0)
	if got != want {
		return fmt.Errorf("the room is %s, the model is %s", got, want)
	}
	if m.exists && r.MemberCount() != m.memberCount() {
		return fmt.Errorf("%d members, the model has %d", r.MemberCount(), m.memberCount())
	}
	if len(s.told) != len(m.inside) || len(r.Connections()) != len(m.inside) {
		return fmt.Errorf("%d inside by the events, %d by the room, %d by the model", len(s.told), len(r.Connections()), len(m.inside))
	}
	for _, j := range m.inside {
		if !s.told[j.Connection] || !r.Inside(j.User.ID, j.Connection) {
			return fmt.Errorf("%s is inside", j.Connection)
		}
	}
	kept := m.kept()
	if len(kept) < len(m.messages) {
		s.reached["messages dropped, bound by "+either(len(kept) == historyMessagesMax, "count", "bytes")]++
	}
	if len(kept) != len(r.history.messages) {
		return fmt.Errorf("%d messages are kept, the model keeps %d", len(r.history.messages), len(kept))
	}
	return nil
}

// restart replaces the room with what is on disk. First the two must agree
// about what lasts.
func (s *simulation) restart() error {
	restored, err := s.disk.load(s.room.ID())
	if err != nil {
		return err
	}
	lasting := *s.room
	lasting.seats = seats{}
	if s.room.Exists() && !s.room.Persistent() {
		lasting = Room{id: s.room.id}
	}
	if fingerprint(restored) != fingerprint(&lasting) {
		return fmt.Errorf("restored:\n%+v\nwas:\n%+v", restored, &lasting)
	}
	s.room = restored
	s.model.restart()
	clear(s.told)
	s.judging = nil
	s.reached["restart "+fmt.Sprint(restored.life)]++
	return s.checkRoom()
}

// forget is the end of the time for which a tombstone is kept.
func (s *simulation) forget() {
	s.room, s.model, s.disk = New("r"), &model{id: "r"}, disk{}
}

func (s *simulation) compact() error {
	if !s.room.Persistent() {
		return nil
	}
	return s.disk.compact(s.room)
}

// checkTold checks that nothing that was handed out has changed since.
func (s *simulation) checkTold() error {
	for i, p := range s.past {
		if fingerprint(p.decision) != p.print {
			return fmt.Errorf("decision %d has changed after it was handed out: %+v", i, p.decision)
		}
	}
	return nil
}
