package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors"
	"roomd/gateway/engineio"
)

// A fakeEnd is what ends, in virtual time: each step says when it began, and
// takes as long as it is told to, or until it is given up.
type fakeEnd struct {
	begin time.Time
	steps []string

	pacing, closing, requests, actors, flushing time.Duration
}

func (f *fakeEnd) note(step string) {
	f.steps = append(f.steps, fmt.Sprint(time.Since(f.begin), " ", step))
}

// wait reports whether it took no longer than the context lasts.
func wait(ctx context.Context, d time.Duration) bool {
	if ctx.Err() != nil {
		return false
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

type fakeGateway struct{ *fakeEnd }

func (f fakeGateway) Drain(ctx context.Context, pace engineio.DrainPace) (left int) {
	f.note(fmt.Sprintf("close %d/s within %s", pace.PerSecond, pace.TimeMax))
	if !wait(ctx, f.pacing) {
		return 7
	}
	return 0
}

func (f fakeGateway) Close() {
	time.Sleep(f.closing)
}

func (f fakeGateway) SessionCount() int { return 9 }

type fakeRequests struct{ *fakeEnd }

func (f fakeRequests) Shutdown(ctx context.Context) error {
	f.note("requests")
	if !wait(ctx, f.requests) {
		return ctx.Err()
	}
	return nil
}

func (f fakeRequests) Close() error {
	f.note("cut requests off")
	return nil
}

type fakeNode struct{ *fakeEnd }

func (f fakeNode) Drain() { f.note("node drains") }

func (f fakeNode) Shutdown(ctx context.Context, flushTimeout time.Duration) error {
	f.note("actors")
	var failed error
	if !wait(ctx, f.actors) {
		failed = errors.New("an actor is left")
	}
	f.note("journal")
	if f.flushing > flushTimeout {
		time.Sleep(flushTimeout)
		return errors.Join(failed, actors.ErrNotFlushed)
	}
	time.Sleep(f.flushing)
	return failed
}

var testEnding = endingConfig{delay: 3 * time.Second, time: 4 * time.Second, rate: 50, deadline: 25 * time.Second}

// TestEnding has each step take its time, and too long, to both sides of the
// bound. Of 25 s the actors have 5 at the end, and the disk 5, of which the store has 1.
func TestEnding(t *testing.T) {
	orderly := []string{"3s node drains", "3s close 50/s within 4s"}
	for name, c := range map[string]struct {
		fakeEnd
		steps []string // after those
		logs  []string
		fails bool
	}{
		"in order": {
			fakeEnd{pacing: 4 * time.Second, closing: time.Second, requests: time.Second - 1, actors: time.Second, flushing: 4 * time.Second},
			[]string{"8s requests", "8.999999999s actors", "9.999999999s journal"}, nil, false,
		},
		"requests take too long": {
			fakeEnd{requests: time.Second + 1},
			[]string{"3s requests", "4s cut requests off", "4s actors", "4s journal"},
			[]string{"connections without a client were cut off"}, false,
		},
		"clients are closed at the last moment": {
			fakeEnd{closing: 12*time.Second - 1},
			[]string{"14.999999999s requests", "14.999999999s actors", "14.999999999s journal"}, nil, false,
		},
		"a client is not closed": {
			fakeEnd{closing: 12*time.Second + 1},
			[]string{"15s requests", "15s cut requests off", "15s actors", "15s journal"},
			[]string{`msg="clients were still open" clients=9`}, false,
		},
		"no time for the pace": {
			fakeEnd{pacing: time.Hour, closing: time.Hour},
			[]string{"15s requests", "15s cut requests off", "15s actors", "15s journal"},
			[]string{`msg="no time to close clients one after another" clients=7`, `msg="clients were still open"`}, false,
		},
		"actors hang": {
			fakeEnd{actors: time.Hour, flushing: 4 * time.Second},
			[]string{"3s requests", "3s actors", "20s journal"},
			[]string{`msg="ended with something left" error="an actor is left"`}, false,
		},
		"all hangs but the disk": {
			fakeEnd{pacing: time.Hour, closing: time.Hour, requests: time.Hour, actors: time.Hour, flushing: 4 * time.Second},
			[]string{"15s requests", "15s cut requests off", "15s actors", "20s journal"},
			[]string{`msg="clients were still open"`, `msg="ended with something left" error="an actor is left"`}, false,
		},
		"the disk hangs": {
			fakeEnd{flushing: 4*time.Second + 1},
			[]string{"3s requests", "3s actors", "3s journal"},
			[]string{"the journal is not on disk"}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				f := c.fakeEnd
				f.begin = time.Now()
				e := ending{
					config: testEnding, log: slog.New(slog.NewTextHandler(&log, nil)),
					gateway: fakeGateway{&f}, requests: fakeRequests{&f}, node: fakeNode{&f},
				}
				err := e.run(make(chan error))
				if (err != nil) != c.fails {
					t.Errorf("failed with %v", err)
				}
				if took := time.Since(f.begin); took > testEnding.deadline-testEnding.storeTime() {
					t.Errorf("took %v", took)
				}
				steps := strings.Join(f.steps, ", ")
				if want := strings.Join(append(orderly[:2:2], c.steps...), ", "); steps != want {
					t.Errorf("got  %s\nwant %s", steps, want)
				}
				for _, want := range c.logs {
					if !strings.Contains(log.String(), want) {
						t.Errorf("the log has no %q:\n%s", want, &log)
					}
				}
				if c.logs == nil && strings.Contains(log.String(), "WARN") {
					t.Errorf("the log warns:\n%s", &log)
				}
				time.Sleep(2 * time.Hour) // for what was left
			})
		})
	}
}

