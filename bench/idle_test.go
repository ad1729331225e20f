package bench

import (
	"context"
	"testing"
	"time"
)

// floorProcess is a floor whose process is known, so that figures are.
func floorProcess(t *testing.T) *Server {
	t.Helper()
	server, err := childTarget(t, "floor").Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	return server
}

func TestIdle(t *testing.T) {
	scenario := Idle{Connections: 100, Rooms: 10, Steps: 4, Wait: 10 * time.Millisecond}
	r, err := scenario.Run(t.Context(), floorProcess(t))
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" {
		t.Error(faults)
	}
	if len(r.Curves) != 1 || len(r.Curves[0].Points) != 5 || r.Curves[0].Points[4].X != 100 {
		t.Errorf("curves %+v", r.Curves)
	}
	if ok := r.RSSBytes > 0; ok && len(r.Figures) != 3 {
		t.Errorf("figures %+v", r.Figures)
	}
}

func TestStorm(t *testing.T) {
	scenario := Storm{Connections: 100, Rooms: 10}
	r, err := scenario.Run(t.Context(), floorProcess(t))
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" {
		t.Error(faults)
	}
	// A floor without news answers a join, and that is all.
	if r.RSSBytes > 0 && (len(r.Figures) != 6 || r.Figures[1].Value <= 0 || r.Figures[4].Value <= 0 || r.Figures[5].Value != 1) {
		t.Errorf("figures %+v", r.Figures)
	}
}

func TestCapacity(t *testing.T) {
	scenario := Capacity{Members: 20, Senders: 2, TextBytes: 100, Begin: 40, Growth: 2, Steps: 2, StepTime: 400 * time.Millisecond, P99Max: testTimeout}
	r, err := scenario.Run(t.Context(), floorProcess(t))
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" {
		t.Error(faults)
	}
	// The second step is good, and has 24 messages for 20.
	if len(r.Curves) != 2 || len(r.Curves[0].Points) != 2 || r.Deliveries != 24*20 || r.Figures[0].Value <= 0 || r.Note == "" {
		t.Errorf("result %+v", r)
	}
	scenario.P99Max = time.Nanosecond // no step can be good
	r, err = scenario.Run(t.Context(), floorProcess(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Figures[0].Value != 0 || len(r.Curves[0].Points) != 1 || r.Faults() != "" {
		t.Errorf("result %+v", r)
	}
}

func TestScenariosValidate(t *testing.T) {
	tests := []struct {
		name     string
		scenario interface{ Validate() error }
		ok       bool
	}{
		{"presence", DefaultPresence(), true},
		{"presence of one", Presence{Rooms: 1, Members: 1, MovesPerSecond: 1, Duration: time.Second}, false},
		{"presence without a move", Presence{Rooms: 1, Members: 2, Duration: time.Second}, false},
		{"idle", DefaultIdle(), true},
		{"idle in rooms of unlike size", Idle{Connections: 10, Rooms: 3, Steps: 1}, false},
		{"idle without a step", Idle{Connections: 10, Rooms: 1}, false},
		{"storm", DefaultStorm(), true},
		{"storm of nobody", Storm{Rooms: 1}, false},
		{"capacity", DefaultCapacity(), true},
		{"capacity that doesn't grow", func() Capacity { c := DefaultCapacity(); c.Growth = 1; return c }(), false},
		{"capacity of too large a last step", func() Capacity { c := DefaultCapacity(); c.Steps = roundsMax; return c }(), false},
	}
	for _, test := range tests {
		if err := test.scenario.Validate(); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestScenariosAreInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	idle := Idle{Connections: 10, Rooms: 1, Steps: 1, Wait: time.Hour}
	if _, err := idle.Run(ctx, &Server{URL: "http://" + startFloor(t).Address()}); err == nil {
		t.Error("ran to the end")
	}
}
