package room

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	seeds   = flag.Int("seeds", 200, "how many runs of the simulation")
	oneSeed = flag.Uint64("seed", 0, "the one run of the simulation to repeat; 0: -seeds runs")
)

// TestSimulation gives random commands to a room and to the model, and
// compares. Its host stores, reads and restarts as a real one does.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		if _, err := simulate(*oneSeed); err != nil {
			t.Fatal(err)
		}
		return
	}
	var last atomic.Uint64
	var adding sync.Mutex
	var running sync.WaitGroup
	all := tally{}
	for range runtime.GOMAXPROCS(0) {
		running.Go(func() {
			for seed := last.Add(1); seed <= uint64(*seeds) && !t.Failed(); seed = last.Add(1) {
				reached, err := simulate(seed)
				if err != nil {
					t.Error(err)
				}
				adding.Lock()
				reached.addTo(all)
				adding.Unlock()
			}
		})
	}
	running.Wait()
	if *seeds >= 100 && !t.Failed() {
		all.check(t)
	}
}

const simulationSteps = 150

func simulate(seed uint64) (tally, error) {
	s := newSimulation(seed)
	if seed%8 == 0 {
		if err := s.beginLong(); err != nil {
			return nil, fmt.Errorf("seed %d (-seed %d repeats it), beginning: %w", seed, seed, err)
		}
	}
	for step := range simulationSteps {
		if err := s.step(); err != nil {
			return nil, fmt.Errorf("seed %d (-seed %d repeats it), step %d: %w", seed, seed, step, err)
		}
	}
	if err := s.checkTold(); err != nil {
		return nil, fmt.Errorf("seed %d (-seed %d repeats it): %w", seed, seed, err)
	}
	return s.reached, nil
}

// simulation is the host of one room and of its model.
type simulation struct {
	rng      *rand.Rand
	room     *Room
	model    *model
	disk     disk
	restarts int
	now      time.Time
	births   int
	judging  []Request             // joins whose password is being compared
	reading  []reading             // commands for which records are being read
	told     map[ConnectionID]bool // whom the relay would tell, made from events alone
	reader   reader
	past     []pastDecision // some of them
	reached  tally
	studied  bool // a run of few users who read more than they do
}

// pastDecision is a decision that was handed out, as it was then.
type pastDecision struct {
	decision Decision
	print    uint64
}

func newSimulation(seed uint64) *simulation {
	return &simulation{
		rng: rand.New(rand.NewPCG(seed, 0)), room: New("r"), model: &model{id: "r"},
		now: scriptStart, told: map[ConnectionID]bool{}, reached: tally{}, studied: seed%4 == 0,
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
	case n < 8, s.studied && n < 10 && s.room.Seq() < 2*historyEntriesMax:
		return s.burst()
	case s.studied && n < 16 && s.room.Exists() && s.room.Persistent() && s.room.Seq() > historyEntriesMax:
		return s.trim()
	case n < 30 && len(s.judging) > 0:
		return s.decide(take(s, &s.judging))
	case n < 90 && len(s.reading) > 0:
		return s.deliver()
	default:
		return s.decide(s.randomRequest())
	}
}

// take removes one of them at random.
func take[T any](s *simulation, list *[]T) T {
	i := s.rng.IntN(len(*list))
	taken := (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return taken
}

// beginLong has two users speak in a room for so long that not all of it is
// stored any more, before either of them says what he has read.
func (s *simulation) beginLong() error {
	begin := []Command{Create{Settings: Settings{Name: "R", Persistent: true}}, Join{}}
	for i, user := range []User{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}} {
		if err := s.decide(Request{From: user, Connection: ConnectionID(user.ID + "/0"), Command: begin[i]}); err != nil {
			return err
		}
	}
	for s.room.Seq() < 2*historyEntriesMax {
		if err := s.burst(); err != nil {
			return err
		}
	}
	return s.trim()
}