func TestEndingSettings(t *testing.T) {
	good := testEnding
	for _, c := range []struct {
		change func(*endingConfig)
		wrong  string
	}{
		{func(*endingConfig) {}, ""},
		{func(e *endingConfig) { *e = endingConfig{rate: 1, deadline: time.Second} }, ""},
		{func(e *endingConfig) { e.deadline = 17 * time.Second }, ""},
		{func(e *endingConfig) { e.deadline = 11666 * time.Millisecond }, "shutdown-deadline"},
		{func(e *endingConfig) { e.deadline = time.Second - 1 }, "shutdown-deadline"},
		{func(e *endingConfig) { e.deadline = durationMax + 1 }, "shutdown-deadline"},
		{func(e *endingConfig) { e.delay = -1 }, "drain-delay"},
		{func(e *endingConfig) { e.time = -1 }, "drain-time"},
		{func(e *endingConfig) { e.rate = 0 }, "drain-rate"},
	} {
		e := good
		c.change(&e)
		err := e.check()
		if (err != nil) != (c.wrong != "") || err != nil && !strings.HasPrefix(err.Error(), c.wrong+":") {
			t.Errorf("%+v: %v, want %q", e, err, c.wrong)
		}
	}
}

// The store has what is left of the deadline, no more than the disk has anyway, and
// its own part in any case.
func TestStoreTimeLeft(t *testing.T) {
	for took, want := range map[time.Duration]time.Duration{
		3 * time.Second: 5 * time.Second, 20 * time.Second: 5 * time.Second, 22 * time.Second: 3 * time.Second,
		24 * time.Second: time.Second, time.Minute: time.Second,
	} {
		if got := testEnding.storeTimeLeft(took); got != want {
			t.Errorf("%s after %s, want %s", got, took, want)
		}
	}
}

// TestReadinessWhileDraining: from the first signal on a server is not ready, and
// serves as ever while the balancer finds out.
func TestReadinessWhileDraining(t *testing.T) {
	t.Parallel()
	const delay = 12 * time.Second // a busy machine needs some of it to ask
	s := startServer(t, "--data", t.TempDir(), "--drain-delay", delay.String(), "--shutdown-deadline", "40s")
	if ready := get(t, s.url+"/readyz"); ready.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", ready.StatusCode, ready.body)
	}
	began := time.Now()
	s.cmd.Process.Signal(syscall.SIGTERM)
	waitForLog(t, s, "msg=draining")
	unready := get(t, s.url+"/readyz")
	if want := `{"ready":false,"reasons":["draining"]}`; unready.StatusCode != http.StatusServiceUnavailable || strings.TrimSpace(unready.body) != want {
		t.Errorf("%d %s", unready.StatusCode, unready.body)
	}
	if alive := get(t, s.url+"/healthz"); alive.StatusCode != http.StatusOK {
		t.Errorf("%d %s", alive.StatusCode, alive.body)
	}
	openSession(t, s) // fails if it is refused
	<-s.exited
	if took := time.Since(began); took < delay {
		t.Errorf("ended after %s", took)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.log)
	}
	s.checkLog(t)
}

