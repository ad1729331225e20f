package bench

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const after = " S 1 2 3 4 5 6 7 8 9 10 250 75 14 15 16 17 18 19 20 21 1000 23 24"
	want := usage{user: 2500 * time.Millisecond, system: 750 * time.Millisecond, rssBytes: 1000 * int64(os.Getpagesize())}
	tests := []struct {
		stat string
		want usage
		ok   bool
	}{
		{"42 (roomd)" + after, want, true},
		{"42 (odd) name (x) )" + after, want, true},
		{"42 (roomd) S 1 2", usage{}, false},
		{"42 (roomd) S 1 2 3 4 5 6 7 8 9 10 x 75 14 15 16 17 18 19 20 21 1000", usage{}, false},
		{"42 roomd", usage{}, false},
		{"", usage{}, false},
	}
	for _, test := range tests {
		got, err := parseStat([]byte(test.stat))
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("%q: %+v, %v; want %+v", test.stat, got, err, test.want)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Fuzz(func(t *testing.T, stat []byte) {
		u, err := parseStat(stat)
		if err != nil && u != (usage{}) {
			t.Fatalf("%+v beside an error", u)
		}
		if u.user < 0 || u.system < 0 || u.rssBytes < 0 {
			t.Fatalf("less than nothing was used: %+v", u)
		}
	})
}

func TestReadUsageOfThisProcess(t *testing.T) {
	before, err := readUsage(os.Getpid())
	if err != nil || before.rssBytes < 1<<20 {
		t.Fatalf("%+v, %v; want some memory", before, err)
	}
	deadline := time.Now().Add(testTimeout)
	for time.Now().Before(deadline) { // burns CPU until it shows
		now, err := readUsage(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if now.since(before).cpu() >= 2*tick {
			return
		}
	}
	t.Error("a busy process has used no CPU")
}

func TestReadUsageOfNoProcess(t *testing.T) {
	if _, err := readUsage(1 << 30); err == nil {
		t.Error("a process that does not exist has usage")
	}
}

func TestFileLimit(t *testing.T) {
	if err := RaiseFileLimit(); err != nil {
		t.Fatal(err)
	}
	limit, err := fileLimit()
	if err != nil || limit.Cur != limit.Max {
		t.Errorf("limit %+v, %v; want the soft one at the hard one", limit, err)
	}
	if err := checkFileLimit(1); err != nil {
		t.Error(err)
	}
	if limit.Cur < 1<<40 {
		if err := checkFileLimit(int(limit.Cur)); err == nil {
			t.Error("as many connections as files leave none for the rest")
		}
	}
}
