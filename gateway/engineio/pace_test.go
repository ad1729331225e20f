package engineio

import (
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace: packets up to the rate never wait, those beyond come at the rate.
func TestPace(t *testing.T) {
	for _, c := range []struct {
		name    string
		rate    int
		packets int
		every   time.Duration
		want    time.Duration // that it takes in all
	}{
		{"no limit", 0, 1_000_000, 0, 0},
		{"the first half second's at once", 1000, 999, 0, 0},
		{"at the rate", 1000, 10_000, time.Millisecond, 10 * time.Second},
		{"ten times the rate", 1000, 10_000, 100 * time.Microsecond, 9550 * time.Millisecond},
		{"at once", 1000, 10_500, 0, 10 * time.Second},
		{"one a second", 1, 11, 0, 10 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				p := newPace(newPacing(c.rate, nil), nil)
				for range c.packets {
					time.Sleep(c.every)
					p.step(1)
				}
				if took := time.Since(begin); took != c.want {
					t.Errorf("took %s, want %s", took, c.want)
				}
			})
		})
	}
}

// A packet that takes longer to read counts as several.
func TestPaceOfLargePackets(t *testing.T) {
	for bytes, want := range map[int64]int{0: 1, 1: 1, paceBlockBytes - 1: 1, paceBlockBytes: 2, 1_000_000: 489} {
		if got := packetCost(bytes); got != want {
			t.Errorf("%d bytes cost %d, want %d", bytes, got, want)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		p := newPace(newPacing(100, nil), nil)
		for range 20 {
			p.step(75) // one and a half windows
		}
		if took := time.Since(begin); took != 14500*time.Millisecond {
			t.Errorf("took %s", took)
		}
	})
}

// Readers that never wait leave one another the processor: none is read for longer
// than a few turns while others have something to say.
func TestReadersTakeTurns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const readers, packets = 3, 100 * turnPackets
	var (
		mu                    sync.Mutex
		last, inARow, longest int
		ended                 bool // one of them has: the others have the processor for themselves
		begin                 = make(chan struct{})
		running               sync.WaitGroup
	)
	for reader := range readers {
		running.Go(func() {
			<-begin
			p := newPace(nil, nil)
			for range packets {
				p.step(1)
				mu.Lock()
				if inARow++; reader != last {
					last, inARow = reader, 1
				}
				if !ended {
					longest = max(longest, inARow)
				}
				mu.Unlock()
			}
			mu.Lock()
			defer mu.Unlock()
			ended = true
		})
	}
	close(begin)
	running.Wait()
	if longest > 4*turnPackets { // the scheduler lets one have two turns, now and then
		t.Errorf("one of them read %d packets at a stretch", longest)
	}
}

// Readers of one address that all have more to say than they may are read equally
// often, and one that says little waits for no more than a turn of each.
func TestReadersOfAnAddressTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const floods = 9
		done := make(chan struct{})
		shared := newSharedPace(1000, done)
		var read [floods]int
		var running sync.WaitGroup
		for i := range floods {
			running.Go(func() {
				p := newPace(nil, shared)
				for begin := time.Now(); time.Since(begin) < time.Minute; read[i]++ {
					p.step(1)
				}
			})
		}
		time.Sleep(time.Second)
		calm, longest := newPace(nil, shared), time.Duration(0)
		for range 100 {
			time.Sleep(500 * time.Millisecond)
			begin := time.Now()
			calm.step(1)
			longest = max(longest, time.Since(begin))
		}
		if turns := (floods + 1) * sharedStepPackets * time.Millisecond; longest == 0 || longest > turns {
			t.Errorf("one that says little waited for %s", longest)
		}
		running.Wait()
		for _, n := range read {
			if n < read[0]-100 || n > read[0]+100 { // some of them had what may come at once
				t.Errorf("read %d packets each", read)
				break
			}
		}
	})
}

// What a client floods on with when its session has ended, and nobody looks at, is
// read at its pace too, until its goodbye is over.
func TestDiscardIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, flood = 100, 4 << 20
		config := quietConfig()
		config.PacketsPerSecondMax = rate
		s := newMemoryServer(t, config)
		c, _ := s.openWebSocket()
		c.send("2") // a client's ping: its session ends
		begin, written := time.Now(), 0
		for block := make([]byte, 1<<10); written < flood; written += len(block) {
			if _, err := c.conn.Write(block); err != nil {
				break
			}
		}
		most := int((rate/2+rate*goodbyeTimeout.Seconds())*paceBlockBytes) + discardBlockBytes
		if written > most || written < rate/2*paceBlockBytes/2 {
			t.Errorf("%d bytes were read, of at most %d", written, most)
		}
		// At the deadline its next window is due, too: if that comes first, it is waited for.
		if took := time.Since(begin); took != goodbyeTimeout && took != goodbyeTimeout+time.Second/2 {
			t.Errorf("it had %s", took)
		}
	})
}

// All clients of an address together keep within its pace, in turn, whatever
// their own is, until the server is closed.
func TestSharedPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		shared := newSharedPace(1000, done)
		begin := time.Now()
		var running sync.WaitGroup
		for range 10 {
			running.Go(func() {
				p := newPace(nil, shared)
				for range 400 * sharedStepPackets {
					p.step(1)
				}
			})
		}
		running.Wait()
		if took := time.Since(begin); took != 32*time.Second-sharedBurst { // 32,000
			t.Errorf("took %s", took)
		}
		running.Go(func() { shared.pay(1_000_000) })
		time.Sleep(time.Minute)
		close(done)
		running.Wait()
		if took := time.Since(begin); took != 92*time.Second-sharedBurst {
			t.Errorf("ended after %s", took)
		}
	})
}

