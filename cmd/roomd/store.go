package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"roomd/persistence"
)

// storeCommand is what `roomd store` can do with a data folder.
type storeCommand struct {
	name     string
	argument string // what it needs beside the folder; empty: nothing
	does     string
	run      func(folder, argument string, stdout io.Writer) error
}

var storeCommands = []storeCommand{
	{"check", "", "read all of the store and find any damage", checkStore},
	{"stats", "", "show what is in the store, and how large it is", showStats},
	{"backup", "file", "write a copy to a new file, also while a server runs", backUpStore},
	{"restore", "file", "put a backup into a data folder that has no store", restoreStore},
	{"compact", "", "write the store anew, without the space that it doesn't use", compactStore},
}

// storeTool runs the part of the command line after `roomd store`.
func storeTool(args, environ []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New("store: no command given: roomd store --help shows them")
	}
	if slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		printStoreUsage(stdout)
		return nil
	}
	i := slices.IndexFunc(storeCommands, func(c storeCommand) bool { return c.name == args[0] })
	if i < 0 {
		return fmt.Errorf("store: unknown command %q: roomd store --help shows those that there are", args[0])
	}
	c := storeCommands[i]
	folder, argument, err := c.parse(args[1:], environ, stderr)
	if err == nil {
		err = c.run(folder, argument, stdout)
	}
	if err != nil {
		return fmt.Errorf("store %s: %w", c.name, explained(err))
	}
	return nil
}

func printStoreUsage(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprint(table, "Usage:\n")
	for _, c := range storeCommands {
		fmt.Fprintf(table, "  roomd store %s [--data folder] %s\t%s\n", c.name, c.argument, c.does)
	}
	fmt.Fprint(table, "\nWithout --data it is that of "+envPrefix+"_DATA, or "+dataDefault+".\n")
	table.Flush()
}

// dataDefault is the data folder of a server that is told no other.
const dataDefault = "./roomd-data"

// parse reads the command's flags and its argument.
func (c storeCommand) parse(args, environ []string, output io.Writer) (folder, argument string, err error) {
	fs := flag.NewFlagSet("roomd store "+c.name, flag.ContinueOnError)
	fs.StringVar(&folder, "data", setting(environ, "DATA", dataDefault), "`folder` of the store")
	fs.SetOutput(io.Discard) // errors are printed once, by the caller
	if err = fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		fs.SetOutput(output)
		fmt.Fprintf(output, "roomd store %s [--data folder] %s: %s\n", c.name, c.argument, c.does)
		fs.PrintDefaults()
	}
	needs := 0
	if c.argument != "" {
		needs = 1
	}
	switch {
	case err != nil:
	case fs.NArg() > needs:
		err = fmt.Errorf("unexpected argument %q", fs.Arg(needs))
	case fs.NArg() < needs:
		err = fmt.Errorf("no %s given", c.argument)
	case folder == "":
		err = errors.New("data: must not be empty")
	}
	return folder, fs.Arg(0), err
}

// setting returns what the environment says, or else.
func setting(environ []string, name, otherwise string) string {
	prefix := envPrefix + "_" + name + "="
	for _, entry := range environ {
		if value, ok := strings.CutPrefix(entry, prefix); ok {
			return value
		}
	}
	return otherwise
}

// explained says what to do about an error, where that isn't plain.
func explained(err error) error {
	if errors.Is(err, persistence.ErrLocked) {
		return fmt.Errorf("%w: stop the server first", err)
	}
	return err
}

// checkStore prints what is wrong, or that nothing is.
func checkStore(folder, _ string, stdout io.Writer) error {
	s, err := persistence.Check(folder)
	var damage *persistence.DamageError
	if errors.As(err, &damage) {
		for _, problem := range damage.Problems {
			fmt.Fprintln(stdout, problem)
		}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "no damage: %s\n", summary(s))
	return err
}

func backUpStore(folder, file string, stdout io.Writer) error {
	s, err := persistence.Backup(folder, file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s is a backup: %s\n", file, summary(s))
	return err
}

func restoreStore(folder, file string, stdout io.Writer) error {
	s, err := persistence.Restore(file, folder)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s has the store of %s: %s\n", folder, file, summary(s))
	return err
}

func compactStore(folder, _ string, stdout io.Writer) error {
	before, after, err := persistence.Compact(folder)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "the file had %s and has %s now\n", size(before.FileBytes), size(after.FileBytes))
	return err
}

func showStats(folder, _ string, stdout io.Writer) error {
	s, err := persistence.ReadStats(folder)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "kind\tkeys\trecords\tmessages\tbytes\t")
	for _, k := range s.Kinds {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t\n", kindName(k.Prefix), k.Keys, k.Records, k.Messages, k.Bytes)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "file: format %d, %s; %s of it free, %s yet to be freed\n",
		s.Format, size(s.FileBytes), size(s.FreeBytes), size(s.LeftoverBytes))
	return err
}

// kindName is what the actors store under keys that begin like this.
func kindName(prefix string) string {
	switch prefix {
	case "r/":
		return "rooms"
	case "u/":
		return "users"
	case "i/":
		return "invitations"
	case "m/":
		return "memberships"
	case "d/":
		return "rooms by activity"
	case "w/":
		return "rooms by word"
	case "n/":
		return "server"
	}
	return fmt.Sprintf("%q", prefix)
}

// summary says in a line what a store holds.
func summary(s persistence.Stats) string {
	keys, messages := 0, 0
	for _, k := range s.Kinds {
		keys += k.Keys
		messages += k.Messages
	}
	return fmt.Sprintf("%d keys, %d messages, %s", keys, messages, size(s.FileBytes))
}

// size says a number of bytes as a person would.
func size(bytes int64) string {
	switch {
	case bytes >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(1<<30))
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", bytes)
}
