package actors

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// manyRooms returns listings whose names share one word and have another of
// their own.
func manyRooms(n int) []room.Listing {
	listings := make([]room.Listing, n)
	for i := range listings {
		listings[i] = listing(fmt.Sprint("room ", i), fmt.Sprintf("tea %d", i), i, i%5)
	}
	return listings
}

// BenchmarkIndex is one page from the middle of a list, by activity and by a
// word that all names have. It must not depend on how many rooms there are.
func BenchmarkIndex(b *testing.B) {
	for _, rooms := range []int{100, 10_000, 100_000} {
		x := newRoomIndex()
		for _, l := range manyRooms(rooms) {
			x.put(l)
		}
		for what, search := range map[string]string{"page": "", "search": "tea"} {
			b.Run(fmt.Sprintf("%s/rooms=%d", what, rooms), func(b *testing.B) {
				q := room.ListRooms{Limit: 20, Search: search}
				page := alone(x.page)
				q.Cursor = page(q).(room.RoomsReply).Next
				b.ReportAllocs()
				for b.Loop() {
					if got := page(q).(room.RoomsReply); len(got.Rooms) != q.Limit {
						b.Fatalf("%d rooms", len(got.Rooms))
					}
				}
			})
		}
	}
}

// BenchmarkRestingPage is one page from the middle of a list of rooms at rest,
// read from a file, by activity, by a word that all names have, and by ids.
func BenchmarkRestingPage(b *testing.B) {
	for _, rooms := range []int{10_000, 100_000} {
		store, err := persistence.Open(filepath.Join(b.TempDir(), "data"))
		if err != nil {
			b.Fatal(err)
		}
		var ids []string
		for some := range slices.Chunk(manyRooms(rooms), 1_000) {
			var changes []persistence.Change
			for _, l := range some {
				l.UserCount, l.Persistent = 0, true
				summary, err := json.Marshal(l)
				if err != nil {
					b.Fatal(err)
				}
				ids = append(ids, l.ID)
				changes = append(changes, persistence.Change{Key: roomKey(l.ID), Owner: ownerEpoch, Summary: summary})
				changes = append(changes, entryChanges(room.Listing{}, l)...)
			}
			if err := store.Commit(changes...); err != nil {
				b.Fatal(err)
			}
		}
		x := newRoomIndex()
		middle := encodeRecent(recentKey{indexBegin.Add(time.Duration(rooms/2) * time.Millisecond), ""})
		for what, ask := range map[string]func(*restingRead) (room.Reply, fetch){
			"page": func(r *restingRead) (room.Reply, fetch) {
				return x.page(room.ListRooms{Limit: 20, Cursor: middle}, r)
			},
			"search": func(r *restingRead) (room.Reply, fetch) {
				return x.page(room.ListRooms{Limit: 20, Search: "tea", Cursor: encodeWord(wordKey{"tea", fmt.Sprint("room ", rooms/2)})}, r)
			},
			"mine": func(r *restingRead) (room.Reply, fetch) {
				return x.pageOf(ids[rooms/2:][:20], room.ListRooms{Limit: 20}, r)
			},
		} {
			b.Run(fmt.Sprintf("%s/rooms=%d", what, rooms), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					read := restingRead{recent: reach[recentKey]{to: recentKey{activity: time.UnixMilli(math.MaxInt64)}}}
					reply, lack := ask(&read)
					for ; lack != nil; reply, lack = ask(&read) {
						if err := lack(store); err != nil {
							b.Fatal(err)
						}
					}
					if page := reply.(room.RoomsReply); len(page.Rooms) != 20 {
						b.Fatalf("%d rooms", len(page.Rooms))
					}
				}
			})
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJoinTellsWatchers is what one join costs the directory that everybody
// watches. It must not depend on how many rooms there are.
func BenchmarkJoinTellsWatchers(b *testing.B) {
	const watchers = 5000
	for _, rooms := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("rooms=%d", rooms), func(b *testing.B) {
			n := &Node{config: Config{Store: persistence.NewMemory(), Encoder: oneFrame{}}, log: testLogger(&logBuffer{})}
			listings := manyRooms(rooms)
			d := newDirectory(n, &storedRooms{nearMax: rooms, near: listings, whole: true, rooms: rooms, public: rooms})
			outbox := &countingOutbox{}
			for i := range watchers {
				c := newConnection(n, room.User{}, room.ConnectionID(fmt.Sprint(i)), outbox)
				d.watch(&watch{connection: c})
			}
			joined := listings[rooms/2]
			d.change(&listingChanged{listing: joined})
			outbox.offered.Store(0)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				d.feed.budget = newsMax // as if a second had passed
				d.feed.rooms.entries[joined.ID].toldAt = time.Time{}
				joined.UserCount = 10 + i%2
				joined.LastActivity = joined.LastActivity.Add(time.Second)
				d.change(&listingChanged{listing: joined})
			}
			b.StopTimer()
			if got := outbox.offered.Load(); got != int64(b.N)*watchers {
				b.Fatalf("%d were told, want %d", got, b.N*watchers)
			}
		})
	}
}

// oneFrame encodes everything to one frame.
type oneFrame struct{ sameFrame }

func (f oneFrame) DirectoryEvent(room.DirectoryEvent, func() string) []Frame { return []Frame{f} }

// welcomeOutbox says when it is offered something.
type welcomeOutbox struct {
	countingOutbox
	offered chan struct{}
}

func (o *welcomeOutbox) Offer(Frame) {
	select {
	case o.offered <- struct{}{}:
	default:
	}
}

// BenchmarkWelcome is a connection from its beginning until it is told which
// rooms there are, of a user in as many rooms as it is told of: rooms that others
// are inside of, and rooms that have to be read from the store.
func BenchmarkWelcome(b *testing.B) {
	for _, passive := range []bool{false, true} {
		b.Run(fmt.Sprintf("passive=%v", passive), func(b *testing.B) {
			n, err := Start(Config{Store: persistence.NewMemory(), Encoder: oneFrame{}, Logger: testLogger(&logBuffer{})})
			if err != nil {
				b.Fatal(err)
			}
			defer n.Stop()
			outbox := &welcomeOutbox{offered: make(chan struct{}, 1)}
			connect := func(user string, i int) *Connection {
				c, err := n.Connect(room.User{ID: user, Name: user}, room.ConnectionID(fmt.Sprint(user, i)), outbox)
				if err != nil {
					b.Fatal(err)
				}
				<-outbox.offered
				return c
			}
			keeper, member := connect("keeper", 0), connect("member", 0)
			for i := range roomsListedMax {
				id := fmt.Sprint("room ", i)
				keeper.Do(id, create(room.Settings{Persistent: true}), func(room.Reply) {})
				for range room.HistoryEntriesMax {
					keeper.Do(id, room.Send{Text: "hello"}, func(room.Reply) {})
				}
				done := make(chan struct{})
				keeper.Do(id, room.Act{}, func(room.Reply) { close(done) })
				<-done
				joined := make(chan struct{})
				member.Do(id, room.Join{}, func(room.Reply) { close(joined) })
				<-joined
			}
			member.Close()
			inside := roomsListedMax
			if passive {
				keeper.Close()
				inside = 0
			} else {
				defer keeper.Close()
			}
			for n.RoomStats().TotalUsersInRooms != inside {
				runtime.Gosched()
			}
			<-outbox.offered // what it was offered meanwhile
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				connect("member", i+1).Close()
			}
		})
	}
}
