package user

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"roomd/actors/room"
)

var update = flag.Bool("update", false, "rewrite what the scripts in testdata expect")

// TestScripts plays testdata/*.txt. A script is the life of several users:
// lines at the margin are directives, the indented lines below each are what
// comes of it, "#" begins a comment.
//
//	anna/1 COMMAND …    user anna's connection 1 gives a command (see commandOf)
//	anna COMMAND …      the host gives anna's account a command
//	lose anna           the account is read from disk again, with all it knew beside lost
//	clock +5s           time goes on
//	restart             the host starts again with what it has stored
//	state               print all accounts
//
// A command answers with its reply first. Then come the events of accounts, in
// order, "->" the connections that are told a notice, and "=>" the accounts
// that are sent a command, which is carried out in its turn.
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
		s.lines = nil
		if err := s.run(strings.Fields(line)); err != nil {
			t.Fatalf("%s:%d: %v", file, i+1, err)
		}
		for _, l := range s.lines {
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

// script is the host of some accounts: it decides, stores, applies, tells and
// sends, as the package comment says a host must.
type script struct {
	accounts map[string]*Account
	disks    map[string]*disk
	now      time.Time
	under    []Send // under way between accounts, oldest first
	lines    []string
}

var scriptStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func newScript() *script {
	return &script{accounts: map[string]*Account{}, disks: map[string]*disk{}, now: scriptStart}
}

func (s *script) print(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

// run carries out one directive, and what comes of it until all is quiet.
func (s *script) run(words []string) error {
	switch {
	case words[0] == "clock" && len(words) == 2:
		step, err := time.ParseDuration(words[1])
		s.now = s.now.Add(step)
		return err
	case words[0] == "restart" && len(words) == 1:
		for _, id := range s.ids() {
			if err := s.load(id); err != nil {
				return err
			}
		}
		return nil
	case words[0] == "lose" && len(words) == 2:
		return s.load(words[1])
	case words[0] == "state" && len(words) == 1:
		for _, id := range s.ids() {
			s.print("%s: %s", id, stateText(s.accounts[id]))
		}
		return nil
	case len(words) < 2:
		return fmt.Errorf("no directive: %v", words)
	}
	return s.command(words)
}

func (s *script) command(words []string) error {
	user, _, _ := strings.Cut(words[0], "/")
	args := &args{words: words[2:]}
	times := args.number("times", 1)
	c, err := s.commandOf(room.ConnectionID(words[0]), words[1], args)
	if err != nil {
		return err
	}
	if len(args.words) > 0 {
		return fmt.Errorf("%s: not understood: %v", words[1], args.words)
	}
	if refusal := c.Validate(); refusal != nil {
		s.print("%s", replyText(refusal))
		return nil
	}
	for i := range times {
		s.lines = nil // the last one's are enough
		reply, err := s.decide(user, numbered(c, i))
		if err != nil {
			return err
		}
		s.lines = append([]string{replyText(reply)}, s.lines...)
		if err := s.deliver(); err != nil {
			return err
		}
	}
	return nil
}

// decide has a user's account decide, and does what a host does with that.
func (s *script) decide(user string, c Command) (Reply, error) {
	if s.accounts[user] == nil {
		if err := s.load(user); err != nil {
			return nil, err
		}
	}
	a := s.accounts[user]
	d := a.Decide(c)
	if err := s.disks[user].store(d.Events); err != nil {
		return nil, err
	}
	for _, e := range d.Events {
		a.Apply(e)
		s.print("%s: %s", user, eventText(e))
	}
	for _, t := range d.Tells {
		s.print("-> %s: %s", spaced(t.To), s.noticeText(t.Notice))
	}
	for _, send := range d.Sends {
		s.print("%s => %s: %s", user, send.UserID, sendText(send.Command))
	}
	s.under = append(s.under, d.Sends...)
	return d.Reply, nil
}

// deliver carries out what is under way between accounts, until nothing is.
func (s *script) deliver() error {
	for len(s.under) > 0 {
		next := s.under[0]
		s.under = s.under[1:]
		reply, err := s.decide(next.UserID, next.Command)
		if err != nil {
			return err
		}
		if reply != (room.Done{}) {
			return fmt.Errorf("%s answers a %T with %v", next.UserID, next.Command, reply)
		}
	}
	return nil
}

func (s *script) load(id string) error {
	if s.disks[id] == nil {
		s.disks[id] = &disk{}
	}
	a, err := s.disks[id].load(id)
	s.accounts[id] = a
	return err
}

func (s *script) ids() []string {
	var ids []string
	for id := range s.accounts {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, cmp.Compare)
	return ids
}

// disk is where a host keeps an account.
type disk struct {
	snapshot []byte
	records  [][]byte
}

func (d *disk) store(events []Event) error {
	for _, e := range events {
		stored, ok := e.(Stored)
		if !ok {
			continue
		}
		data, err := EncodeRecord(stored)
		if err != nil {
			return err
		}
		d.records = append(d.records, data)
	}
	return nil
}

func (d *disk) compact(a *Account) error {
	data, err := a.Snapshot()
	d.snapshot, d.records = data, nil
	return err
}

func (d *disk) load(id string) (*Account, error) { return Restore(id, d.snapshot, d.records) }

// args are what stands behind a script's command: plain words, and key=value.
type args struct{ words []string }

// next takes the next word.
func (a *args) next() string {
	if len(a.words) == 0 {
		return ""
	}
	w := a.words[0]
	a.words = a.words[1:]
	if c, n, ok := strings.Cut(w, "*"); ok { // c*7 stands for ccccccc
		if times, err := strconv.Atoi(n); err == nil {
			return strings.Repeat(c, times)
		}
	}
	return w
}

// value takes the value of a key, if it is there.
func (a *args) value(key, otherwise string) string {
	for i, w := range a.words {
		if v, ok := strings.CutPrefix(w, key+"="); ok {
			a.words = slices.Delete(a.words, i, i+1)
			return v
		}
	}
	return otherwise
}

func (a *args) number(key string, otherwise int) int {
	n, err := strconv.Atoi(a.value(key, strconv.Itoa(otherwise)))
	if err != nil {
		a.words = append(a.words, err.Error()) // left over
	}
	return n
}