// burst has those inside send and edit many messages, sometimes large ones, so
// that the history runs over its bounds.
func (s *simulation) burst() error {
	large := s.chance(40)
	for range s.rng.IntN(either(large, 80, 400)) {
		inside := s.room.Connections()
		if len(inside) == 0 {
			return nil
		}
		text := "hello"
		if large {
			text = strings.Repeat("x", textBytesMax-s.rng.IntN(1000))
		}
		from := inside[s.rng.IntN(len(inside))]
		c := s.randomSaying(text)
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
	s.reached.count(q.Command, d)
	if d.Fetch != nil {
		return s.read(q, d)
	}
	if want := s.model.answer(q); !reflect.DeepEqual(normal(d), normal(want)) {
		return fmt.Errorf("%+v:\ngot  %+v\nwant %+v", q, normal(d), normal(want))
	}
	if s.chance(10) {
		s.past = append(s.past, pastDecision{d, fingerprint(d)})
	}
	if d.Check != nil {
		s.judging = append(s.judging, judgedOf(q, *d.Check))
		return nil
	}
	s.countTrimmed(d)
	if err := checkReply(q, d); err != nil {
		return fmt.Errorf("%+v: %w", q, err)
	}
	if err := s.carryOut(d); err != nil {
		return fmt.Errorf("%+v: %w", q, err)
	}
	if err := s.reader.follow(q, d, s); err != nil {
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
	return len(s.room.history.entries) > 20 && !s.chance(5)
}

// judgedOf is the request with the verdict that the check will come to.
func judgedOf(q Request, c Check) Request {
	join := q.Command.(Join)
	join.Verdict = &Verdict{PasswordHash: c.PasswordHash, Matches: hashOf(c.Password) == c.PasswordHash}
	q.Command = join
	return q
}

// read reads what the room has asked for, at once: so it is old when the room
// gets it, and it may be anything from one record to all.
func (s *simulation) read(q Request, d Decision) error {
	f := *d.Fetch
	if d.Reply != nil || d.Events != nil || !s.room.Persistent() || f.Limit < 1 || f.Limit > fetchMax {
		return fmt.Errorf("asked for %+v, with %+v", f, d)
	}
	entries, err := s.disk.read(f)
	if n := len(entries); n > 0 && s.chance(40) {
		few := 1 + s.rng.IntN(n)
		entries = either(f.Before == 0, entries[:few], entries[n-few:])
	}
	s.reading = append(s.reading, reading{q, Page{Fetch: f, Entries: entries}})
	return err
}

// deliver gives the room what was read for one of the commands.
func (s *simulation) deliver() error {
	r := take(s, &s.reading)
	before := fingerprint(r.request.Command)
	q := r.request
	q.Command = WithPage(q.Command, r.page)
	if fingerprint(r.request.Command) != before {
		return errors.New("WithPage has changed the command")
	}
	return s.decide(q)
}

// carryOut does with a decision what a host does, and checks what is said of
// events one by one.
func (s *simulation) carryOut(d Decision) error {
	if err := s.disk.store(s.room, d.Events); err != nil {
		return err
	}
	lasted := s.room.Exists() && s.room.Persistent()
	foreseen, _ := s.room.ListingAfter(d.Events)
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
	l, lasts := s.room.Listing()
	if foreseen.UserCount = l.UserCount; lasted && lasts && foreseen != l {
		return fmt.Errorf("listed as %+v, foreseen was %+v", l, foreseen)
	}
	return nil
}

// follow keeps who is inside, from the events alone, and checks seats and
// numbers.
func (s *simulation) follow(e Event, before uint64) error {
	limit := s.model.settings.MaxUsers
	switch e := e.(type) {
	case Created:
		s.births++
	case Joined:
		if s.told[e.Connection] {
			return fmt.Errorf("%s joined twice", e.Connection)
		}
		if e.TookSeat && limit > 0 && s.room.UserCount() > limit {
			return fmt.Errorf("%d seats of %d are taken", s.room.UserCount(), limit)
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
	case MessageChanged:
		if e.Change.Seq != before+1 || s.room.Seq() != before+1 || e.Message.Seq > before {
			return fmt.Errorf("seq %d, then change %d and seq %d", before, e.Change.Seq, s.room.Seq())
		}
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
	if err := s.checkRestored(restored); err != nil {
		return err
	}
	s.room = restored
	s.model.restart()
	clear(s.told)
	s.judging = nil // what is being read comes all the same
	s.reached["restart "+fmt.Sprint(restored.life)]++
	if s.restarts++; s.restarts%6 == 5 && s.room.Exists() {
		if err := s.beginEpoch(); err != nil {
			return err
		}
	}
	return s.checkRoom()
}

// beginEpoch does what a host does with a room whose numbers are not what they
// were.
func (s *simulation) beginEpoch() error {
	began := EpochBegan{Epoch: fmt.Sprintf("again-%d", s.restarts)}
	s.model.epoch = began.Epoch
	s.reached["epoch began"]++
	return s.carryOut(Decision{Reply: Done{}, Events: []Event{began}})
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

// trim keeps fewer records. Whoever has read what goes is gone before.
func (s *simulation) trim() error {
	s.reading = nil
	if s.chance(70) { // what no snapshot counts is kept
		if err := s.compact(); err != nil {
			return err
		}
	}
	if err := s.disk.trim(1 + uint64(s.rng.IntN(int(s.room.Seq())))); err != nil {
		return err
	}
	s.model.trimmed = int(s.disk.trimmed)
	s.reached["records trimmed"]++
	return nil
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
