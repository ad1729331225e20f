package actors

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// The full size of what follows is -long-room 1000000 -beside 1m.
var (
	longRoomSize = flag.Int("long-room", 20_000, "messages of the long room in benchmarks of history")
	besideTime   = flag.Duration("beside", 2*time.Second, "time for which benchmarks of history commit, alone and beside something")
)

// historyNode is a node on disk with a room of so many messages, and a client
// that is a member of it.
type historyNode struct {
	*Node
	b      *testing.B
	folder string
	store  persistence.Store
	client *Connection
}

func openHistory(b *testing.B, messages int, keeps Retention) *historyNode {
	b.Helper()
	h := &historyNode{b: b, folder: b.TempDir()}
	h.open(keeps)
	h.do("long", create(room.Settings{Persistent: true}))
	h.do("other", create(room.Settings{Persistent: true}))
	h.stop()
	store, err := persistence.Open(h.folder)
	if err != nil {
		b.Fatal(err)
	}
	change := persistence.Change{Key: roomKey("long"), Owner: ownerEpoch}
	for seq := 1; seq <= messages; seq++ {
		m := room.Message{ID: fmt.Sprint("e-", seq), Seq: uint64(seq), Sender: room.User{ID: "u", Name: "U"}, Text: fmt.Sprintf("%0200d", seq), At: time.Now()}
		if err := addEntry(&change, room.Entry{Message: &m}); err != nil {
			b.Fatal(err)
		}
		if len(change.Messages) == 20_000 || seq == messages {
			if err := store.Commit(change); err != nil {
				b.Fatal(err)
			}
			change.Messages = nil
		}
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	// The room takes them in when it is read, and has a snapshot when it leaves memory.
	h.open(keeps)
	h.do("long", room.Join{})
	h.stop()
	h.open(keeps)
	b.Cleanup(func() {
		h.stop()
		time.Sleep(throttleTimeout)
	})
	return h
}

func (h *historyNode) open(keeps Retention) {
	h.b.Helper()
	var err error
	if h.store, err = persistence.Open(h.folder); err != nil {
		h.b.Fatal(err)
	}
	if h.Node, err = Start(Config{Store: h.store, Encoder: sameFrame{}, Logger: testLogger(&logBuffer{}), Retention: keeps}); err != nil {
		h.b.Fatal(err)
	}
	if h.client, err = h.Connect(room.User{ID: "u", Name: "U"}, "c", &countingOutbox{}); err != nil {
		h.b.Fatal(err)
	}
}

func (h *historyNode) stop() {
	h.client.Close()
	h.Stop()
	if err := h.store.Close(); err != nil {
		h.b.Error(err)
	}
}

// do gives a command, and returns its reply and how long that took.
func (h *historyNode) do(roomID string, command room.Command) (room.Reply, time.Duration) {
	h.b.Helper()
	replied := make(chan room.Reply, 1)
	begin := time.Now()
	h.client.Do(roomID, command, func(r room.Reply) { replied <- r })
	reply := <-replied
	if refusal, refused := reply.(*room.Error); refused {
		h.b.Errorf("%T: %v", command, refusal)
	}
	return reply, time.Since(begin)
}

// BenchmarkLongHistory asks a room of 1,000 messages, and one of -long-room, for
// what clients ask: to come in when it is not in memory, and for pages from
// several places.
func BenchmarkLongHistory(b *testing.B) {
	for _, messages := range []int{1_000, *longRoomSize} {
		b.Run(fmt.Sprintf("messages=%d", messages), func(b *testing.B) {
			h := openHistory(b, messages, Retention{})
			middle := uint64(messages / 2)
			for _, q := range []struct {
				name    string
				command room.GetHistory
			}{
				{"last", room.GetHistory{Limit: 50}},
				{"before-middle", room.GetHistory{Before: middle, Limit: 50}},
				{"after-middle", room.GetHistory{After: middle, HasAfter: true, Limit: 50}},
				{"first", room.GetHistory{HasAfter: true, Limit: 50}},
			} {
				b.Run(q.name, func(b *testing.B) {
					for b.Loop() {
						if r, _ := h.do("long", q.command); len(r.(room.HistoryReply).Messages) != 50 {
							b.Fatalf("%+v", r)
						}
					}
				})
			}
			b.Run("join", func(b *testing.B) {
				for b.Loop() {
					if r, _ := h.do("long", room.Join{}); len(r.(room.JoinReply).Messages) != 50 {
						b.Fatalf("%+v", r)
					}
					h.do("long", room.Leave{}) // and out of memory
				}
			})
			b.Run("trim", func(b *testing.B) { benchmarkTrim(b, h) })
		})
	}
}

// benchmarkTrim removes as many as one step of retention does.
func benchmarkTrim(b *testing.B, h *historyNode) {
	const step = 10
	for seq := uint64(step); b.Loop(); seq += step {
		if err := h.retention.trimBefore(roomKey("long"), seq); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCommitBeside has a client say something again and again in a
// persistent room, by turns alone and while something else is done beside it,
// for -beside each, and reports how long an answer took.
func BenchmarkCommitBeside(b *testing.B) {
	b.Run("reader", func(b *testing.B) {
		h := openHistory(b, *longRoomSize, Retention{})
		reader := &historyNode{Node: h.Node, b: b}
		var err error
		if reader.client, err = h.Connect(room.User{ID: "u", Name: "U"}, "reader", &countingOutbox{}); err != nil {
			b.Fatal(err)
		}
		defer reader.client.Close()
		reader.do("long", room.Join{}) // or each page would begin with reading the room itself
		after := uint64(0)
		commitBeside(b, h, func() {
			r, _ := reader.do("long", room.GetHistory{After: after, HasAfter: true, Limit: room.PageMax})
			page := r.(room.HistoryReply)
			after = 0
			if page.HasMore {
				after = page.Messages[len(page.Messages)-1].Seq
			}
		})
	})
	b.Run("trimming", func(b *testing.B) {
		h := openHistory(b, *longRoomSize, Retention{MessagesMax: uint64(*longRoomSize)}) // none is due by itself
		seq := uint64(0)
		commitBeside(b, h, func() {
			begin := time.Now()
			if seq += trimStep; seq < uint64(*longRoomSize) {
				if err := h.retention.trimBefore(roomKey("long"), seq); err != nil {
					b.Error(err)
				}
			}
			time.Sleep(time.Since(begin) * retentionPauses)
		})
	})
}

// commitBeside does something again and again in every second part of the time.
func commitBeside(b *testing.B, h *historyNode, beside func()) {
	const parts = 10
	h.do("other", room.Join{})
	said := func(d time.Duration) (times []time.Duration) {
		for end := time.Now().Add(d); time.Now().Before(end); {
			_, took := h.do("other", send("hello"))
			times = append(times, took)
		}
		return times
	}
	var without, with []time.Duration
	done := 0
	for range parts {
		without = append(without, said(*besideTime/parts)...)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
					beside()
					done++
				}
			}
		}()
		with = append(with, said(*besideTime/parts)...)
		close(stop)
		<-ended
	}
	micros := func(times []time.Duration, part float64) float64 {
		slices.Sort(times)
		return float64(times[int(part*float64(len(times)-1))].Microseconds())
	}
	b.ReportMetric(micros(without, 0.5), "alone-p50-µs")
	b.ReportMetric(micros(with, 0.5), "beside-p50-µs")
	b.ReportMetric(micros(without, 0.99), "alone-p99-µs")
	b.ReportMetric(micros(with, 0.99), "beside-p99-µs")
	b.ReportMetric(float64(done), "done-beside")
	b.ReportMetric(0, "ns/op")
}
