package persistence_test

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A recording is what a process did to the files of a folder, as strace saw it from outside, in order.
type recording []step

// step is one call that succeeded.
type step struct {
	call string
	file int    // which it was done to; 0 is the folder
	name string // that a file gets or loses
	from string // that it had before
	data []byte
	at   int64 // of data, or a length
}

const (
	stepOpen     = "openat" // of a file that is new
	stepLink     = "linkat"
	stepRename   = "renameat"
	stepUnlink   = "unlinkat"
	stepWrite    = "pwrite64"
	stepTruncate = "ftruncate"
	stepSync     = "fsync"
	stepSay      = "write" // to the standard output
)

// record runs a command under strace and returns what it did to a folder, which is empty before.
func record(t *testing.T, folder string, cmd *exec.Cmd) recording {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("strace is not installed")
		}
		t.Skip("strace is not installed")
	}
	log := filepath.Join(t.TempDir(), "strace")
	cmd.Args = append([]string{strace, "-f", "-qq", "-xx", "-s", "100000000", "-e", "signal=none", "-o", log,
		"-e", "trace=?open,openat,close,pwrite64,write,fdatasync,fsync,ftruncate,?link,linkat,?rename,?renameat,renameat2,?unlink,unlinkat,?creat",
		cmd.Path}, cmd.Args[1:]...)
	cmd.Path = strace
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	f, err := os.Open(log)
	must(t, err)
	defer f.Close()
	r := recorder{folder: folder, files: map[string]int{}, open: map[string]int{"1": stdout}, unfinished: map[string]string{}}
	lines := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		if err := r.line(strings.TrimSuffix(line, "\n")); err != nil {
			t.Fatalf("strace says %.200q: %v", line, err)
		}
	}
	return r.steps
}

// recorder reads strace's lines.
type recorder struct {
	folder     string
	files      map[string]int // of a name
	open       map[string]int // of a descriptor
	last       int            // file
	unfinished map[string]string
	steps      recording
}

const stdout = -1 // as a file

var (
	wholeCall   = regexp.MustCompile(`^(\d+) +(\w+)\((.*)\) += (-?\d+)`)
	brokenCall  = regexp.MustCompile(`^(\d+) +(\w+\(.*) <unfinished \.\.\.>$`)
	resumedCall = regexp.MustCompile(`^(\d+) +<\.\.\. \w+ resumed>(.*)$`)
)

func (r *recorder) line(line string) error {
	if m := brokenCall.FindStringSubmatch(line); m != nil {
		r.unfinished[m[1]] = m[2]
		return nil
	}
	if m := resumedCall.FindStringSubmatch(line); m != nil {
		line = m[1] + " " + r.unfinished[m[1]] + m[2]
	}
	m := wholeCall.FindStringSubmatch(line)
	if m == nil || strings.HasPrefix(m[4], "-") {
		return nil // an end, or a call that failed
	}
	return r.call(m[2], strings.Split(m[3], ", "), m[4])
}

// call notes a call. Strings are in hex, so no comma is within one.
func (r *recorder) call(call string, args []string, result string) error {
	if len(args) < 1 {
		return nil
	}
	switch call {
	case stepOpen:
		return r.opened(args, result)
	case "close":
		delete(r.open, args[0])
	case stepWrite, stepTruncate, stepSync, "fdatasync", stepSay:
		file, ok := r.open[args[0]]
		if !ok || file == stdout && call != stepSay {
			return nil
		}
		return r.changed(call, file, args)
	case stepLink, stepRename, "renameat2":
		from, to := r.within(args[1]), r.within(args[3])
		if from == "" && to == "" {
			return nil
		}
		if call != stepLink {
			call = stepRename
		}
		r.files[to] = r.files[from]
		r.steps = append(r.steps, step{call: call, file: r.files[from], from: from, name: to})
	case stepUnlink:
		if name := r.within(args[1]); name != "" {
			r.steps = append(r.steps, step{call: call, name: name})
		}
	default:
		return fmt.Errorf("call %s", call)
	}
	return nil
}

