package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"
)

// Talk is the scenario of rooms in which members send at a fixed total rate:
// each message is a delivery to every member of its room, the sender included.
type Talk struct {
	Title   string `json:"title"` // its name
	Rooms   int    `json:"rooms"`
	Members int    `json:"members"` // of each room
	// Senders are the first so many members of each room.
	Senders int `json:"senders"`
	// RatePerSecond counts the messages of all senders together.
	RatePerSecond float64 `json:"ratePerSecond"`
	// Burst is how many messages are due at one time, at the same rate.
	Burst      int  `json:"burst"`
	TextBytes  int  `json:"textBytes"` // of each message
	Persistent bool `json:"persistent"`
	// Binary makes each message an attachment of that many bytes, not stored.
	Binary bool `json:"binary"`
	// Polling has the members over HTTP long polling, each on two sockets.
	Polling bool `json:"polling"`
	// VisitsPerSecond is how many others come in and go in the measured window.
	VisitsPerSecond float64 `json:"visitsPerSecond"`
	// StalledReaders come into the rooms too, and read nothing from then on.
	StalledReaders int `json:"stalledReaders"`
	// Warmup is the time under the same load before the measured window.
	Warmup   time.Duration `json:"warmupNanos"`
	Duration time.Duration `json:"durationNanos"` // of the measured window
}

// BigRoom is scenario A: one big room that is quiet.
func BigRoom() Talk {
	return Talk{
		Title:         "big-room",
		Rooms:         1,
		Members:       1000,
		Senders:       10,
		RatePerSecond: 10,
		Burst:         1,
		TextBytes:     100,
		Warmup:        2 * time.Second,
		Duration:      10 * time.Second,
	}
}

// BusyRoom is scenario B: the same room, ten times as busy.
func BusyRoom() Talk {
	s := BigRoom()
	s.Title, s.RatePerSecond = "busy-room", 100
	return s
}

// SmallRooms is scenario C: 200 rooms of 10, with 25 messages a second each.
func SmallRooms() Talk {
	s := BigRoom()
	s.Title, s.Rooms, s.Members, s.Senders, s.RatePerSecond = "small-rooms", 200, 10, 5, 200*25
	return s
}

// DurableRoom is BusyRoom with messages that are on disk before anybody has
// them.
func DurableRoom() Talk {
	s := BusyRoom()
	s.Title, s.Persistent = "durable-room", true
	return s
}

// HugeRoom is 15,000 members with BigRoom's deliveries, three times over, and
// LargeRoom is as many deliveries to 1,000: what the size itself costs.
func HugeRoom() Talk {
	s := BigRoom()
	s.Title, s.Members, s.RatePerSecond = "huge-room", 15_000, 2
	return s
}

// LargeRoom is what HugeRoom compares with.
func LargeRoom() Talk {
	s := BigRoom()
	s.Title, s.RatePerSecond = "large-room", 30
	return s
}

// Churn is BigRoom with twenty visitors a second: each comes in, and goes.
func Churn() Talk {
	s := BigRoom()
	s.Title, s.VisitsPerSecond = "churn", 20
	return s
}

// Bursts is as many messages as BigRoom, fifty at a time.
func Bursts() Talk {
	s := BigRoom()
	s.Title, s.Burst = "bursts", 50
	return s
}

// Binary is BigRoom with attachments of 1 KiB.
func Binary() Talk {
	s := BigRoom()
	s.Title, s.Binary, s.TextBytes = "binary", true, 1<<10
	return s
}

// SlowReaders is 500 members with 50 messages a second of 4 KiB, and as many
// that don't read; EqualReaders is the same 500 without them.
func SlowReaders() Talk {
	s := EqualReaders()
	s.Title, s.StalledReaders = "slow-readers", 500
	return s
}

// EqualReaders is what SlowReaders compares with.
func EqualReaders() Talk {
	s := BigRoom()
	s.Title, s.Members, s.RatePerSecond, s.TextBytes = "equal-readers", 500, 50, 4<<10
	return s
}

