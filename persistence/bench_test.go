package persistence_test

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"roomd/persistence"
)

// A record and message as a room stores for one sendMessage.
const recordBytes = 200

// benchKeys is the number of keys that a large commit is spread over.
const benchKeys = 50

// BenchmarkCommit commits records with a message each to a store in memory.
func BenchmarkCommit(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("memory/records=%d", n), func(b *testing.B) {
			commits := storeCommits(persistence.NewMemory(), n)
			for b.Loop() {
				must(b, commits())
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkOverhead commits records with a message each, in turn with bare bbolt putting the same bytes under keys of the
// same length: a disk's speed drifts, so only what is measured side by side can be compared. What counts is the
// quotient of the medians.
func BenchmarkOverhead(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			s := openBolt(b, b.TempDir())
			defer closeStore(b, s)
			db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, &bbolt.Options{InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType})
			must(b, err)
			defer func() { _ = db.Close() }()
			ours, bares := storeCommits(s, n), bareCommits(db, n)
			var our, bare []time.Duration
			for b.Loop() {
				our, bare = append(our, timed(b, ours)), append(bare, timed(b, bares))
			}
			us := func(d time.Duration) float64 { return float64(d) / 1e3 }
			b.ReportMetric(us(quantile(our, 0.5)), "store-µs")
			b.ReportMetric(us(quantile(bare, 0.5)), "bare-µs")
			b.ReportMetric(us(quantile(our, 0.5))/us(quantile(bare, 0.5)), "store/bare")
		})
	}
}

func timed(b *testing.B, fn func() error) time.Duration {
	began := time.Now()
	must(b, fn())
	return time.Since(began)
}

// quantile returns the time that this part of all doesn't exceed.
func quantile(times []time.Duration, part float64) time.Duration {
	slices.Sort(times)
	return times[min(int(part*float64(len(times))), len(times)-1)]
}

// storeCommits returns what commits n records and as many messages, spread over keys, each time it is called.
func storeCommits(s persistence.Store, n int) func() error {
	keys, data := min(n, benchKeys), make([]byte, recordBytes)
	changes := make([]persistence.Change, keys)
	last := uint64(0) // of every key
	return func() error {
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
		return s.Commit(changes...)
	}
}

// bareCommits does the same with bbolt alone.
func bareCommits(db *bbolt.DB, n int) func() error {
	keys, data, last := min(n, benchKeys), make([]byte, recordBytes), uint64(0)
	buckets := [][]byte{[]byte("records"), []byte("messages")}
	put := func(bucket *bbolt.Bucket) error {
		for r := range keys {
			for i := range n / keys {
				key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(r)), last+uint64(i)+1)
				if err := bucket.Put(key, data); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return func() error {
		err := db.Update(func(tx *bbolt.Tx) error {
			for _, name := range buckets {
				bucket, err := tx.CreateBucketIfNotExists(name)
				if err != nil {
					return err
				}
				if err := put(bucket); err != nil {
					return err
				}
			}
			return nil
		})
		last += uint64(n / keys)
		return err
	}
}

// BenchmarkReader commits, in turn for a while without and for a while with a reader that pages a long history, and
// reports how long a commit took. A read takes a short transaction and waits for a commit; a commit must not wait for
// reads. One that reads as fast as it can takes a processor for itself, so on two it is felt all the same.
func BenchmarkReader(b *testing.B) {
	for _, pause := range []time.Duration{0, time.Millisecond} {
		b.Run(fmt.Sprintf("pause=%s", pause), func(b *testing.B) { benchmarkReader(b, pause) })
	}
}

func benchmarkReader(b *testing.B, pause time.Duration) {
	const history, batch = 200_000, 100
	s := openBolt(b, b.TempDir())
	defer closeStore(b, s)
	for first := 1; first <= history; first += 20_000 {
		commit(b, s, persistence.Change{Key: "long", Messages: messages(first, first+19_999)})
	}
	commits := storeCommits(s, batch)
	var alone, beside []time.Duration
	pages := 0
	for b.Loop() {
		for range batch {
			alone = append(alone, timed(b, commits))
		}
		stop := make(chan struct{})
		var reading sync.WaitGroup
		reading.Go(func() { pages += readPages(b, s, pause, stop) })
		for range batch {
			beside = append(beside, timed(b, commits))
		}
		close(stop)
		reading.Wait()
	}
	ms := func(times []time.Duration, part float64) float64 { return float64(quantile(times, part)) / 1e6 }
	b.ReportMetric(ms(alone, 0.5), "alone-p50-ms")
	b.ReportMetric(ms(beside, 0.5), "beside-p50-ms")
	b.ReportMetric(ms(alone, 0.99), "alone-p99-ms")
	b.ReportMetric(ms(beside, 0.99), "beside-p99-ms")
	b.ReportMetric(float64(pages)/float64(b.N), "pages/op")
}

// readPages pages a history from its beginning, again and again, and returns how many pages it read.
func readPages(b *testing.B, s persistence.Store, pause time.Duration, stop <-chan struct{}) (pages int) {
	for after := uint64(0); ; pages++ {
		select {
		case <-stop:
			return pages
		case <-time.After(pause):
		}
		page, err := s.Messages("long", persistence.Query{After: after, Limit: 100})
		if err != nil {
			b.Error(err)
			return pages
		}
		after = 0
		if len(page) > 0 {
			after = page[len(page)-1].Seq
		}
	}
}

// BenchmarkCheck checks a store of 100 MB.
func BenchmarkCheck(b *testing.B) {
	folder := b.TempDir()
	s := openBolt(b, folder)
	const commits, perCommit, size = 50, 1000, 1500
	for i := range commits {
		var ms []persistence.Message
		for j := range perCommit {
			ms = append(ms, persistence.Message{Seq: uint64(i*perCommit + j + 1), Data: make([]byte, size)})
		}
		commit(b, s, persistence.Change{Key: fmt.Sprint(i % 10), Messages: ms})
	}
	closeStore(b, s)
	var bytes int64
	for b.Loop() {
		stats, err := persistence.Check(folder)
		must(b, err)
		bytes = stats.FileBytes
	}
	b.SetBytes(bytes)
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
