package room

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata expect")

// TestScripts plays testdata/*.txt. A script is one room's life: lines at the
// margin are directives, the indented lines below each are what comes of it,
// "#" begins a comment.
//
//	anna/1 COMMAND …    user anna's connection 1 gives a command (see commandOf)
//	anna/1 verdict      the host has compared the password of anna/1's join
//	anna/1 page [3]     the host has read what anna/1's command asked for: all
//	                    that was there when it asked, or the nearest 3
//	clock +5s           time goes on
//	restart             the host starts again with what it has stored
//	forget              the host has kept the room's tombstone long enough
//	state, listing      print the room; print how the directory shows it
//
// A value c*7 stands for ccccccc. A command answers with its reply first, then
// its events in order, "->" the connections that the host tells of each.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			played := play(t, file, string(text))
			switch {
			case played == string(text):
			case *update:
				if err := os.WriteFile(file, []byte(played), 0o644); err != nil {
					t.Fatal(err)
				}
			default:
				t.Errorf("%s\n-update rewrites it", firstDifference(file, string(text), played))
			}
		})
	}
}

// play returns the script as it would be if it expected what it gets.
func play(t *testing.T, file, text string) string {
	t.Helper()
	s := newScript()
	var out strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue // what was expected
		}
		fmt.Fprintln(&out, line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		got, err := s.run(line)
		if err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
		for _, l := range strings.Split(strings.Join(got, "\n"), "\n") {
			if l == "" {
				continue
			}
			fmt.Fprintf(&out, "\t%s\n", l)
		}
	}
	return out.String()
}

func firstDifference(file, want, got string) string {
	wants, gots := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(wants), len(gots)) {
		w, g := lineOf(wants, i), lineOf(gots, i)
		if w != g {
			return fmt.Sprintf("%s:%d:\nwant %s\ngot  %s", file, i+1, w, g)
		}
	}
	return ""
}

func lineOf(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}

// script is the host of one room: it decides, stores, applies and tells, as
// the package comment says a host must.
type script struct {
	room    *Room
	now     time.Time
	births  int
	judging map[ConnectionID]Request // joins whose password is being compared
	reading map[ConnectionID]reading // commands for which the host reads
	disk    disk
}

// reading is a command with the page that will be given to it.
type reading struct {
	request Request
	page    Page
}

var scriptStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newScript() *script {
	return &script{room: New("tea"), now: scriptStart, judging: map[ConnectionID]Request{}, reading: map[ConnectionID]reading{}}
}

// run carries out one directive and returns what comes of it.
func (s *script) run(line string) ([]string, error) {
	words, err := split(line)
	if err != nil {
		return nil, err
	}
	switch {
	case words[0] == "clock" && len(words) == 2:
		step, err := time.ParseDuration(words[1])
		s.now = s.now.Add(step)
		return nil, err
	case line == "restart":
		return s.restart()
	case line == "forget":
		s.room, s.disk = New(s.room.ID()), disk{}
		return []string{printState(s.room)}, nil
	case line == "state":
		return []string{printState(s.room)}, nil
	case line == "listing":
		return []string{printListing(s.room)}, nil
	}
	user, _, ok := strings.Cut(words[0], "/")
	if !ok || len(words) < 2 {
		return nil, fmt.Errorf("no directive: %s", line)
	}
	from := User{ID: user, Name: strings.ToUpper(user[:1]) + user[1:]}
	return s.command(from, ConnectionID(words[0]), words[1], words[2:])
}

func (s *script) command(from User, c ConnectionID, verb string, words []string) ([]string, error) {
	args := parseArgs(words)
	times := args.number("times", 1)
	q, err := s.request(from, c, verb, args)
	if err != nil {
		return nil, err
	}
	if err := args.unused(); err != nil {
		return nil, fmt.Errorf("%s: %w", verb, err)
	}
	if err := q.Command.Validate(); err != nil {
		return []string{printReply(err)}, nil
	}
	for range times - 1 {
		if _, err := s.decide(q); err != nil {
			return nil, err
		}
	}
	return s.decide(q)
}

// request is a new one, or one that waited for the host.
func (s *script) request(from User, c ConnectionID, verb string, a *args) (Request, error) {
	switch verb {
	case "verdict":
		return s.judged(c), nil
	case "page":
		return s.read(c, a)
	}
	command, err := commandOf(verb, a)
	return Request{From: from, Connection: c, Command: command}, err
}

