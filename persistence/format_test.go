package persistence_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roomd/persistence"
	"roomd/persistence/persistencetest"
)

var update = flag.Bool("update", false, "write the file of the current format anew; those of released versions must stay")

// released are the formats that must open. Format 1 is not among them: nobody had it.
var released = []int{2, 3, 4}

// formatFile is the file of a format, made of formatCommits.
func formatFile(format int) string {
	return filepath.Join("testdata", fmt.Sprintf("format-%d.db", format))
}

// formatCommits make a store with everything that a file of this format can hold.
func formatCommits() [][]persistence.Change {
	records := func(first uint64, data ...string) (rs []persistence.Record) {
		for i, d := range data {
			rs = append(rs, persistence.Record{Number: first + uint64(i), Data: []byte(d)})
		}
		return rs
	}
	const many = persistence.SweepEntriesMin + 44 // so that some leftovers stay
	return [][]persistence.Change{
		{
			{Key: "lobby", Owner: 1, Records: records(1, "created", "joined"), Summary: []byte(`{"name":"Lobby"}`)},
			{Key: "long", Messages: messages(1, many)},
			{Key: "gone", Owner: 1, Records: records(1, "a"), Messages: messages(1, 3)},
			{Key: "claimed", Owner: 1 << 40},
			{Key: "listed only", Summary: []byte("a summary alone")},
		},
		{
			{Key: "lobby", Owner: 2, Records: records(3, "left"), Snapshot: []byte("state after 2"), SnapshotNumber: 2,
				Messages: messages(1, 9), TrimMessagesBefore: 3},
			{Key: "größe", Snapshot: []byte(strings.Repeat("large", 2000)), SnapshotNumber: 70, Summary: []byte{}},
			{Key: "gone", Owner: 1, Delete: true},
		},
		{
			{Key: "lobby", Owner: 2, Messages: []persistence.Message{{Seq: 5, Data: []byte("edited")}}},
			{Key: "gone", Messages: []persistence.Message{{Seq: 2, Data: []byte("again")}}},
			{Key: "empty values", Records: records(1, ""), Snapshot: []byte{}, Messages: []persistence.Message{{Seq: 1}}},
		},
		{{Key: "long", Delete: true}},
	}
}

// TestFormats: the file of every released format opens, holds what was put in, and can be written to.
func TestFormats(t *testing.T) {
	m := persistencetest.NewModel()
	for _, changes := range formatCommits() {
		if err := m.Commit(changes); err != nil {
			t.Fatal(err)
		}
	}
	if *update {
		writeFormat(t, formatFile(released[len(released)-1]))
	}
	for _, format := range released {
		data, err := os.ReadFile(formatFile(format))
		if err != nil {
			t.Fatal(err)
		}
		folder := image(data).folder(t)
		if stats, err := persistence.Check(folder); err != nil || stats.Format != format {
			t.Errorf("format %d: %v, says it is of format %d", format, err, stats.Format)
		}
		s := openBolt(t, folder)
		if entries(t, s, "leftovers") == 0 {
			t.Errorf("format %d: the file has no leftovers: it shows less than it could", format)
		}
		m := m.Clone()
		rng := rand.New(rand.NewPCG(1, 1))
		m.Compare(t, s, rng)
		for range 20 {
			_ = m.Step(t, s, rng)
		}
		m.Compare(t, s, rng)
		if n := entries(t, s, "leftovers"); n != 0 {
			t.Errorf("format %d: %d leftovers are left", format, n)
		}
		closeStore(t, s)
		if stats, err := persistence.Check(folder); err != nil || stats.Format != released[len(released)-1] {
			t.Errorf("format %d: %v, is of format %d now", format, err, stats.Format)
		}
	}
}

// writeFormat makes the file of the current format.
func writeFormat(t *testing.T, path string) {
	t.Helper()
	folder := t.TempDir()
	s := openBolt(t, folder)
	defer closeStore(t, s)
	for _, changes := range formatCommits() {
		commit(t, s, changes...)
	}
	if err := os.WriteFile(path, imageOf(t, folder, s), 0o644); err != nil {
		t.Fatal(err)
	}
}
