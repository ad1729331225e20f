package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"roomd/persistence"
)

// assertRan says that a command ended well, with these words in what it printed.
func assertRan(t *testing.T, run commandRun, words ...string) {
	t.Helper()
	if run.code != 0 || run.stderr != "" {
		t.Errorf("exit code %d, stderr %q", run.code, run.stderr)
	}
	for _, word := range words {
		if !strings.Contains(run.stdout, word) {
			t.Errorf("%q does not say %q", run.stdout, word)
		}
	}
}

// storedFolder returns a data folder with something in it.
func storedFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	store, err := persistence.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	err = store.Commit(
		persistence.Change{Key: "r/tea", Messages: []persistence.Message{{Seq: 1, Data: []byte("hello")}}},
		persistence.Change{Key: "u/anna"}, persistence.Change{Key: "m/anna"}, persistence.Change{Key: "n/x"})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestStoreCommands(t *testing.T) {
	folder, other := storedFolder(t), t.TempDir()
	backup := filepath.Join(t.TempDir(), "backup.db")
	assertRan(t, runCommand(t, nil, "store", "check", "--data", folder), "no damage", "4 keys", "1 messages")
	assertRan(t, runCommand(t, []string{"ROOMD_DATA=" + folder}, "store", "stats"), "rooms", "users", "memberships", "server", "format 4")
	assertRan(t, runCommand(t, nil, "store", "backup", "--data", folder, backup), backup, "4 keys")
	assertRan(t, runCommand(t, nil, "store", "restore", "--data", other, backup), other, "4 keys")
	assertRan(t, runCommand(t, nil, "store", "compact", "--data", other), "the file had", "KiB")
	assertRan(t, runCommand(t, nil, "store", "check", "--data", other), "no damage", "4 keys")

	assertRefused(t, runCommand(t, nil, "store", "backup", "--data", folder, backup), backup, "exists")
	assertRefused(t, runCommand(t, nil, "store", "restore", "--data", folder, backup), folder, "exists")
}

func TestStoreCommandsMistaken(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct {
		args  string
		words []string
	}{
		{"", []string{"no command", "--help"}},
		{"chekc", []string{"unknown command", `"chekc"`}},
		{"check --dtaa x", []string{"check", "dtaa"}},
		{"check more", []string{"unexpected argument", `"more"`}},
		{"check --data=", []string{"data"}},
		{"check", []string{"no such file"}},
		{"stats", []string{"no such file"}},
		{"compact", []string{"no such file"}},
		{"backup", []string{"no file given"}},
		{"backup to", []string{"no such file"}},
		{"backup to more", []string{"unexpected argument", `"more"`}},
		{"restore nowhere.db", []string{"nowhere.db", "no such file"}},
	} {
		t.Run(c.args, func(t *testing.T) {
			args := append([]string{"store"}, strings.Fields(c.args)...)
			assertRefused(t, runCommand(t, []string{"ROOMD_DATA=" + folder}, args...), append(c.words, "roomd: store")...)
		})
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v, want nothing", entries, err)
	}
}

// TestStoreCommandsDamaged: damage is told, a line each, and ends with exit code 1.
func TestStoreCommandsDamaged(t *testing.T) {
	folder := storedFolder(t)
	path := filepath.Join(folder, "roomd.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[strings.Index(string(data), "hello")] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	run := runCommand(t, nil, "store", "check", "--data", folder)
	if run.code != 1 || !strings.Contains(run.stdout, "messages") || !strings.Contains(run.stderr, "corrupt") {
		t.Errorf("%+v", run)
	}
	assertRefused(t, runCommand(t, nil, "store", "compact", "--data", folder), "corrupt", folder)
}

// TestStoreCommandsWhileServing: a server's store can be backed up; for the rest it has to be stopped.
func TestStoreCommandsWhileServing(t *testing.T) {
	folder := storedFolder(t)
	store, err := persistence.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	backups, err := persistence.ServeBackups(store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer backups.Close()
	backup := filepath.Join(t.TempDir(), "backup.db")
	assertRan(t, runCommand(t, nil, "store", "backup", "--data", folder, backup), "4 keys")
	for _, command := range []string{"check", "stats", "compact"} {
		assertRefused(t, runCommand(t, nil, "store", command, "--data", folder), folder, "in use", "stop the server first")
	}
	assertRan(t, runCommand(t, nil, "store", "restore", "--data", t.TempDir(), backup), "4 keys")
}

func TestStoreHelp(t *testing.T) {
	assertRan(t, runCommand(t, nil, "store", "--help"), "check", "stats", "backup", "restore", "compact", "ROOMD_DATA")
	if run := runCommand(t, nil, "store", "backup", "--help"); run.code != 0 || !strings.Contains(run.stderr, "-data") {
		t.Errorf("%+v", run)
	}
	assertRan(t, runCommand(t, nil, "help"), "roomd store")
}
