package bench

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// errExitedGood is how a child ended that should not have ended.
var errExitedGood = errors.New("exit status 0")

// child is a process that must not outlive this one. Its methods are safe for
// concurrent use.
type child struct {
	// Static after construction.
	command *exec.Cmd
	exited  chan struct{}
	output  *tail

	err error // how it ended; set before exited is closed
}

func startChild(arguments []string) (*child, error) {
	c := &child{
		command: exec.Command(arguments[0], arguments[1:]...),
		exited:  make(chan struct{}),
		output:  &tail{},
	}
	c.command.Stdout = c.output
	c.command.Stderr = c.output
	c.command.WaitDelay = stopTimeout // for a grandchild that keeps the output open
	c.command.SysProcAttr = childAttributes()
	started := make(chan error)
	go c.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// run keeps its thread for as long as the child lives: the kernel kills the
// child when the thread that started it ends, not when the process does.
func (c *child) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := c.command.Start()
	started <- err
	if err != nil {
		return
	}
	if c.err = c.command.Wait(); c.err == nil {
		c.err = errExitedGood
	}
	close(c.exited)
}

func (c *child) pid() int { return c.command.Process.Pid }

// stop asks the child to end, then makes it. It returns when it has ended, or
// after twice stopTimeout.
func (c *child) stop() {
	c.command.Process.Signal(syscall.SIGTERM)
	if c.wait() {
		return
	}
	c.command.Process.Kill()
	c.wait()
}

func (c *child) wait() bool {
	select {
	case <-c.exited:
		return true
	case <-time.After(stopTimeout):
		return false
	}
}

// exitError is nil while the child runs.
func (c *child) exitError() error {
	select {
	case <-c.exited:
	default:
		return nil
	}
	return fmt.Errorf("it ended by itself: %w; its last output: %s", c.err, c.output)
}

// tail keeps the last bytes written to it. It is safe for concurrent use.
type tail struct {
	mu   sync.Mutex
	data []byte // guarded by mu
}

func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, data[max(0, len(data)-outputBytesMax):]...)
	if over := len(t.data) - outputBytesMax; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(data), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.data) == 0 {
		return "(none)"
	}
	return strings.TrimSpace(string(t.data))
}
