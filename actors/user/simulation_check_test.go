package user

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"roomd/actors/room"
)

// burst invites a user to more rooms than are kept.
func (s *simulation) burst(id string) error {
	for i := range 150 {
		if err := s.give(id, s.randomDeliver(fmt.Sprintf("b%d", i))); err != nil {
			return err
		}
	}
	if len(s.accounts[id].invitations) == invitationsMax {
		s.reached["all invitations that are kept"]++
	}
	return nil
}

// unload drops an account that is idle. What is under way to it arrives later,
// at one that was read from disk.
func (s *simulation) unload(id string) error {
	if !s.accounts[id].IsIdle() {
		return nil
	}
	s.reached["unloaded"]++
	return s.load(id)
}

// load replaces an account with what is on disk. First the two must agree
// about what lasts.
func (s *simulation) load(id string) error {
	restored, err := s.disks[id].load(id)
	if err != nil {
		return err
	}
	if want := lasting(s.accounts[id]); accountText(restored) != accountText(want) {
		return fmt.Errorf("restored:\n%s\nwas:\n%s", accountText(restored), accountText(want))
	}
	s.accounts[id] = restored
	for _, roomID := range s.model[id].rooms {
		if _, err := s.decide(id, JoinedRoom{RoomID: roomID}); err != nil {
			return err
		}
	}
	return s.checkAccount(id)
}

// lose is the end of an account by a failure: what it knew of others is gone,
// and its connections are closed. The others are told to watch again.
func (s *simulation) lose(id string) error {
	s.lost = true
	s.reached["lost"]++
	s.hangUp(id)
	if err := s.load(id); err != nil {
		return err
	}
	for _, other := range simulated {
		if other == id {
			continue
		}
		if err := s.give(other, WatchAgain{}); err != nil {
			return err
		}
	}
	return nil
}

// restart is the end of the process.
func (s *simulation) restart() error {
	s.lost = false
	s.reached["restarted"]++
	for _, p := range s.pipes {
		p.under = nil
	}
	for _, id := range simulated {
		s.hangUp(id)
		if err := s.load(id); err != nil {
			return err
		}
	}
	return nil
}

func (s *simulation) hangUp(id string) {
	for _, c := range s.model[id].connections {
		delete(s.told, c)
	}
	s.model[id].connections = nil
}

// settle lets all that is under way arrive. Then everyone knows the truth.
func (s *simulation) settle() error {
	quiet := func() bool { return !slices.ContainsFunc(s.pipes, func(p *pipe) bool { return len(p.under) > 0 }) }
	for rounds := 0; !quiet(); rounds++ {
		if rounds > 10_000 {
			return fmt.Errorf("the accounts never stop sending")
		}
		if err := s.deliverSome(); err != nil {
			return err
		}
	}
	for _, id := range simulated {
		u, a := s.model[id], s.accounts[id]
		if len(u.connections) > 0 {
			if got, want := slices.Sorted(maps.Keys(a.online)), s.model.mayKnow(u); !slices.Equal(got, want) {
				return fmt.Errorf("%s sees %v online, should see %v", id, got, want)
			}
		}
		got, want := a.watchers.sorted(), s.model.watchers(id)
		if s.lost { // then there may be others, of before
			got = slices.DeleteFunc(got, func(by string) bool { return !slices.Contains(want, by) })
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s is watched by %v, should be by %v", id, got, want)
		}
	}
	return nil
}

