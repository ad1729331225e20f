package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"time"

	"roomd/actors"
	"roomd/gateway/engineio"
)

// endingConfig is how a server ends.
type endingConfig struct {
	delay    time.Duration // that it is not ready, but serves as ever
	time     time.Duration // that the closing of all clients takes at most
	rate     int           // clients closed a second, unless that took longer
	deadline time.Duration // for all of the end
}

func addEndingFlags(fs *flag.FlagSet, e *endingConfig) {
	fs.DurationVar(&e.delay, "drain-delay", 5*time.Second, "how long a server that is to end goes on as ever, but for /readyz: so that balancers send new clients elsewhere; in development mode 0 unless given")
	fs.DurationVar(&e.time, "drain-time", 10*time.Second, "how long the closing of clients takes at most then")
	fs.IntVar(&e.rate, "drain-rate", 500, "`clients` closed a second, more if there are too many for --drain-time")
	fs.DurationVar(&e.deadline, "shutdown-deadline", 25*time.Second, "how long the end takes at most in all")
}

// check refuses what can't be kept.
func (e endingConfig) check() error {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"drain-delay", e.delay}, {"drain-time", e.time}} {
		if d.value < 0 || d.value > durationMax {
			return fmt.Errorf("%s: %s is not between 0 and %s", d.name, d.value, durationMax)
		}
	}
	if e.rate < 1 || e.rate > maxConnectionsMax {
		return fmt.Errorf("drain-rate: %d is not between 1 and %d", e.rate, maxConnectionsMax)
	}
	if e.deadline < time.Second || e.deadline > durationMax {
		return fmt.Errorf("shutdown-deadline: %s is not between 1s and %s", e.deadline, durationMax)
	}
	if rest := 2 * e.flushTime(); e.deadline < e.delay+e.time+rest {
		return fmt.Errorf("shutdown-deadline: %s is less than --drain-delay, --drain-time and %s for the rest", e.deadline, rest)
	}
	return nil
}

// flushTime is the part of the deadline that is kept for the disk, whatever else
// takes too long. As much before it is kept for the actors, which give the disk the
// last of what is to be stored.
func (e endingConfig) flushTime() time.Duration { return min(flushTimeMax, e.deadline/5) }

// storeTime is what of that is for the closing of the store, when all is on disk.
func (e endingConfig) storeTime() time.Duration { return e.flushTime() / 5 }

// storeTimeLeft is that when the rest took so long: what the others have left is for
// the store too, on a disk that is slow, as long as flushTime.
func (e endingConfig) storeTimeLeft(took time.Duration) time.Duration {
	return max(e.storeTime(), min(e.flushTime(), e.deadline-took))
}

// An ending is the end of a server, from the first signal on:
//
//	not ready, serving ── delay ──▶ clients closed at a pace ──▶ requests under way ──▶ actors ──▶ journal
//
// What takes longer than there is time for is left, and said; the journal has
// time of its own. Clients aren't told to stay away, and rooms not that anybody
// has left.
type ending struct {
	config  endingConfig
	log     *slog.Logger
	gateway interface {
		Drain(context.Context, engineio.DrainPace) (left int)
		Close()
		SessionCount() int
	}
	requests interface { // of HTTP
		Shutdown(context.Context) error
		Close() error
	}
	node interface {
		Drain()
		Shutdown(context.Context, time.Duration) error
	}
}

// run ends the server. It returns within the deadline, and an error if something
// may not be on disk then. Serving fails when clients can't come in any more.
func (e *ending) run(serving <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), e.config.deadline-e.config.flushTime())
	defer cancel()
	clients, cancel := context.WithTimeout(ctx, e.config.deadline-2*e.config.flushTime())
	defer cancel()
	e.log.Info("draining", "delay", e.config.delay, "clients", e.gateway.SessionCount())
	select {
	case <-time.After(e.config.delay):
	case err := <-serving:
		e.log.Error("listener", "error", err)
	}
	e.node.Drain()
	e.closeClients(clients)
	e.endRequests(clients)
	if err := e.node.Shutdown(ctx, e.config.flushTime()-e.config.storeTime()); err != nil {
		e.log.Warn("ended with something left", "error", err)
		if errors.Is(err, actors.ErrNotFlushed) {
			return err
		}
	}
	return nil
}

// closeClients closes all transports, and waits until rooms know.
func (e *ending) closeClients(ctx context.Context) {
	pace := engineio.DrainPace{PerSecond: e.config.rate, TimeMax: e.config.time}
	if left := e.gateway.Drain(ctx, pace); left > 0 {
		e.log.Warn("no time to close clients one after another", "clients", left)
	}
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		e.gateway.Close()
	}()
	select {
	case <-closed:
	case <-ctx.Done():
		e.log.Warn("clients were still open", "clients", e.gateway.SessionCount())
	}
}

// endRequests lets requests under way end, and cuts off what else is connected.
func (e *ending) endRequests(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, requestsTimeout)
	defer cancel()
	if err := e.requests.Shutdown(ctx); err != nil {
		e.log.Info("connections without a client were cut off", "error", err)
		e.requests.Close()
	}
}
