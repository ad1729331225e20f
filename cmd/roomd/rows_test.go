package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"roomd/actors/room"
	"roomd/gateway"
)

// rowTable is testdata/node/rows.json: what the gateway's own tables don't say of
// the contract.
type rowTable struct {
	EveryCommand  []room.Code            // with which any command may fail
	Failures      map[string][]room.Code // with which a command may fail beside, by its name
	Events        []string               // all
	AdminCommands []string
	FinePrint     []string
	ConnectErrors []string          // beside those with a code
	NotYet        map[string]string // rows that no test can have, and why
}

// coverage is a line of rows-list.js.
type coverage struct {
	Script string
	Name   string
	Rows   []string
}

// TestEveryRowHasATest wants a scenario with stock clients for every command,
// event and failure of the contract, and every line of its fine print; and no
// scenario that says it covers what there is not. That each has seen what it
// covers, it says itself when it runs.
func TestEveryRowHasATest(t *testing.T) {
	table := readRowTable(t)
	wanted := table.rows()
	tests := map[string][]string{}
	for _, c := range listCoverage(t) {
		for _, row := range c.Rows {
			if !slices.Contains(wanted, row) {
				t.Errorf("%s: %q covers %q, which is no row of the contract", c.Script, c.Name, row)
			}
			tests[row] = append(tests[row], c.Script+": "+c.Name)
		}
	}
	for _, row := range wanted {
		switch _, notYet := table.NotYet[row]; {
		case len(tests[row]) == 0 && !notYet:
			t.Errorf("%s has no test", row)
		case len(tests[row]) > 0 && notYet:
			t.Errorf("%s has a test: it can be taken from notYet", row)
		}
	}
	for row := range table.NotYet {
		if !slices.Contains(wanted, row) {
			t.Errorf("notYet: %q is no row of the contract", row)
		}
	}
	t.Logf("%d rows, %d of them without a test yet", len(wanted), len(table.NotYet))
	for _, row := range wanted {
		t.Logf("%s\n\t%s", row, strings.Join(tests[row], "\n\t"))
	}
}

// TestRowTable compares the table with the gateway.
func TestRowTable(t *testing.T) {
	table := readRowTable(t)
	sameRows(t, "command", slices.Sorted(maps.Keys(table.Failures)), gateway.CommandNames())
	sameRows(t, "event", table.Events, gateway.EventNames())
	used := slices.Concat(slices.Collect(maps.Values(table.Failures))...)
	codes := slices.Concat(used, table.EveryCommand, []room.Code{room.CodeUnknownEvent, room.CodeInternal})
	slices.Sort(codes)
	sameRows(t, "code", texts(slices.Compact(codes)), texts(room.Codes()))
}

func texts(codes []room.Code) []string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = string(c)
	}
	return all
}

// sameRows says that the table's names are the gateway's, each once.
func sameRows(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("rows.json has not the %ss of the gateway:\n%q\n%q", what, got, want)
	}
}

// rows returns what wants a test, as scenarios name it.
func (r rowTable) rows() []string {
	rows := []string{"failure:deleteEverything:" + string(room.CodeUnknownEvent), "failure:*:" + string(room.CodeInternal)}
	for _, command := range gateway.CommandNames() {
		rows = append(rows, "command:"+command)
		for _, code := range slices.Concat(r.EveryCommand, r.Failures[command]) {
			rows = append(rows, "failure:"+command+":"+string(code))
		}
	}
	for _, command := range r.AdminCommands {
		rows = append(rows, "admin:"+command)
	}
	for _, event := range gateway.EventNames() {
		rows = append(rows, "event:"+event)
	}
	for _, code := range slices.Concat(gateway.ConnectErrorCodes(), r.ConnectErrors) {
		rows = append(rows, "connect_error:"+code)
	}
	for _, line := range r.FinePrint {
		rows = append(rows, "fine:"+line)
	}
	return rows
}

func readRowTable(t *testing.T) rowTable {
	t.Helper()
	var table rowTable
	readJSON(t, "rows.json", &table)
	return table
}

// listCoverage asks the scripts what their scenarios cover.
func listCoverage(t *testing.T) []coverage {
	t.Helper()
	needNode(t)
	ctx, cancel := context.WithTimeout(context.Background(), nodeDeadline)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "rows-list.js")
	node.Dir = nodeFolder
	node.Env = cleanEnvironment("LIST_ROWS=true", "SERVER_URL=http://nowhere.invalid")
	var stderr bytes.Buffer
	node.Stderr = &stderr
	output, err := node.Output()
	if err != nil {
		t.Fatalf("rows-list.js: %v\n%s", err, &stderr)
	}
	var list []coverage
	lines := json.NewDecoder(bytes.NewReader(output))
	for lines.More() {
		var c coverage
		if err := lines.Decode(&c); err != nil {
			t.Fatalf("rows-list.js: %v", err)
		}
		list = append(list, c)
	}
	return list
}
