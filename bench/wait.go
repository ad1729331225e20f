package bench

import (
	"context"
	"time"
)

// drain waits until every message sent so far has been answered and delivered
// to every member, or no more is to be hoped for.
func (c *crowd) drain(ctx context.Context) error {
	messages := int64(0)
	for _, sent := range c.sent {
		messages += int64(sent)
	}
	return awaitCount(ctx, c.clock, stallTimeout, drainTimeout, func() (int64, bool) {
		deliveries, acks := c.deliveries.Load(), c.acks.Load()
		wanted := (messages - c.refusals.Load()) * int64(c.perRoom)
		return deliveries + acks, deliveries >= wanted && acks >= messages
	})
}

// settle waits until the server has had nothing to say for a while: the news
// of a thousand joins is not part of the load, nor are late duplicates.
func (c *crowd) settle(ctx context.Context) error {
	return awaitCount(ctx, c.clock, quietTime, settleTimeout, func() (int64, bool) {
		return c.packets.Load(), false
	})
}

// awaitCount watches a count until it is done, has stood still for stall, or
// total has passed: none of them an error, as the count tells the rest.
func awaitCount(ctx context.Context, c clock, stall, total time.Duration, look func() (count int64, done bool)) error {
	ticker := time.NewTicker(progressInterval)
	defer ticker.Stop()
	begin := c.now()
	last, moved := int64(-1), begin
	for {
		count, done := look()
		now := c.now()
		if count != last {
			last, moved = count, now
		}
		if done || now-moved >= stall || now-begin >= total {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
