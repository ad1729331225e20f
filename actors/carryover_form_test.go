package actors

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"roomd/actors/room"
)

var update = flag.Bool("update", false, "write the file of the carryover's version anew; after a release it must stay")

// formerCarryover has something in each field, as the file has that is read below.
func formerCarryover() *carryover {
	at := time.Date(2026, 11, 27, 12, 0, 0, 5, time.UTC)
	ann := room.User{ID: "ann", Name: "Ann"}
	return &carryover{
		Version: 1, Generation: "generation", At: at, Secret: make([]byte, offsetKeyBytes), StreamIDs: 9,
		Streams: []carriedStream{{ID: 3, Last: 7, Frames: []carriedFrame{
			{Bytes: []byte("frame"), Except: "c1", Age: 3 * time.Second}, {Age: time.Second},
		}}},
		Connections: []carriedConnection{{
			ID: "c1", User: ann, Key: "key", Away: at, Expires: at.Add(time.Hour), Arrived: "arrived",
			Runs: []carriedRun{{Stream: 3, First: 5, Last: 7}}, Received: carriedPosition{Stream: 3, Number: 4},
			Newest: carriedPosition{Stream: 3, Number: 7}, Own: 3, Lost: true, Spoilt: true, Watches: true, Welcomed: true,
		}},
		Rooms:     []carriedRoom{{ID: "r", Epoch: "epoch", Seq: 12, Stream: 3, Inside: []int{0}}},
		Accounts:  []carriedAccount{{User: "ann", Stream: 3, Online: []room.User{{ID: "bob", Name: "Bob"}}}},
		Directory: carriedDirectory{Stream: 3, Rooms: []carriedNews{{ID: "r", Known: true, Told: 2}}},
	}
}

// TestCarryoverForm: what a process of version 1 has left is understood for as
// long as the version is 1. Who changes the form changes the version, and has
// -update write a file of that.
func TestCarryoverForm(t *testing.T) {
	want := formerCarryover()
	if want.Version != carryoverVersion {
		t.Fatalf("the file is of version %d", want.Version)
	}
	path := filepath.Join("testdata", "carryover", "v1.gob")
	if *update {
		writeCarryover(t, path, want)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeCarryover(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; want %+v", got, err, want)
	}
	wantNoZero(t, reflect.ValueOf(*want), "carryover")
}

func writeCarryover(t *testing.T, path string, c *carryover) {
	t.Helper()
	changes, err := c.changes()
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for _, m := range changes[1].Messages { // the first removes what was there
		data = append(data, m.Data...)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantNoZero wants something in each field, of lists in one element's, so that
// the file tells of all.
func wantNoZero(t *testing.T, v reflect.Value, name string) {
	t.Helper()
	switch {
	case v.IsZero():
		t.Errorf("%s is zero: the file says nothing of it", name)
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			wantNoZero(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	case v.Kind() == reflect.Slice && v.Index(0).Kind() == reflect.Struct:
		wantNoZero(t, v.Index(0), name)
	}
}
