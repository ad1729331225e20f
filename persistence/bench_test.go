package persistence_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"roomd/persistence"
)

// A record and message as a room stores for one sendMessage.
const recordBytes = 200

// benchRooms is the number of rooms that a large commit is spread over.
const benchRooms = 50

// BenchmarkCommit commits records with a message each, beside bare bbolt putting the same bytes
// under keys of the same length.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("bolt/records=%d", n), func(b *testing.B) {
			s := openBolt(b, b.TempDir())
			defer closeStore(b, s)
			benchmarkCommit(b, s, n)
		})
		b.Run(fmt.Sprintf("memory/records=%d", n), func(b *testing.B) { benchmarkCommit(b, persistence.NewMemory(), n) })
		b.Run(fmt.Sprintf("bare/records=%d", n), func(b *testing.B) { benchmarkBare(b, n) })
	}
}

func benchmarkCommit(b *testing.B, s persistence.Store, n int) {
	rooms := min(n, benchRooms)
	data := make([]byte, recordBytes)
	changes := make([]persistence.Change, rooms)
	last := uint64(0) // of every room
	for b.Loop() {
		for r := range changes {
			c := persistence.Change{Room: fmt.Sprintf("room-%d", r)}
			for i := range n / rooms {
				number := last + uint64(i) + 1
				c.Records = append(c.Records, persistence.Record{Number: number, Data: data})
				c.Messages = append(c.Messages, persistence.Message{Seq: number, Data: data})
			}
			if last%4096+uint64(n/rooms) >= 4096 { // as rooms do now and then; the limit is 10,000
				c.Snapshot, c.SnapshotNumber = data, last
			}
			changes[r] = c
		}
		last += uint64(n / rooms)
		if err := s.Commit(changes...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
}

func benchmarkBare(b *testing.B, n int) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, &bbolt.Options{InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rooms, data, last := min(n, benchRooms), make([]byte, recordBytes), uint64(0)
	buckets := [][]byte{[]byte("records"), []byte("messages")}
	for b.Loop() {
		err := db.Update(func(tx *bbolt.Tx) error {
			for _, name := range buckets {
				bucket, err := tx.CreateBucketIfNotExists(name)
				if err != nil {
					return err
				}
				for r := range rooms {
					for i := range n / rooms {
						key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(r)), last+uint64(i)+1)
						if err := bucket.Put(key, data); err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		last += uint64(n / rooms)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkMessages reads the last page of 50 and one from the middle, of rooms of 1,000 and of 1,000,000 messages.
func BenchmarkMessages(b *testing.B) {
	for _, size := range []int{1000, 1_000_000} {
		s := openBolt(b, b.TempDir())
		defer closeStore(b, s)
		const step = 50_000
		for first := 1; first <= size; first += step {
			commit(b, s, persistence.Change{Room: "r", Messages: messages(first, min(size, first+step-1))})
		}
		for name, q := range map[string]persistence.Query{
			"last":   {Before: persistence.Newest, Limit: 50},
			"middle": {After: uint64(size / 2), Limit: 50},
		} {
			b.Run(fmt.Sprintf("%s/of=%d", name, size), func(b *testing.B) {
				for b.Loop() {
					if page, err := s.Messages("r", q); err != nil || len(page) != 50 {
						b.Fatal(err, len(page))
					}
				}
			})
		}
		b.Run(fmt.Sprintf("trim-one/of=%d", size), func(b *testing.B) {
			bound := uint64(1)
			for b.Loop() {
				bound++
				commit(b, s, persistence.Change{Room: "r", TrimMessagesBefore: bound,
					Messages: []persistence.Message{{Seq: uint64(size) + bound}}})
			}
		})
	}
}

// BenchmarkStart opens a store of 100,000 rooms and lists them.
func BenchmarkStart(b *testing.B) {
	const rooms, summaryBytes = 100_000, 300
	folder := b.TempDir()
	s := openBolt(b, folder)
	var changes []persistence.Change
	for i := range rooms {
		changes = append(changes, persistence.Change{Room: fmt.Sprintf("room-%06d", i), Summary: make([]byte, summaryBytes),
			Snapshot: make([]byte, 500), Messages: messages(1, 5)})
		if len(changes) == persistence.CommitChangesMax {
			commit(b, s, changes...)
			changes = nil
		}
	}
	closeStore(b, s)
	for b.Loop() {
		s := openBolt(b, folder)
		n := 0
		if err := s.Rooms(func(string, []byte) error { n++; return nil }); err != nil || n != rooms {
			b.Fatal(err, n)
		}
		closeStore(b, s)
	}
}
