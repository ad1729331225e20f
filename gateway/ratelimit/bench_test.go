package ratelimit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// fast are rates that are never reached, so that what is measured is the way of
// an operation that is allowed.
func fast() Rates {
	var rates Rates
	for kind := range rates {
		r := Rate{1e9, 1e9}
		rates[kind] = Scopes{r, r, r}
	}
	return rates
}

func BenchmarkAllow(b *testing.B) {
	c := New(fast()).NewConnection("user", netip.MustParseAddr("192.0.2.1"))
	b.ReportAllocs()
	now := time.Now()
	for b.Loop() {
		now = now.Add(time.Microsecond)
		if _, ok := c.Allow(Event, now); !ok {
			b.Fatal("refused")
		}
	}
}

func BenchmarkRefuse(b *testing.B) {
	rates := fast()
	rates[Event].User = Rate{1e-6, 1}
	c := New(rates).NewConnection("user", netip.MustParseAddr("192.0.2.1"))
	now := time.Now()
	c.Allow(Event, now)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Microsecond)
		if _, ok := c.Allow(Event, now); ok {
			b.Fatal("allowed")
		}
	}
}

// BenchmarkAllowCrowd is 10,000 connections of as many users and addresses, on
// all cores.
func BenchmarkAllowCrowd(b *testing.B) {
	l := New(fast())
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		var crowd []*Connection
		for i := range 10_000 {
			address := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			crowd = append(crowd, l.NewConnection(fmt.Sprint("user", i), address))
		}
		for i := 0; pb.Next(); i++ {
			crowd[i%len(crowd)].Allow(Event, time.Now())
		}
	})
}

func BenchmarkAllowDisabled(b *testing.B) {
	var l *Limiter
	c := l.NewConnection("user", netip.MustParseAddr("192.0.2.1"))
	b.ReportAllocs()
	for b.Loop() {
		c.Allow(Event, time.Time{})
	}
}
