package main

import "roomd/bench"

// entry is one scenario of the suite.
type entry struct {
	scenario bench.Scenario
	// beside makes it a comparison of roomd with itself: under this scenario
	// first, then under the other.
	beside bench.Scenario
	// alone leaves the floor and Node out, which can't do it.
	alone bool
	// floorless leaves the floor out.
	floorless bool
	// news has the floor tell those inside of a room who joins, as the others do.
	news bool
	// note says who is left out, and why.
	note string
}

// entries are all scenarios, in the suite's order.
func entries() []entry {
	talk := func(t bench.Talk) bench.Scenario { return &t }
	idle, storm, capacity, presence := bench.DefaultIdle(), bench.DefaultStorm(), bench.DefaultCapacity(), bench.DefaultPresence()
	return []entry{
		{scenario: talk(bench.BigRoom())},
		{scenario: talk(bench.BusyRoom())},
		{scenario: talk(bench.SmallRooms())},
		{scenario: &capacity},
		{scenario: &idle},
		{scenario: &storm, news: true},
		{scenario: talk(bench.DurableRoom()), beside: talk(bench.BusyRoom())},
		{scenario: talk(bench.HugeRoom()), beside: talk(bench.LargeRoom())},
		{scenario: talk(bench.Churn())},
		{scenario: &presence, alone: true, note: "floor and Node have no presence and are not measured"},
		{scenario: talk(bench.Bursts())},
		{scenario: talk(bench.Polling()), floorless: true, note: "the floor has no long polling and is not measured"},
		{scenario: talk(bench.BigTexts())},
		{scenario: talk(bench.Binary())},
		{scenario: talk(bench.SlowReaders()), beside: talk(bench.EqualReaders())},
	}
}

// align gives the other scenario of a comparison the windows and texts that
// flags gave to this one.
func (e entry) align() {
	after, ok1 := e.scenario.(*bench.Talk)
	before, ok2 := e.beside.(*bench.Talk)
	if ok1 && ok2 {
		before.Warmup, before.Duration, before.TextBytes = after.Warmup, after.Duration, after.TextBytes
	}
}

// targets are those of the whole run, the last of the first two roomd or what
// takes its place; or that one twice, or alone, or without
// the floor.
func (e entry) targets(all []bench.Target) []bench.Target {
	switch {
	case e.alone:
		return all[1:2]
	case e.floorless:
		return all[1:]
	case e.news:
		return append([]bench.Target{withArguments(all[0], "--news")}, all[1:]...)
	case e.beside == nil:
		return all
	}
	before, after := all[1], all[1]
	before.Name, before.Scenario = e.beside.Name(), e.beside
	after.Name, after.Scenario = e.scenario.Name(), e.scenario
	return []bench.Target{before, after}
}

// withArguments returns a target whose program gets these arguments too.
func withArguments(target bench.Target, more ...string) bench.Target {
	command := target.Command
	target.Command = func(listen, dataDir string) []string { return append(command(listen, dataDir), more...) }
	return target
}
