package ratelimit

import (
	"net/netip"
	"testing"
	"time"
)

func TestAddressesAllow(t *testing.T) {
	a := NewAddresses(Rate{10, 3})
	allowed := func(address string, at time.Duration) bool {
		return a.Allow(netip.MustParseAddr(address), morning.Add(at))
	}
	for _, tt := range []struct {
		address string
		at      time.Duration
		want    bool
	}{
		{"203.0.113.1", 0, true}, {"203.0.113.1", 0, true}, {"203.0.113.1", 0, true}, {"203.0.113.1", 0, false},
		{"203.0.113.2", 0, true},
		{"203.0.113.1", 99 * time.Millisecond, false},
		{"203.0.113.1", 100 * time.Millisecond, true}, // the refused one took nothing
		{"203.0.113.1", 100 * time.Millisecond, false},
	} {
		if got := allowed(tt.address, tt.at); got != tt.want {
			t.Errorf("%s after %s: %t", tt.address, tt.at, got)
		}
	}
}

// Each waits for those before it, up to waitMax; who would wait for longer takes
// nothing, and what is owed isn't forgotten.
func TestAddressesReserve(t *testing.T) {
	a := NewAddresses(Rate{1, 2})
	here := netip.MustParseAddr("203.0.113.1")
	want := func(at, wait time.Duration, ok bool) {
		t.Helper()
		got, gotOK := a.Reserve(here, morning.Add(at))
		if got != wait || gotOK != ok {
			t.Errorf("after %s: %s, %t, want %s, %t", at, got, gotOK, wait, ok)
		}
	}
	want(0, 0, true)
	want(0, 0, true)
	for i := range int(waitMax / time.Second) {
		want(0, time.Duration(1+i)*time.Second, true)
	}
	want(0, 0, false)
	want(0, 0, false)
	want(time.Second, waitMax, true)
	for i := range 4000 { // others come, and in time what nobody uses is forgotten
		a.Reserve(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), morning.Add(waitMax-time.Millisecond))
	}
	want(waitMax, 2*time.Second, true)
	want(20*time.Second, 0, true)
}

func TestAddressesWithoutLimit(t *testing.T) {
	here := netip.MustParseAddr("203.0.113.1")
	for name, tt := range map[string]struct {
		a       *Addresses
		address netip.Addr
	}{
		"none":               {nil, here},
		"zero rate":          {NewAddresses(Rate{}), here},
		"an unknown address": {NewAddresses(Rate{1, 1}), netip.Addr{}},
	} {
		for range 100 {
			if wait, ok := tt.a.Reserve(tt.address, morning); wait != 0 || !ok || !tt.a.Allow(tt.address, morning) {
				t.Fatalf("%s: limited", name)
			}
		}
	}
}