// Polling is fifty rooms of twenty that have no WebSocket: every delivery takes
// a poll home.
func Polling() Talk {
	s := BigRoom()
	s.Title, s.Rooms, s.Members, s.Senders, s.RatePerSecond, s.Polling = "polling", 50, 20, 2, 200, true
	return s
}

// BigTexts is messages of the contract's longest text, in a smaller room.
func BigTexts() Talk {
	s := BigRoom()
	s.Title, s.Members, s.TextBytes = "big-texts", 200, textBytesMax
	return s
}

// Name implements Scenario.
func (s Talk) Name() string { return s.Title }

// Describe implements Scenario.
func (s Talk) Describe() string {
	about := fmt.Sprintf("%d members, %d senders, %g messages/s of %d bytes, %v after %v warm-up",
		s.Members, s.Senders, s.RatePerSecond, s.TextBytes, s.Duration, s.Warmup)
	if s.Rooms > 1 {
		about = fmt.Sprintf("%d rooms, each of ", s.Rooms) + about
	}
	if s.Burst > 1 {
		about += fmt.Sprintf(", %d at a time", s.Burst)
	}
	if s.VisitsPerSecond > 0 {
		about += fmt.Sprintf(", %g visitors/s", s.VisitsPerSecond)
	}
	if s.StalledReaders > 0 {
		about += fmt.Sprintf(", %d more that don't read", s.StalledReaders)
	}
	if s.Binary {
		about += ", binary"
	}
	if s.Polling {
		about += ", over long polling"
	}
	if s.Persistent {
		about += ", persistent"
	}
	return about
}

// Flags implements Scenario.
func (s *Talk) Flags(flags *flag.FlagSet) {
	flags.IntVar(&s.Rooms, "rooms", s.Rooms, "rooms")
	flags.IntVar(&s.Members, "members", s.Members, "members of each room")
	flags.IntVar(&s.Senders, "senders", s.Senders, "members of each room that send")
	flags.Float64Var(&s.RatePerSecond, "rate", s.RatePerSecond, "messages a second, of all senders together")
	flags.IntVar(&s.Burst, "burst", s.Burst, "messages due at one time")
	flags.IntVar(&s.TextBytes, "text-bytes", s.TextBytes, "length of each message's text")
	flags.BoolVar(&s.Persistent, "persistent", s.Persistent, "the rooms are persistent")
	flags.BoolVar(&s.Binary, "binary", s.Binary, "messages are attachments, not stored")
	flags.BoolVar(&s.Polling, "polling", s.Polling, "members are over HTTP long polling")
	flags.Float64Var(&s.VisitsPerSecond, "visits", s.VisitsPerSecond, "others a second that come in and go")
	flags.IntVar(&s.StalledReaders, "stalled", s.StalledReaders, "others that come in and don't read")
	flags.DurationVar(&s.Warmup, "warmup", s.Warmup, "time under load before the measured window")
	flags.DurationVar(&s.Duration, "duration", s.Duration, "the measured window")
}

// Validate implements Scenario.
func (s Talk) Validate() error {
	messages := s.RatePerSecond * s.Duration.Seconds()
	for _, rule := range []struct {
		ok   bool
		text string
	}{
		{s.Rooms >= 1 && s.Rooms <= membersMax, fmt.Sprintf("rooms: 1 to %d", membersMax)},
		{s.Members >= 1 && s.Members <= membersMax/max(s.Rooms, 1), fmt.Sprintf("members: 1 to %d in all rooms together", membersMax)},
		{s.Senders >= 1 && s.Senders <= s.Members, "senders: 1 to the number of members"},
		{s.Burst >= 1 && s.Burst <= messagesMax, fmt.Sprintf("burst: 1 to %d", messagesMax)},
		{s.VisitsPerSecond >= 0 && s.VisitsPerSecond <= membersMax, fmt.Sprintf("visits: 0 to %d a second", membersMax)},
		{s.StalledReaders >= 0 && s.StalledReaders <= membersMax, fmt.Sprintf("stalled: 0 to %d", membersMax)},
		{s.TextBytes >= textBytesMin && s.TextBytes <= textBytesMax, fmt.Sprintf("text bytes: %d to %d", textBytesMin, textBytesMax)},
		{s.Warmup >= 0 && s.Warmup <= windowTimeMax, fmt.Sprintf("warm-up: 0 to %v", windowTimeMax)},
		{s.Duration > 0 && s.Duration <= windowTimeMax, fmt.Sprintf("duration: above 0, to %v", windowTimeMax)},
		{s.RatePerSecond > 0 && messages >= 1 && messages <= messagesMax, fmt.Sprintf("rate and duration: 1 to %d messages", messagesMax)},
		{messages*float64(s.Members) <= deliveriesMax, fmt.Sprintf("rate, duration and members: %d deliveries at most", deliveriesMax)},
	} {
		if !rule.ok {
			return errors.New(rule.text)
		}
	}
	sockets := s.Rooms * s.Members
	if s.Polling {
		sockets *= 2 // of the poll, and of what is sent meanwhile
	}
	return checkFileLimit(sockets + s.StalledReaders)
}