// checkAccount checks what must hold of an account at any time.
func (s *simulation) checkAccount(id string) error {
	a, u := s.accounts[id], s.model[id]
	got := fmt.Sprint(a.Connections(), a.contacts.sorted(), a.blocked.sorted(), a.Rooms())
	want := fmt.Sprint(u.connections, sorted(u.contacts), sorted(u.blocked), sorted(u.rooms))
	if got != want {
		return fmt.Errorf("%s is %s, the model is %s", id, got, want)
	}
	switch {
	case !reflect.DeepEqual(noRelations, relations{}):
		return fmt.Errorf("accounts with no relations share %+v", noRelations)
	case !slices.Equal(a.invitations, u.invitations):
		return fmt.Errorf("%s has the invitations %+v, the model has %+v", id, a.invitations, u.invitations)
	case len(a.invitations) > invitationsMax:
		return fmt.Errorf("%s has %d invitations", id, len(a.invitations))
	case a.IsOnline() != (len(u.connections) > 0) || a.IsIdle() != (!a.IsOnline() && len(a.watchers) == 0):
		return fmt.Errorf("%s is online %t, idle %t", id, a.IsOnline(), a.IsIdle())
	case !a.IsOnline() && len(a.online) > 0:
		return fmt.Errorf("%s is offline and sees %v", id, a.online)
	}
	for _, c := range u.connections {
		for _, contact := range simulated {
			if _, known := a.online[contact]; known != s.told[c][contact] {
				return fmt.Errorf("%s sees %s online: %t; %s was told: %t", id, contact, known, c, s.told[c][contact])
			}
		}
	}
	return nil
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

// checkPast checks that nothing that was handed out has changed since.
func (s *simulation) checkPast() error {
	for i, p := range s.past {
		if textOf(p.decision) != p.text {
			return fmt.Errorf("decision %d has changed after it was handed out: %s, was %s", i, textOf(p.decision), p.text)
		}
	}
	return nil
}

// textOf shows all of a value: maps in the order of their keys.
func textOf(v any) string { return fmt.Sprintf("%+v", v) }

// accountText is all that an account holds.
func accountText(a *Account) string {
	return textOf([]any{a.id, *a.relations, a.connections, a.rooms})
}

// tally counts what the runs have come across: a simulation that never gets
// anywhere shows nothing.
type tally map[string]int

func (t tally) count(c Command, d Decision) {
	outcome := fmt.Sprintf("%T", d.Reply)
	if err, refused := d.Reply.(*room.Error); refused {
		outcome = string(err.Code)
	}
	t[fmt.Sprintf("%T %s", c, outcome)]++
	for _, e := range d.Events {
		t[fmt.Sprintf("%T", e)]++
	}
	if p, ok := c.(Presence); ok && len(d.Sends) > 0 {
		t["presence of one who is not watched"]++
	} else if ok && p.Online && len(d.Events) > 0 && len(d.Tells) == 0 {
		t["another name"]++
	}
}

func (t tally) check(test *testing.T) {
	wanted := []string{
		"user.AddContact bad_request", "user.Block bad_request", "user.ListInvitations user.InvitationsReply",
		"told user.ContactOnline", "told user.ContactOffline", "presence of one who is not watched", "another name",
		"absence of one who hides", "all invitations that are kept", "unloaded", "lost", "restarted",
	}
	for _, c := range []Command{
		AddContact{}, RemoveContact{}, Block{}, Unblock{}, Decline{}, Connect{}, Disconnect{}, JoinedRoom{}, LeftRoom{},
		Deliver{}, EndInvitation{}, Read{}, WatchAgain{}, Watch{}, Unwatch{}, Presence{},
	} {
		wanted = append(wanted, fmt.Sprintf("%T room.Done", c))
	}
	for _, e := range []Event{
		ContactAdded{}, ContactRemoved{}, UserBlocked{}, UserUnblocked{}, InvitationKept{}, InvitationEnded{},
		Connected{}, Disconnected{}, WatcherAdded{}, WatcherRemoved{}, ContactCameOnline{}, ContactWentOffline{},
		RoomEntered{}, RoomLeft{},
	} {
		wanted = append(wanted, reflect.TypeOf(e).String())
	}
	for _, what := range wanted {
		if t[what] == 0 {
			test.Errorf("no run came across: %s", what)
		}
	}
}
