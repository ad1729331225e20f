package user

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"roomd/actors/room"
)

var (
	seeds   = flag.Int("seeds", 100, "how many runs of the simulation")
	oneSeed = flag.Uint64("seed", 0, "the one run of the simulation to repeat; 0: -seeds runs")
)

// TestSimulation gives random commands to some users' accounts and to the
// model, and compares. Its host stores, unloads and restarts accounts as a
// real one does; what they send arrives late, and in any order that keeps
// that of each pair.
func TestSimulation(t *testing.T) {
	if *oneSeed != 0 {
		simulate(t, *oneSeed)
		return
	}
	reached := tally{}
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		for what, times := range simulate(t, seed) {
			reached[what] += times
		}
	}
	if *seeds >= 100 {
		reached.check(t)
	}
}

const simulationSteps = 200

func simulate(t *testing.T, seed uint64) tally {
	s := newSimulation(seed)
	for step := range simulationSteps {
		if err := s.step(); err != nil {
			t.Fatalf("seed %d (-seed %d repeats it), step %d: %v", seed, seed, step, err)
		}
	}
	if err := errors.Join(s.settle(), s.checkPast()); err != nil {
		t.Fatalf("seed %d (-seed %d repeats it), at the end: %v", seed, seed, err)
	}
	return s.reached
}

// simulation is the host of some users' accounts.
type simulation struct {
	rng      *rand.Rand
	accounts map[string]*Account
	disks    map[string]*disk
	model    model
	now      time.Time
	pipes    []*pipe
	told     map[room.ConnectionID]map[string]bool // which contacts it was last told are online
	lost     bool                                  // an account was: others may be watched by it still
	past     []pastDecision                        // some of them
	reached  tally
}

// pipe is what one account has sent another, oldest first.
type pipe struct {
	from, to string
	under    []Command
}

// pastDecision is a decision that was handed out, as it was then.
type pastDecision struct {
	decision Decision
	text     string
}

var simulated = []string{"anna", "bob", "cleo", "dora", "eve"}

func newSimulation(seed uint64) *simulation {
	s := &simulation{
		rng: rand.New(rand.NewPCG(seed, 0)), accounts: map[string]*Account{}, disks: map[string]*disk{}, model: model{},
		now: scriptStart, told: map[room.ConnectionID]map[string]bool{}, reached: tally{},
	}
	for _, id := range simulated {
		s.accounts[id], s.disks[id], s.model[id] = New(id), &disk{}, &modelUser{id: id}
		for _, to := range simulated {
			s.pipes = append(s.pipes, &pipe{from: id, to: to})
		}
	}
	return s
}

func (s *simulation) step() error {
	s.now = s.now.Add(time.Duration(s.rng.IntN(1000)) * time.Millisecond)
	id := simulated[s.rng.IntN(len(simulated))]
	switch n := s.rng.IntN(200); {
	case n < 1:
		return s.restart()
	case n < 3:
		return s.lose(id)
	case n < 7:
		return s.unload(id)
	case n < 10:
		return s.disks[id].compact(s.accounts[id])
	case n < 11:
		return s.burst(id)
	case n < 20:
		return s.settle()
	case n < 80:
		return s.deliverSome()
	default:
		return s.give(id, s.randomCommand(id))
	}
}

// give has an account carry out a command of its user's client or of the host.
func (s *simulation) give(id string, c Command) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("the simulation gave a bad command: %+v: %w", c, err)
	}
	want := s.model[id].answer(c)
	d, err := s.decide(id, c)
	if err != nil {
		return fmt.Errorf("%s: %+v: %w", id, c, err)
	}
	var tells []string
	for _, t := range d.Tells {
		switch t.Notice.(type) {
		case ContactOnline, ContactOffline:
		default:
			tells = append(tells, tellText(t.To, t.Notice))
		}
	}
	if textOf(d.Reply) != textOf(want.reply) || !slices.Equal(tells, want.tells) {
		return fmt.Errorf("%s: %+v:\ngot  %+v %q\nwant %+v %q", id, c, d.Reply, tells, want.reply, want.tells)
	}
	s.reached.count(c, d)
	if removed, ok := c.(RemoveContact); ok {
		for _, connection := range s.model[id].connections {
			delete(s.told[connection], removed.UserID) // nobody says so: the client has asked for it
		}
	}
	return s.checkAccount(id)
}