// TimeNeeded implements Scenario.
func (s Talk) TimeNeeded() time.Duration {
	joins := time.Duration(s.Rooms*s.Members+s.StalledReaders) * joinTimeExpected
	if s.StalledReaders > 0 {
		joins += time.Duration(s.StalledReaders/dialersMax+1)*quietTime + settleTimeExpected
	}
	return joins + s.Warmup + s.Duration + 2*settleTimeExpected
}

// Run implements Scenario.
func (s Talk) Run(ctx context.Context, server *Server) (Result, error) {
	empty, _ := server.usage()
	c, err := assemble(ctx, server.URL, s.size())
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	var stalled stalled
	defer stalled.leave()
	if s.StalledReaders > 0 {
		if err := stalled.come(ctx, c, server.URL, s.StalledReaders); err != nil {
			return Result{}, err
		}
		if err := c.settle(ctx); err != nil {
			return Result{}, err
		}
	}
	if err := c.talk(ctx, schedule{rate: s.RatePerSecond, duration: s.Warmup, burst: s.Burst}); err != nil {
		return Result{}, fmt.Errorf("warm-up: %w", err)
	}
	meter := startMeter(server)
	c.measure()
	visits, err := s.window(ctx, c, server.URL)
	if err != nil {
		return Result{}, err
	}
	meter.stop(server)
	// What is delivered twice may still be on its way.
	if err := c.settle(ctx); err != nil {
		return Result{}, err
	}
	result := c.result()
	meter.report(&result)
	result.RSSEmptyBytes = empty.rssBytes
	if s.VisitsPerSecond > 0 {
		result.Figures = append(result.Figures, Figure{"visits", float64(visits)})
	}
	if s.StalledReaders > 0 {
		closed, err := stalled.closed(ctx)
		if err != nil {
			return Result{}, err
		}
		result.Figures = append(result.Figures, Figure{"stalled readers that were closed", float64(closed)})
	}
	return result, nil
}

// window is the measured load, and how many came in and went meanwhile.
func (s Talk) window(ctx context.Context, c *crowd, server string) (visits int, err error) {
	load := schedule{rate: s.RatePerSecond, duration: s.Duration, burst: s.Burst}
	if s.VisitsPerSecond == 0 {
		return 0, c.talk(ctx, load)
	}
	churning, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		var err error
		visits, err = c.churn(churning, server, s.VisitsPerSecond)
		ended <- err
	}()
	err = c.talk(ctx, load)
	stop()
	err = errors.Join(err, <-ended)
	return visits, err
}

func (s Talk) size() crowdSize {
	// Of both windows: messages are dealt round.
	messages := s.RatePerSecond * (s.Warmup + s.Duration).Seconds()
	return crowdSize{
		roomCount:  s.Rooms,
		perRoom:    s.Members,
		senders:    s.Senders,
		persistent: s.Persistent,
		binary:     s.Binary,
		polling:    s.Polling,
		textBytes:  s.TextBytes,
		numbersMax: uint32(messages)/uint32(s.Rooms*s.Senders) + 2,
	}
}
