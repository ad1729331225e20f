package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var hostilePriority = flag.String("hostile-priority", "",
	"of the attackers: idle, only when nobody else wants a core; `low`, the lowest share; equal to the server's. By default idle with -hostile-full, else low")

// priorities are commands that run another so.
var priorities = map[string][]string{
	"idle":  {"chrt", "--idle", "0"},
	"low":   {"chrt", "--other", "0", "nice", "-n", "19"},
	"equal": nil,
}

// attackersPriority is that of the flags. Those that are idle might not get to it
// at all beside other tests.
func attackersPriority() string {
	switch {
	case *hostilePriority != "":
		return *hostilePriority
	case *hostileFull:
		return "idle"
	}
	return "low"
}

// withPriority is a command that runs another with a priority.
func withPriority(name string, args ...string) *exec.Cmd {
	args = append(slices.Clone(priorities[name]), args...)
	return exec.Command(args[0], args[1:]...)
}

// attackers are an attack in a process of its own, with a priority of its own: they
// have the same cores as the server, and what is measured is what they cost it, not
// what they cost themselves. (The lowest share isn't enough for that: who has a core
// keeps it for some milliseconds, whatever his share.) Its methods may be called
// concurrently.
type attackers struct {
	// static after construction
	cmd   *exec.Cmd
	stdin io.Closer     // they go on until it is closed
	ended chan struct{} // closed when all they said has been read
	once  sync.Once

	mu   sync.Mutex
	last string // guarded by mu: what was seen so far
}

// attackVariable makes the test's binary the attackers' process.
const attackVariable = "HOSTILE_ATTACK"

// An attackOrder is what attackers are told to do.
type attackOrder struct {
	Pattern        string
	Local, Address string
	Clients        int
}

func init() {
	if text := os.Getenv(attackVariable); text != "" {
		obey(text)
		os.Exit(0)
	}
}

// obey does what it is ordered to until its input ends, and says what it sees.
func obey(text string) {
	var order attackOrder
	if err := json.Unmarshal([]byte(text), &order); err != nil {
		panic(err)
	}
	i := slices.IndexFunc(hostilePatterns, func(p hostilePattern) bool { return p.name == order.Pattern })
	a := newAttack(order.Local, order.Address, order.Clients)
	hostilePatterns[i].run(a)
	fmt.Println() // they have begun
	go func() {
		io.Copy(io.Discard, os.Stdin)
		a.end()
	}()
	for ended := false; !ended; time.Sleep(50 * time.Millisecond) {
		ended = a.ended()
		fmt.Println(a.outcome())
	}
	a.running.Wait()
	fmt.Println(a.outcome())
}

// startAttackers returns when they have begun. They end with the test.
func startAttackers(t *testing.T, order attackOrder) *attackers {
	t.Helper()
	return startAttackersAs(t, attackersPriority(), order)
}

func startAttackersAs(t *testing.T, priority string, order attackOrder) *attackers {
	t.Helper()
	text, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	a := &attackers{cmd: withPriority(priority, os.Args[0]), ended: make(chan struct{})}
	a.cmd.Env = cleanEnvironment(attackVariable + "=" + string(text))
	a.cmd.Stderr = os.Stderr
	stdin, err := a.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := a.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := a.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	a.stdin = stdin
	t.Cleanup(func() { a.end(t) })
	says := bufio.NewReader(stdout)
	_, err = says.ReadString('\n')
	go a.listen(says)
	if err != nil {
		t.Fatalf("the attackers didn't begin: %v", err)
	}
	return a
}

func (a *attackers) listen(says *bufio.Reader) {
	defer close(a.ended)
	for {
		line, err := says.ReadString('\n')
		if err != nil {
			return
		}
		a.mu.Lock()
		a.last = strings.TrimSpace(line)
		a.mu.Unlock()
	}
}

// outcome says what they have seen, how often.
func (a *attackers) outcome() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// await waits until an outcome that is wanted has been seen, or for a while, and
// reports whether it has: a server that is busy gets to it later, and so do they.
// What is held is told at the end only, and isn't waited for.
func (a *attackers) await(want string, patience time.Duration) (seen bool) {
	if strings.Contains(want, "held") {
		return false
	}
	wanted := regexp.MustCompile(want)
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(20 * time.Millisecond) {
		if wanted.MatchString(a.outcome()) {
			return true
		}
	}
	return false
}

// end has them hang up, and waits.
func (a *attackers) end(t *testing.T) {
	t.Helper()
	a.once.Do(func() {
		a.stdin.Close()
		<-a.ended
		if err := a.cmd.Wait(); err != nil {
			t.Errorf("the attackers: %v", err)
		}
	})
}
