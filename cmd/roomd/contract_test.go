package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roomd/actors/room"
	"roomd/gateway"
	"roomd/gateway/ratelimit"
)

// contractSection is a part of the contract's documentation, without the parts
// below it.
type contractSection struct {
	heading string // with its #
	text    string
}

func (s contractSection) title() string { return strings.TrimLeft(s.heading, "# ") }

func readContract(t *testing.T) []contractSection {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repository, "gateway", "CONTRACT.md"))
	if err != nil {
		t.Fatal(err)
	}
	var sections []contractSection
	for part := range strings.SplitSeq("\n"+string(data), "\n#") {
		heading, text, _ := strings.Cut(part, "\n")
		sections = append(sections, contractSection{"#" + heading, text})
	}
	return sections
}

// section returns the one with this title.
func section(t *testing.T, sections []contractSection, title string) contractSection {
	t.Helper()
	i := slices.IndexFunc(sections, func(s contractSection) bool { return s.title() == title })
	if i < 0 {
		t.Fatalf("CONTRACT.md has no section %q", title)
	}
	return sections[i]
}

// table returns the cells of the table under these column heads.
func (s contractSection) table(t *testing.T, heads ...string) [][]string {
	t.Helper()
	_, rows, found := strings.Cut("\n"+s.text, "\n| "+strings.Join(heads, " | ")+" |\n|")
	if !found {
		t.Fatalf("%s has no table of %q", s.heading, heads)
	}
	var cells [][]string
	for line := range strings.Lines(rows) {
		if row, isRow := strings.CutPrefix(line, "| "); isRow {
			cells = append(cells, strings.Split(strings.TrimSuffix(row, " |\n"), " | "))
		} else if len(cells) > 0 || !strings.HasPrefix(line, "-") {
			break
		}
	}
	return cells
}

var quoted = regexp.MustCompile("`([^`]+)`")

// names returns the names in the first column.
func names(cells [][]string) []string {
	var all []string
	for _, row := range cells {
		for _, match := range quoted.FindAllStringSubmatch(row[0], -1) {
			all = append(all, match[1])
		}
	}
	return all
}

// sameNames says that a documentation's names are those that there are, each
// once.
func sameNames(t *testing.T, what string, documented, there []string) {
	t.Helper()
	documented, there = slices.Sorted(slices.Values(documented)), slices.Sorted(slices.Values(there))
	for _, name := range there {
		if !slices.Contains(documented, name) {
			t.Errorf("%s %q is not documented", what, name)
		}
	}
	for i, name := range documented {
		if !slices.Contains(there, name) {
			t.Errorf("%s %q is documented, but unknown", what, name)
		}
		if i > 0 && documented[i-1] == name {
			t.Errorf("%s %q is documented twice", what, name)
		}
	}
}

// TestContractNamesCommands: every command has a section, with an example that
// uses it, and every section with a name for its title is that of a command.
func TestContractNamesCommands(t *testing.T) {
	var documented []string
	for _, s := range readContract(t) {
		name, isName := strings.CutPrefix(s.heading, "### `")
		if !isName {
			continue
		}
		name = strings.TrimSuffix(name, "`")
		documented = append(documented, name)
		_, example, found := strings.Cut(s.text, "```js\n")
		if !found || !strings.Contains(example, `"`+name+`"`) {
			t.Errorf("%s has no example that uses it", name)
		}
	}
	sameNames(t, "command", documented, gateway.CommandNames())
}

func TestContractNamesAdminCommands(t *testing.T) {
	table := section(t, readContract(t), "Administration").table(t, "admin command", "argument", "ack, beside `success`")
	sameNames(t, "admin command", names(table), gateway.AdminCommandNames())
}

func TestContractNamesEvents(t *testing.T) {
	sections := readContract(t)
	documented := names(section(t, sections, "Events").table(t, "event", "to", "payload"))
	// server_stats is the stock Admin UI's word, not the contract's.
	for _, name := range names(section(t, sections, "Administration").table(t, "admin event", "when", "payload")) {
		if name != "server_stats" {
			documented = append(documented, name)
		}
	}
	sameNames(t, "event", documented, gateway.EventNames())
}

func TestContractNamesFailures(t *testing.T) {
	sections := readContract(t)
	failures := section(t, sections, "Failures").table(t, "code", "message")
	var codes []string
	for _, code := range room.Codes() {
		codes = append(codes, string(code))
	}
	sameNames(t, "code", names(failures), codes)
	for _, err := range []*room.Error{
		room.ErrRoomNotFound, room.ErrRoomExists, room.ErrRoomFull, room.ErrWrongPassword, room.ErrRoomPrivate,
		room.ErrBanned, room.ErrNotInRoom, room.ErrNotAMember, room.ErrMayNotDelete, room.ErrMayNotChange,
		room.ErrNotModerator, room.ErrMuted, room.ErrMessageNotFound, room.ErrUnavailable, room.ErrUnknownEvent,
		room.ErrInternal, room.RateLimited(0),
	} {
		said := slices.ContainsFunc(failures, func(row []string) bool {
			return row[0] == "`"+string(err.Code)+"`" && strings.Contains(row[1], err.Message)
		})
		if !said {
			t.Errorf("the row of %s doesn't say %q", err.Code, err.Message)
		}
	}
	refusals := section(t, sections, "What may go wrong").table(t, "code", "message", "why")
	sameNames(t, "connect_error", names(refusals), gateway.ConnectErrorCodes())
}

// TestContractNamesRates also compares the figures.
func TestContractNamesRates(t *testing.T) {
	rows := section(t, readContract(t), "Rates").table(t, "kind", "a connection", "a user", "an address", "what counts")
	shown := func(r ratelimit.Rate) string {
		if r == (ratelimit.Rate{}) {
			return "–"
		}
		return fmt.Sprintf("%g/s, %d at once", r.PerSecond, r.Burst)
	}
	var kinds, counted []string
	for i, scopes := range ratelimit.Defaults() {
		kind := ratelimit.Kind(i).String()
		kinds = append(kinds, kind)
		want := []string{"`" + kind + "`", shown(scopes.Connection), shown(scopes.User), shown(scopes.Address)}
		if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row[:4], want) }) {
			t.Errorf("there is no row %q", want)
		}
	}
	sameNames(t, "kind", names(rows), kinds)
	for _, row := range rows {
		counted = append(counted, names([][]string{row[4:]})...)
	}
	for _, name := range counted {
		if !slices.Contains(gateway.CommandNames(), name) {
			t.Errorf("%q counts, but is no command", name)
		}
	}
}

// TestDocumentedSettings: the README's table has every flag of the server, with
// its default.
func TestDocumentedSettings(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := contractSection{"README.md", string(data)}.table(t, "flag", "default", "meaning")
	var flags []string
	newFlagSet(&config{}, io.Discard).VisitAll(func(f *flag.Flag) {
		flags = append(flags, "--"+f.Name)
		if f.DefValue == "" || f.DefValue == "false" { // said in words, or not at all
			return
		}
		want := []string{"`--" + f.Name + "`", "`" + f.DefValue + "`"}
		if !slices.ContainsFunc(rows, func(row []string) bool { return slices.Equal(row[:2], want) }) {
			t.Errorf("there is no row %q", want)
		}
	})
	sameNames(t, "setting", names(rows), flags)
}