// waitForLog waits until a server has said something.
func waitForLog(t *testing.T, s *server, text string) {
	t.Helper()
	for deadline := time.Now().Add(startDeadline); !strings.Contains(s.log.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log has no %q:\n%s", text, s.log)
		}
	}
}

// TestNewClientsWhileDraining: who comes while others are being closed is told to
// go elsewhere, and who is there can go on.
func TestNewClientsWhileDraining(t *testing.T) {
	t.Parallel()
	s := startServer(t, "--data", t.TempDir(), "--drain-rate", "1", "--drain-time", "12s")
	address := strings.TrimPrefix(s.url, "http://")
	for range 12 { // the last of them is closed 11 s after the signal, or later
		conn, err := dialFrom("127.0.0.1", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		client := newRawClient(conn)
		if err := client.open(); err != nil {
			t.Fatal(err)
		}
		go io.Copy(io.Discard, conn)
	}
	s.cmd.Process.Signal(syscall.SIGTERM)
	waitForLog(t, s, "msg=draining")
	var refused response
	for refused.Response == nil || refused.StatusCode == http.StatusOK { // the signal is not yet everywhere
		refused = get(t, s.url+"/socket.io/?EIO=4&transport=polling")
	}
	if refused.StatusCode != http.StatusServiceUnavailable || refused.body != "Server shutting down" {
		t.Errorf("got %d %s", refused.StatusCode, refused.body)
	}
	if unready := get(t, s.url+"/readyz"); unready.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%d %s", unready.StatusCode, unready.body)
	}
	s.stop(t, 0) // no other signal: it ends by itself
}

// TestSecondSignal ends a server at once that would take its time.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startServer(t, "--data", data, "--drain-delay", "40s", "--shutdown-deadline", "1m10s")
	conn, err := dialFrom("127.0.0.1", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := newRawClient(conn)
	must := func(text, until string) string {
		t.Helper()
		if err := client.send(text); err != nil {
			t.Fatal(err)
		}
		reply, err := client.readUntil(until)
		if err != nil || !strings.HasPrefix(reply, until+`[{"success":true`) {
			t.Fatalf("%s: %.200s, %v", text, reply, err)
		}
		return reply
	}
	if err := errors.Join(client.open(), client.connect("anna")); err != nil {
		t.Fatal(err)
	}
	must(`420["createRoom",{"roomId":"kept","persistent":true}]`, "430")
	must(`421["sendMessage",{"roomId":"kept","text":"before"}]`, "431")
	s.cmd.Process.Signal(syscall.SIGTERM)
	waitForLog(t, s, "msg=draining")
	must(`422["sendMessage",{"roomId":"kept","text":"between"}]`, "432")
	began := time.Now()
	s.cmd.Process.Signal(syscall.SIGTERM)
	<-s.exited
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	if status := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", s.cmd.ProcessState)
	}
	next := startServer(t, "--data", data)
	conn, err = dialFrom("127.0.0.1", strings.TrimPrefix(next.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client = newRawClient(conn)
	if err := errors.Join(client.open(), client.connect("anna")); err != nil {
		t.Fatal(err)
	}
	history := must(`420["joinRoom",{"roomId":"kept","since":{"epoch":"","seq":0}}]`, "430")
	for _, text := range []string{`"text":"before"`, `"text":"between"`} {
		if !strings.Contains(history, text) {
			t.Errorf("%s is not in %s", text, history)
		}
	}
}
