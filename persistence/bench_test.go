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

// benchKeys is the number of keys that a large commit is spread over.
const benchKeys = 50

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
	keys := min(n, benchKeys)
	data := make([]byte, recordBytes)
	changes := make([]persistence.Change, keys)
	last := uint64(0) // of every key
	for b.Loop() {
		for r := range changes {
			c := persistence.Change{Key: fmt.Sprintf("key-%d", r)}
			for i := range n / keys {
				number := last + uint64(i) + 1
				c.Records = append(c.Records, persistence.Record{Number: number, Data: data})
				c.Messages = append(c.Messages, persistence.Message{Seq: number, Data: data})
			}
			if last%4096+uint64(n/keys) >= 4096 { // as rooms do now and then; the limit is 10,000
				c.Snapshot, c.SnapshotNumber = data, last
			}
			changes[r] = c
		}
		last += uint64(n / keys)
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
	keys, data, last := min(n, benchKeys), make([]byte, recordBytes), uint64(0)
	buckets := [][]byte{[]byte("records"), []byte("messages")}
	for b.Loop() {
		err := db.Update(func(tx *bbolt.Tx) error {
			for _, name := range buckets {
				bucket, err := tx.CreateBucketIfNotExists(name)
				if err != nil {
					return err
				}
				for r := range keys {
					for i := range n / keys {
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
		last += uint64(n / keys)
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkMessages reads the last page of 50 and one from the middle, of keys of 1,000 and of 1,000,000 messages.
func BenchmarkMessages(b *testing.B) {
	for _, size := range []int{1000, 1_000_000} {
		s := openBolt(b, b.TempDir())
		defer closeStore(b, s)
		const step = 50_000
		for first := 1; first <= size; first += step {
			commit(b, s, persistence.Change{Key: "r", Messages: messages(first, min(size, first+step-1))})
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
				commit(b, s, persistence.Change{Key: "r", TrimMessagesBefore: bound,
					Messages: []persistence.Message{{Seq: uint64(size) + bound}}})
			}
		})
	}
}

// BenchmarkStart opens a store of 100,000 keys and lists them.
func BenchmarkStart(b *testing.B) {
	const keys, summaryBytes = 100_000, 300
	folder := b.TempDir()
	s := openBolt(b, folder)
	var changes []persistence.Change
	for i := range keys {
		changes = append(changes, persistence.Change{Key: fmt.Sprintf("key-%06d", i), Summary: make([]byte, summaryBytes),
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
		if err := s.Keys("", func(string, []byte) error { n++; return nil }); err != nil || n != keys {
			b.Fatal(err, n)
		}
		closeStore(b, s)
	}
}

// BenchmarkKeys lists ten keys by their prefix, of stores of very different sizes: it should cost the same.
func BenchmarkKeys(b *testing.B) {
	for _, size := range []int{1000, 200_000} {
		bolt := openBolt(b, b.TempDir())
		defer closeStore(b, bolt)
		for name, s := range map[string]persistence.Store{"bolt": bolt, "memory": persistence.NewMemory()} {
			for first := 0; first < size; first += persistence.CommitChangesMax {
				var changes []persistence.Change
				for i := first; i < min(size, first+persistence.CommitChangesMax); i++ {
					changes = append(changes, persistence.Change{Key: fmt.Sprintf("m/%06d/%d", i/10, i%10), Summary: make([]byte, 100)})
				}
				commit(b, s, changes...)
			}
			b.Run(fmt.Sprintf("%s/of=%d", name, size), func(b *testing.B) {
				for b.Loop() {
					n := 0
					if err := s.Keys("m/000050/", func(string, []byte) error { n++; return nil }); err != nil || n != 10 {
						b.Fatal(err, n)
					}
				}
			})
		}
	}
}
