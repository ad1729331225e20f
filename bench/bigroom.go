package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// BigRoom is the scenario of one room with many members, some of whom send, at
// a fixed total rate: each message is a delivery to every member, the sender
// included.
type BigRoom struct {
	Members int `json:"members"`
	// Senders are the first so many members.
	Senders int `json:"senders"`
	// RatePerSecond counts the messages of all senders together.
	RatePerSecond float64 `json:"ratePerSecond"`
	TextBytes     int     `json:"textBytes"` // of each message
	// Warmup is the time under the same load before the measured window.
	Warmup   time.Duration `json:"warmupNanos"`
	Duration time.Duration `json:"durationNanos"` // of the measured window
}

// DefaultBigRoom is the load that roomd's own figures are about.
func DefaultBigRoom() BigRoom {
	return BigRoom{
		Members:       1000,
		Senders:       10,
		RatePerSecond: 10,
		TextBytes:     100,
		Warmup:        2 * time.Second,
		Duration:      10 * time.Second,
	}
}

// Name implements Scenario.
func (BigRoom) Name() string { return "one big room" }

// Describe implements Scenario.
func (s BigRoom) Describe() string {
	return fmt.Sprintf("%d members, %d senders, %g messages/s of %d bytes, %v after %v warm-up",
		s.Members, s.Senders, s.RatePerSecond, s.TextBytes, s.Duration, s.Warmup)
}

// Validate implements Scenario.
func (s BigRoom) Validate() error {
	messages := s.RatePerSecond * s.Duration.Seconds()
	for _, rule := range []struct {
		ok   bool
		text string
	}{
		{s.Members >= 1 && s.Members <= membersMax, fmt.Sprintf("members: 1 to %d", membersMax)},
		{s.Senders >= 1 && s.Senders <= s.Members, "senders: 1 to the number of members"},
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
	return checkFileLimit(s.Members)
}

// Run implements Scenario.
func (s BigRoom) Run(ctx context.Context, server *Server) (Result, error) {
	c, err := newCrowd(s.Members, s.Senders, s.TextBytes, s.messagesPerSenderMax())
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	empty, _ := server.usage()
	if err := c.join(ctx, server.URL); err != nil {
		return Result{}, err
	}
	if err := c.settle(ctx); err != nil {
		return Result{}, err
	}
	if err := c.talk(ctx, s.RatePerSecond, s.Warmup); err != nil {
		return Result{}, fmt.Errorf("warm-up: %w", err)
	}
	meter := startMeter(server)
	c.measure()
	if err := c.talk(ctx, s.RatePerSecond, s.Duration); err != nil {
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
	return result, nil
}

// messagesPerSenderMax counts both windows: messages are dealt round.
func (s BigRoom) messagesPerSenderMax() uint32 {
	messages := s.RatePerSecond * (s.Warmup + s.Duration).Seconds()
	return uint32(messages)/uint32(s.Senders) + 2
}