// decide does with a command what a host does.
func (s *simulation) decide(id string, c Command) (Decision, error) {
	a := s.accounts[id]
	d, err := s.ask(a, c)
	if err != nil {
		return d, err
	}
	if s.chance(5) {
		s.past = append(s.past, pastDecision{d, textOf(d)})
	}
	if err := s.disks[id].store(d.Events); err != nil {
		return d, err
	}
	for _, e := range d.Events {
		if err := apply(a, e); err != nil {
			return d, err
		}
	}
	if disconnect, ok := c.(Disconnect); ok {
		delete(s.told, disconnect.Connection)
	}
	for _, t := range d.Tells {
		if err := s.tell(id, t); err != nil {
			return d, err
		}
	}
	for _, send := range d.Sends {
		if err := s.send(id, send); err != nil {
			return d, err
		}
	}
	return d, nil
}

// ask has an account decide, and checks that this changes nothing.
func (s *simulation) ask(a *Account, c Command) (Decision, error) {
	if !s.chance(20) {
		return a.Decide(c), nil
	}
	before := accountText(a)
	d := a.Decide(c)
	if again := a.Decide(c); !reflect.DeepEqual(d, again) {
		return d, fmt.Errorf("decided differently the second time:\n%+v\n%+v", d, again)
	}
	if accountText(a) != before {
		return d, errors.New("Decide has changed the account")
	}
	return d, nil
}

// apply checks that a stored event is worth being stored, and read as it was
// written.
func apply(a *Account, e Event) error {
	stored, ok := e.(Stored)
	if !ok {
		a.Apply(e)
		return nil
	}
	data, err := EncodeRecord(stored)
	if err != nil {
		return err
	}
	if got, err := DecodeRecord(data); err != nil || !reflect.DeepEqual(got, stored) {
		return fmt.Errorf("stored and read: %+v, %w, was %+v", got, err, stored)
	}
	contacts, blocked, invitations := len(a.contacts), len(a.blocked), slices.Clone(a.invitations)
	a.Apply(e)
	if contacts == len(a.contacts) && blocked == len(a.blocked) && slices.Equal(invitations, a.invitations) {
		return fmt.Errorf("%T changes nothing", e)
	}
	return nil
}

func (s *simulation) tell(id string, t Tell) error {
	if len(t.To) == 0 {
		return fmt.Errorf("nobody is told %+v", t.Notice)
	}
	for _, c := range t.To {
		if !slices.Contains(s.model[id].connections, c) {
			return fmt.Errorf("%s is told %+v, and is no connection of %s", c, t.Notice, id)
		}
		var contact room.User
		online := false
		switch n := t.Notice.(type) {
		case ContactOnline:
			contact, online = n.User, true
		case ContactOffline:
			contact = n.User
		default:
			continue
		}
		switch {
		case !slices.Contains(s.model[id].contacts, contact.ID):
			return fmt.Errorf("%s is told %+v of one who is no contact", c, t.Notice)
		case s.told[c][contact.ID] == online:
			return fmt.Errorf("%s is told %+v twice", c, t.Notice)
		case contact.Name != namedFirst(contact.ID) && contact.Name != namedSecond(contact.ID):
			return fmt.Errorf("%s is told %+v: not his name", c, t.Notice)
		}
		if s.told[c] == nil {
			s.told[c] = map[string]bool{}
		}
		s.told[c][contact.ID] = online
		s.reached[fmt.Sprintf("told %T", t.Notice)]++
	}
	return nil
}

func (s *simulation) send(from string, send Send) error {
	if p, ok := send.Command.(Presence); ok {
		hidden := slices.Contains(s.model[from].blocked, send.UserID)
		if hidden && (p.Online || p.User.Name != "") {
			return fmt.Errorf("%s has blocked %s, and sends %+v", from, send.UserID, p)
		}
		if hidden {
			s.reached["absence of one who hides"]++
		}
	}
	for _, p := range s.pipes {
		if p.from == from && p.to == send.UserID {
			p.under = append(p.under, send.Command)
			return nil
		}
	}
	return fmt.Errorf("%s sends to %s, who is not there", from, send.UserID)
}

// deliverSome lets some of what is under way arrive.
func (s *simulation) deliverSome() error {
	for range 1 + s.rng.IntN(6) {
		var waiting []*pipe
		for _, p := range s.pipes {
			if len(p.under) > 0 {
				waiting = append(waiting, p)
			}
		}
		if len(waiting) == 0 {
			return nil
		}
		p := waiting[s.rng.IntN(len(waiting))]
		c := p.under[0]
		p.under = p.under[1:]
		d, err := s.decide(p.to, c)
		if err != nil {
			return fmt.Errorf("%s: %+v: %w", p.to, c, err)
		}
		s.reached.count(c, d)
		if d.Reply != (room.Done{}) {
			return fmt.Errorf("%s: %+v: answered with %v", p.to, c, d.Reply)
		}
		if err := s.checkAccount(p.to); err != nil {
			return err
		}
	}
	return nil
}