// judged is the join that waits for its password, now with the verdict.
func (s *script) judged(c ConnectionID) Request {
	q := s.judging[c]
	delete(s.judging, c)
	join := q.Command.(Join)
	join.Verdict.Matches = hashOf(join.Password) == join.Verdict.PasswordHash
	return q
}

// read is the command that the host has read for, now with the page.
func (s *script) read(c ConnectionID, a *args) (Request, error) {
	r, asked := s.reading[c]
	if !asked {
		return Request{}, fmt.Errorf("%s has not asked for a page", c)
	}
	delete(s.reading, c)
	entries := r.page.Entries
	if n, err := strconv.Atoi(a.next()); err == nil && r.page.Fetch.Before != 0 {
		entries = entries[max(0, len(entries)-n):]
	} else if err == nil {
		entries = entries[:min(len(entries), n)]
	}
	r.page.Entries = entries
	r.request.Command = WithPage(r.request.Command, r.page)
	return r.request, nil
}

func (s *script) decide(q Request) ([]string, error) {
	q.At = s.now
	q.Epoch = fmt.Sprintf("e%d", s.births+1)
	d := s.room.Decide(q)
	if d.Check != nil {
		join := q.Command.(Join)
		join.Verdict = &Verdict{PasswordHash: d.Check.PasswordHash}
		q.Command = join
		s.judging[q.Connection] = q
		return []string{fmt.Sprintf("compare %q with %q", d.Check.Password, d.Check.PasswordHash)}, nil
	}
	if d.Fetch != nil {
		entries, err := s.disk.read(*d.Fetch)
		s.reading[q.Connection] = reading{q, Page{Fetch: *d.Fetch, Entries: entries}}
		return []string{printFetch(*d.Fetch)}, err
	}
	if err := s.disk.store(s.room, d.Events); err != nil {
		return nil, err
	}
	lines := []string{printReply(d.Reply)}
	for _, e := range d.Events {
		if _, born := e.(Created); born {
			s.births++
		}
		before := s.room.Connections()
		s.room.Apply(e)
		lines = append(lines, printEvent(e, audience(before, s.room.Connections(), e)))
	}
	return lines, nil
}

func (s *script) restart() ([]string, error) {
	restored, err := s.disk.load(s.room.ID())
	if err != nil {
		return nil, err
	}
	s.room = restored
	return []string{printState(s.room)}, nil
}

// audience returns the connections inside that a host tells of an event, as the
// contract has it: nobody learns of a second tab; those inside learn of the
// room's end before they have left it. Only Except keeps the one who leaves
// from being told. An invitation and a mark are for one user's connections
// wherever they are, which the script can't see.
func audience(before, after []Joined, e Event) []ConnectionID {
	inside := after
	switch e := e.(type) {
	case Created, EpochBegan, RunBegan, RunEnded, MemberAdded, MemberRemoved, Invited, InvitationEnded, WentAway, MarkMoved:
		return nil
	case CameBack:
		if !e.Returned {
			return nil
		}
	case Joined:
		if !e.TookSeat && !e.Returned {
			return nil
		}
	case Left:
		if !e.GaveUpSeat {
			return nil
		}
		inside = before
	case Removed:
		inside = before
	}
	told := []ConnectionID{}
	for _, j := range inside {
		if j.Connection != e.Except() {
			told = append(told, j.Connection)
		}
	}
	return told
}

// hashOf is the scripts' password hash.
func hashOf(password string) string {
	if password == "" {
		return ""
	}
	return "hash of " + password
}

// split cuts a line at its spaces, except those between quotation marks.
func split(line string) ([]string, error) {
	var words []string
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		end, quoted := 0, false
		for ; end < len(rest) && (quoted || rest[end] != ' '); end++ {
			switch rest[end] {
			case '"':
				quoted = !quoted
			case '\\':
				end++
			}
		}
		if quoted || end > len(rest) {
			return nil, fmt.Errorf("quotation mark without an end: %s", line)
		}
		words = append(words, rest[:end])
		rest = rest[end:]
	}
	return words, nil
}

// unquote reads a value: "text", c*7 or itself.
func unquote(word string) string {
	if text, err := strconv.Unquote(word); err == nil {
		return text
	}
	if c, n, ok := strings.Cut(word, "*"); ok && len(c) == 1 {
		if times, err := strconv.Atoi(n); err == nil {
			return strings.Repeat(c, times)
		}
	}
	return word
}
