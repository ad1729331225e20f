package actors

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
)

// TestNewsDeliveriesMax wants the less told the more watchers there are: who makes much
// news must not cost all of them.
func TestNewsDeliveriesMax(t *testing.T) {
	for watchers, want := range map[int]int{
		0: newsMax, 1: newsMax, newsDeliveriesMax / newsMax: newsMax,
		1_000: newsDeliveriesMax / 1_000, newsDeliveriesMax / newsMin: newsMin, newsDeliveriesMax: newsMin,
	} {
		told := 0
		f := newFeed(func(room.DirectoryEvent, room.ConnectionID) { told++ })
		for range watchers {
			f.watchers.put(new(Connection), struct{}{})
		}
		for i := range 2 * newsMax {
			f.change(room.Listing{ID: fmt.Sprint(i)}, "", false)
		}
		if told != newsMax { // the budget of when nobody watched
			t.Fatalf("%d were told at first", told)
		}
		for range 3 {
			before := told
			f.tick()
			for i := range newsMax { // they go, and others come
				f.end(fmt.Sprint(i))
				f.change(room.Listing{ID: fmt.Sprint("more ", told, i)}, "", false)
			}
			if got := told - before; got != want {
				t.Errorf("%d watchers: %d things were told, want %d", watchers, got, want)
			}
		}
	}
}

// TestCountsComeLast wants new rooms told before counts that are held back too.
func TestCountsComeLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []room.DirectoryEvent
		f := newFeed(func(e room.DirectoryEvent, _ room.ConnectionID) { told = append(told, e) })
		for i := range newsMax {
			f.change(room.Listing{ID: fmt.Sprint(i)}, "", false)
		}
		for i := range newsMax {
			f.change(room.Listing{ID: fmt.Sprint(i), UserCount: 1}, "", true)
		}
		time.Sleep(newsInterval)
		f.change(room.Listing{ID: "new"}, "", false)
		told = nil
		f.tick()
		if len(told) != newsMax {
			t.Fatalf("%d things were told", len(told))
		}
		if first, listed := told[0].(room.RoomListed); !listed || first.Listing.ID != "new" {
			t.Errorf("%+v was told first", told[0])
		}
	})
}
