package main

import (
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// arrivals are a listener to which the next connection comes so long after it has
// accepted one.
type arrivals struct {
	net.Listener
	every time.Duration
}

func (a arrivals) Accept() (net.Conn, error) {
	time.Sleep(a.every)
	return nil, nil // from no address
}

// What comes no faster than at the pace is never waited with, and what comes faster
// comes at the pace, but for the first, who find a listener that was at rest.
func TestAcceptPace(t *testing.T) {
	const (
		many  = 100 * acceptsAtOnceMax
		pace  = acceptsAtOnceTime / acceptsAtOnceMax
		whole = 98 * acceptsAtOnceTime // all but what the first two times bring
	)
	for _, c := range []struct {
		name        string
		max         int
		every       time.Duration
		connections int
		want        time.Duration // that they take in all
	}{
		{"one after another", acceptsAtOnceMax, time.Second, many, many * time.Second},
		{"at the pace", acceptsAtOnceMax, pace, many, many * pace},
		{"faster by a nanosecond", acceptsAtOnceMax, pace - 1, acceptsAtOnceMax*2 + 1, acceptsAtOnceMax*(pace-1) + acceptsAtOnceTime + pace - 1},
		{"at once, as many as may", acceptsAtOnceMax, 0, acceptsAtOnceMax * 2, 0},
		{"at once, one more", acceptsAtOnceMax, 0, acceptsAtOnceMax*2 + 1, acceptsAtOnceTime},
		{"a flood", acceptsAtOnceMax, 0, many, whole},
		{"a flood without a pace", 0, 0, many, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				l := &boundedListener{Listener: arrivals{every: c.every}, pace: acceptPace{max: c.max}}
				for range c.connections {
					if _, err := l.Accept(); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(begin); took != c.want {
					t.Errorf("took %s, want %s", took, c.want)
				}
			})
		})
	}
}
