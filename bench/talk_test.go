package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"
)

func smallRoom() Talk {
	return Talk{Title: "small", Rooms: 1, Burst: 1, Members: 50, Senders: 5, RatePerSecond: 40, TextBytes: 100, Warmup: 250 * time.Millisecond, Duration: time.Second}
}

func TestTalkOnTheFloor(t *testing.T) {
	scenario := smallRoom()
	server := &Server{Name: "floor", URL: "http://" + startFloor(t).Address()}
	r, err := scenario.Run(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" {
		t.Errorf("the floor: %s", faults)
	}
	if r.Sent != 40 || r.Deliveries != 40*50 {
		t.Errorf("%d sent, %d delivered; want 40, 2000", r.Sent, r.Deliveries)
	}
	if r.Latency.P50Millis <= 0 || r.Latency.MaxMillis < r.Latency.P99Millis || r.Latency.P99Millis < r.Latency.P50Millis {
		t.Errorf("latency %+v", r.Latency)
	}
	if r.BytesPerDelivery < 300 || r.BytesPerDelivery > 500 {
		t.Errorf("%v bytes a delivery", r.BytesPerDelivery)
	}
	if r.WindowSeconds < 0.9 || r.ServerCPUMicrosPerDelivery != 0 {
		t.Errorf("window %v s, CPU of an unknown process %v", r.WindowSeconds, r.ServerCPUMicrosPerDelivery)
	}
}

// A message belongs to one room: its members get it and nobody else does.
func TestTalkInManyRooms(t *testing.T) {
	scenario := smallRoom()
	scenario.Rooms, scenario.Members, scenario.Senders = 10, 5, 2
	server := &Server{Name: "floor", URL: "http://" + startFloor(t).Address()}
	r, err := scenario.Run(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" || r.Sent != 40 || r.Deliveries != 40*5 {
		t.Errorf("%d sent, %d delivered, faults %q; want 40, 200, none", r.Sent, r.Deliveries, faults)
	}
}

func TestTalkInAttachments(t *testing.T) {
	scenario := smallRoom()
	scenario.Binary = true
	r, err := scenario.Run(t.Context(), &Server{Name: "floor", URL: "http://" + startFloor(t).Address()})
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" || r.Deliveries != 40*50 || r.BytesPerDelivery < 200 {
		t.Errorf("%d delivered of %v bytes, faults %q; want 2000, none", r.Deliveries, r.BytesPerDelivery, faults)
	}
}

func TestTalkWhileOthersComeAndGo(t *testing.T) {
	scenario := smallRoom()
	scenario.VisitsPerSecond = 50
	r, err := scenario.Run(t.Context(), &Server{Name: "floor", URL: "http://" + startFloor(t).Address()})
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" || r.Deliveries != 40*50 {
		t.Errorf("%d delivered, faults %q; want 2000, none", r.Deliveries, faults)
	}
	if len(r.Figures) != 1 || r.Figures[0].Value < 1 { // on a busy machine not fifty
		t.Errorf("figures %+v, want some visits", r.Figures)
	}
}

// Those who don't read come in, and nothing of theirs is counted.
func TestTalkBesideStalledReaders(t *testing.T) {
	scenario := smallRoom()
	scenario.StalledReaders = 5
	r, err := scenario.Run(t.Context(), &Server{Name: "floor", URL: "http://" + startFloor(t).Address()})
	if err != nil {
		t.Fatal(err)
	}
	if faults := r.Faults(); faults != "" || r.Deliveries != 40*50 {
		t.Errorf("%d delivered, faults %q; want 2000, none", r.Deliveries, faults)
	}
	if len(r.Figures) != 1 || r.Figures[0].Value != 0 { // the floor closes nobody
		t.Errorf("figures %+v, want none closed", r.Figures)
	}
}