// opened notes which file a descriptor stands for.
func (r *recorder) opened(args []string, result string) error {
	path, err := unhex(args[1])
	if err != nil {
		return err
	}
	name := r.within(args[1])
	switch file, known := r.files[name]; {
	case string(path) == r.folder:
		r.open[result] = 0
	case name == "":
		delete(r.open, result)
	case known:
		r.open[result] = file
	default:
		r.last++
		r.files[name], r.open[result] = r.last, r.last
		r.steps = append(r.steps, step{call: stepOpen, file: r.last, name: name})
	}
	return nil
}

// changed notes what was done to an open file.
func (r *recorder) changed(call string, file int, args []string) (err error) {
	s := step{call: call, file: file}
	switch call {
	case "fdatasync":
		s.call = stepSync
	case stepTruncate:
		s.at, err = strconv.ParseInt(args[1], 10, 64)
	case stepSay, stepWrite:
		s.data, err = unhex(args[1])
		if err == nil && call == stepWrite {
			s.at, err = strconv.ParseInt(args[3], 10, 64)
		}
	}
	if err == nil && (call != stepSay || file == stdout) {
		r.steps = append(r.steps, s)
	}
	return err
}

// within returns the name of a path that lies in the folder.
func (r *recorder) within(quoted string) string {
	path, err := unhex(quoted)
	if err != nil || filepath.Dir(string(path)) != r.folder {
		return ""
	}
	return filepath.Base(string(path))
}

func unhex(quoted string) ([]byte, error) {
	return hex.DecodeString(strings.ReplaceAll(strings.Trim(quoted, `"`), `\x`, ""))
}

// said returns what was printed.
func (r recording) said() string {
	var text strings.Builder
	for _, s := range r {
		if s.call == stepSay {
			text.Write(s.data)
		}
	}
	return text.String()
}

// sectorBytes is what a disk writes as a whole or not at all.
const sectorBytes = 512

// cut returns the folder's files as a power cut at the recording's end may leave them. What was synced is there. Of the
// rest any sector may be, or not, in any order, and so may a new length; names come and go in order, but how far is
// open.
func (r recording) cut(rng *rand.Rand) map[string][]byte {
	synced := map[int]int{} // of each file, the steps that are on disk for sure
	for i, s := range r {
		if s.call == stepSync {
			synced[s.file] = i
		}
	}
	files, names := map[int][]byte{}, map[string]int{}
	named := synced[0] + rng.IntN(len(r)-synced[0]+1)
	for i, s := range r {
		switch sure := i < synced[s.file]; s.call {
		case stepWrite:
			files[s.file] = writeSectors(files[s.file], s, func() bool { return sure || rng.IntN(2) == 0 })
		case stepTruncate:
			if sure || rng.IntN(2) == 0 {
				files[s.file] = resized(files[s.file], s.at)
			}
		}
		if i >= named {
			continue
		}
		switch s.call {
		case stepOpen, stepLink:
			names[s.name] = s.file
		case stepRename:
			names[s.name] = s.file
			delete(names, s.from)
		case stepUnlink:
			delete(names, s.name)
		}
	}
	folder := map[string][]byte{}
	for name, file := range names {
		folder[name] = files[file]
	}
	return folder
}

// writeSectors returns a file with those sectors of a write that are kept.
func writeSectors(file []byte, s step, kept func() bool) []byte {
	at := s.at
	for sector := range slices.Chunk(s.data, sectorBytes) {
		if end := at + int64(len(sector)); kept() {
			file = resized(file, max(end, int64(len(file))))
			copy(file[at:], sector)
		}
		at += int64(len(sector))
	}
	return file
}

func resized(file []byte, length int64) []byte {
	if length <= int64(len(file)) {
		return file[:length:length]
	}
	return append(file, make([]byte, length-int64(len(file)))...)
}