// A reader that waits for its own pace ends with the server.
func TestPaceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		p := newPace(newPacing(10, done), nil)
		begin := time.Now()
		time.AfterFunc(time.Second, func() { close(done) })
		p.step(10)
		p.step(1_000_000)
		if took := time.Since(begin); took != time.Second {
			t.Errorf("ended after %s", took)
		}
	})
}

// What costs far more than its packet waits for the pace of the address, beside
// what is read meanwhile.
func TestCharge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := newSharedPace(1000, nil)
		charged, unpaced := Session{shared: shared}, Session{}
		begin := time.Now()
		charged.Charge(50) // at once: sharedBurst
		unpaced.Charge(1_000_000)
		if took := time.Since(begin); took != 0 {
			t.Errorf("what may come at once waited %s", took)
		}
		reading := newPace(nil, shared)
		reading.step(sharedStepPackets)
		charged.Charge(10)
		if took := time.Since(begin); took != (sharedStepPackets+10)*time.Millisecond {
			t.Errorf("waited %s", took)
		}
	})
}

// Who ends a session and begins another one has no more packets at once for it,
// and when the pace has recovered the address is forgotten.
func TestPaceOutlivesSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Config{PacketsPerSecondPerAddressMax: 1000}
		s := NewServer(config, nil)
		client := netip.MustParseAddr("203.0.113.7")
		known := func() int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return len(s.places.byAddress)
		}
		begin := time.Now()
		for range 10 {
			if refused := s.takePlace(client); refused != nil {
				t.Fatal(refused)
			}
			s.sharedPaceOf(client).pay(1000)
			s.giveUp(client)
		}
		if took := time.Since(begin); took != 10*time.Second-sharedBurst {
			t.Errorf("10,000 packets in %s", took)
		}
		time.Sleep(sharedBurst - time.Nanosecond)
		synctest.Wait()
		if known() != 1 {
			t.Error("forgotten before the pace has recovered")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if known() != 0 {
			t.Error("not forgotten")
		}
	})
}

// Whatever a client floods the server with, on either transport, it is read no
// faster than the rate, and others notice nothing.
func TestFloodsArePaced(t *testing.T) {
	const rate, count = 200, 400 // at least a second and a half beyond the first half
	repeated := func(frame []byte) []byte { return []byte(strings.Repeat(string(frame), count)) }
	for name, flood := range map[string][]byte{
		"WebSocket pings": repeated(clientFrame(9, true, "p")),
		"pongs":           repeated(clientFrame(1, true, "3")),
		"noops":           repeated(clientFrame(1, true, "6")),
		"messages":        repeated(clientFrame(1, true, "4x")),
		"fragments":       append(clientFrame(1, false, "4"), repeated(clientFrame(0, false, ""))...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := quietConfig()
			config.PacketsPerSecondMax = rate
			s := newTCPServer(t, config)
			b := s.bystander()
			socket, _ := s.openWebSocket()
			begin := time.Now()
			socket.raw(flood)
			if name == "fragments" {
				socket.raw(clientFrame(0, true, "x"))
			}
			socket.send("4the end")
			b.wantUnharmed(t, s)
			eventually(t, "the flood is over", func() bool {
				texts := s.recorder(2).texts()
				return len(texts) > 0 && texts[len(texts)-1] == "the end"
			})
			if took := time.Since(begin); took < time.Second {
				t.Errorf("it was read in %s", took)
			}
		})
	}
	t.Run("a POST", func(t *testing.T) {
		t.Parallel()
		config := quietConfig()
		config.PacketsPerSecondMax = rate
		s := newTCPServer(t, config)
		b := s.bystander()
		sid := s.openPolling()
		begin := time.Now()
		s.post(sid, strings.Repeat("3\x1e", count)+"4the end").want(t, 200, "ok")
		b.wantUnharmed(t, s)
		if took := time.Since(begin); took < time.Second {
			t.Errorf("it was read in %s", took)
		}
	})
}

// Two clients of one address share its pace, one of another doesn't notice.
func TestFloodsOfAnAddressArePaced(t *testing.T) {
	config := quietConfig()
	config.PacketsPerSecondPerAddressMax = 800
	s := newTCPServer(t, config)
	b := s.bystander()
	var sockets []*socket
	for range 2 {
		flooder, _ := s.openWebSocket()
		sockets = append(sockets, flooder)
	}
	begin := time.Now()
	for _, socket := range sockets {
		socket.raw([]byte(strings.Repeat(string(clientFrame(1, true, "3")), 800)))
		socket.send("4the end")
	}
	b.wantUnharmed(t, s)
	eventually(t, "the flood is over", func() bool {
		return len(s.recorder(2).texts())+len(s.recorder(3).texts()) == 2
	})
	if took := time.Since(begin); took < time.Second { // it is two seconds' packets
		t.Errorf("it was read in %s", took)
	}
}

// A session that ends while its POST is paced doesn't wait for the rest.
func TestPacedPostEnds(t *testing.T) {
	config := quietConfig()
	config.PacketsPerSecondMax = 10
	s := newTCPServer(t, config)
	sid := s.openPolling()
	go s.post(sid, strings.Repeat("3\x1e", 10_000)+"3")
	eventually(t, "it is being read", func() bool {
		session := s.session(sid)
		session.mu.Lock()
		defer session.mu.Unlock()
		return session.taken
	})
	s.session(sid).abandon(ReasonForcedClose, nil)
	s.recorder(0).wantReason(t, ReasonForcedClose)
}