// A visitor that can't come in is an error.
func TestChurnWithoutServer(t *testing.T) {
	c, err := newCrowd(crowdSize{roomCount: 1, perRoom: 1, senders: 1, textBytes: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	f := startFloor(t)
	f.Close()
	if visits, err := c.churn(t.Context(), "http://"+f.Address(), 50); err == nil || visits != 0 {
		t.Errorf("%d visits, %v", visits, err)
	}
}

// What comes in another room than its sender's is a fault.
func TestCrowdCountsStrays(t *testing.T) {
	c, err := newCrowd(crowdSize{roomCount: 2, perRoom: 1, senders: 1, textBytes: 100, numbersMax: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	text := appendText(nil, c.tag, label{sender: 1}, 100)
	m := &member{crowd: c, room: c.rooms[0]}
	m.event(fmt.Appendf(nil, `2["newMessage",{"seq":1,"text":"%s"},"offset"]`, text), 0)
	if r := c.result(); r.Unknown != 1 {
		t.Errorf("result %+v, want one unknown", r)
	}
}

func TestTalkIsInterrupted(t *testing.T) {
	scenario := smallRoom()
	scenario.Duration = time.Hour
	server := &Server{URL: "http://" + startFloor(t).Address()}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := scenario.Run(ctx, server); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, want the deadline", err)
	}
}

func TestTalkWithoutServer(t *testing.T) {
	f := startFloor(t)
	f.Close()
	if _, err := smallRoom().Run(t.Context(), &Server{URL: "http://" + f.Address()}); err == nil {
		t.Error("ran without a server")
	}
}

// A server that goes away, when all are inside, costs a bounded wait, and shows
// in the result.
func TestTalkWhenTheServerGoesAway(t *testing.T) {
	scenario := smallRoom()
	f := startFloor(t)
	c, err := assemble(t.Context(), "http://"+f.Address(), scenario.size())
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	f.Close()
	if err := c.talk(t.Context(), schedule{rate: scenario.RatePerSecond, duration: scenario.Duration}); err != nil {
		t.Fatal(err)
	}
	if r := c.result(); r.Disconnected != 50 || r.Unsent == 0 || r.Note == "" {
		t.Errorf("result %+v, want all disconnected", r)
	}
}

func TestTalkValidate(t *testing.T) {
	if err := BigRoom().Validate(); err != nil {
		t.Errorf("the default: %v", err)
	}
	tests := []struct {
		name   string
		change func(*Talk)
	}{
		{"no member", func(s *Talk) { s.Members = 0 }},
		{"too many members", func(s *Talk) { s.Members = membersMax + 1 }},
		{"no room", func(s *Talk) { s.Rooms = 0 }},
		{"too many members of all rooms", func(s *Talk) { s.Rooms = membersMax }},
		{"no burst", func(s *Talk) { s.Burst = 0 }},
		{"too large a burst", func(s *Talk) { s.Burst = messagesMax + 1 }},
		{"visits below 0", func(s *Talk) { s.VisitsPerSecond = -1 }},
		{"stalled below 0", func(s *Talk) { s.StalledReaders = -1 }},
		{"no sender", func(s *Talk) { s.Senders = 0 }},
		{"more senders than members", func(s *Talk) { s.Senders = s.Members + 1 }},
		{"text too short", func(s *Talk) { s.TextBytes = textBytesMin - 1 }},
		{"text too long", func(s *Talk) { s.TextBytes = textBytesMax + 1 }},
		{"warm-up below 0", func(s *Talk) { s.Warmup = -1 }},
		{"warm-up too long", func(s *Talk) { s.Warmup = windowTimeMax + 1 }},
		{"no duration", func(s *Talk) { s.Duration = 0 }},
		{"duration too long", func(s *Talk) { s.Duration = windowTimeMax + 1 }},
		{"no rate", func(s *Talk) { s.RatePerSecond = 0 }},
		{"a rate that is no number", func(s *Talk) { s.RatePerSecond = math.NaN() }},
		{"endless rate", func(s *Talk) { s.RatePerSecond = math.Inf(1) }},
		{"not one message", func(s *Talk) { s.RatePerSecond = 0.01 }},
		{"too many messages", func(s *Talk) { s.Members, s.Senders, s.RatePerSecond = 1, 1, messagesMax/10+1 }},
		{"too many deliveries", func(s *Talk) { s.RatePerSecond = deliveriesMax/1000/10 + 1 }},
	}
	for _, test := range tests {
		scenario := BigRoom()
		test.change(&scenario)
		if err := scenario.Validate(); err == nil {
			t.Errorf("%s is valid", test.name)
		}
	}
}

// A crowd fed by hand, to show that what a faulty server sends is counted.
func TestCrowdCountsFaults(t *testing.T) {
	c, err := newCrowd(crowdSize{roomCount: 1, perRoom: 2, senders: 1, textBytes: 100, numbersMax: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	first, second := &member{crowd: c, room: c.rooms[0]}, &member{crowd: c, room: c.rooms[0], place: 1}
	deliver := func(m *member, number uint32, due time.Duration) {
		text := appendText(nil, c.tag, label{number: number, due: due}, 100)
		m.event(fmt.Appendf(nil, `2["newMessage",{"seq":%d,"text":"%s"}]`, number+1, text), due+5*time.Millisecond)
	}
	c.measureFrom.Store(int64(time.Second))
	c.sent[0] = 5
	deliver(first, 0, 0) // in the warm-up
	deliver(second, 0, 0)
	for _, number := range []uint32{1, 2, 2, 3} { // 2 twice
		deliver(first, number, time.Second)
	}
	for _, number := range []uint32{2, 1} { // 3 missing
		deliver(second, number, time.Second)
	}
	first.event([]byte(`2["userJoined",{}]`), 0)
	first.ack(messageAckID(3), []byte(`[{"success":true}]`))
	first.ack(messageAckID(4), []byte(`[{"success":false,"code":"rate_limited"}]`))
	second.joined = make(chan error, 1)
	second.closed(errServerClosed)
	r := c.result()
	want := Result{Deliveries: 6, Missing: 1, Reordered: 1, Duplicated: 1, Refused: 1, Unanswered: 3, Disconnected: 1,
		Latency: r.Latency, Quantiles: r.Quantiles, BytesPerDelivery: r.BytesPerDelivery, Note: "member 1 of room 0: closed by the server"}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	if r.Latency.MaxMillis < 5 || r.Latency.MaxMillis > 5.01 {
		t.Errorf("latency %+v, want 5 ms from the due time", r.Latency)
	}
}

// The client shares the machine with what it measures.
func TestDeliveryCostsTheClientNoAllocation(t *testing.T) {
	c, err := newCrowd(crowdSize{roomCount: 1, perRoom: 1, senders: 1, textBytes: 100, numbersMax: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	connection := newConn(&member{crowd: c, room: c.rooms[0]}, nil)
	var frames [][]byte
	const runs = 100
	for number := range uint32(runs + 1) { // AllocsPerRun warms up once
		text := appendText(nil, c.tag, label{number: number}, 100)
		frames = append(frames, textFrames(fmt.Sprintf(`42["newMessage",{"seq":%d,"text":"%s"}]`, number+1, text)))
	}
	c.measureFrom.Store(0)
	next := 0
	allocations := testing.AllocsPerRun(runs, func() {
		if err := connection.feed(frames[next], time.Millisecond); err != nil {
			t.Fatal(err)
		}
		next++
	})
	if allocations != 0 || c.measured.deliveries != runs+1 {
		t.Errorf("%v allocations a delivery, %d deliveries", allocations, c.measured.deliveries)
	}
}
