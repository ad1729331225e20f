package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// visitor is someone who comes into a room while it is measured, and goes.
// Nothing that it gets is counted.
type visitor struct{ answered chan error }

func (v visitor) answer(err error) {
	select {
	case v.answered <- err:
	default:
	}
}

// event implements receiver.
func (visitor) event([]byte, time.Duration) {}

// attachment implements receiver.
func (visitor) attachment([]byte, time.Duration) {}

// ack implements receiver.
func (v visitor) ack(uint64, []byte) { v.answer(nil) }

// closed implements receiver.
func (v visitor) closed(err error) { v.answer(err) }

// churn has visitors come and go at a rate until ctx ends, in the rooms by
// turns, and returns how many there were. A visitor that can't come in is an
// error.
func (c *crowd) churn(ctx context.Context, server string, perSecond float64) (visits int, err error) {
	endpoint, err := endpoint(server)
	if err != nil {
		return 0, err
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	s := schedule{begin: c.clock.now(), rate: perSecond, duration: windowTimeMax}
	_ = s.run(ctx, c.clock, func(index int, _ time.Duration) { // that it ended, the cause tells
		if err := c.visit(ctx, endpoint, index); err != nil {
			fail(err) // unless ctx has ended, which has broken the visit off
			return
		}
		visits++
	})
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return visits, err
	}
	return visits, nil
}

// visit is one visitor's stay.
func (c *crowd) visit(ctx context.Context, endpoint string, index int) error {
	name := fmt.Sprintf("visitor-%05d", index)
	netConn, partial, err := handshake(ctx, endpoint, &identity{UserID: name, Username: name})
	if err != nil {
		return fmt.Errorf("visitor %d: %w", index, err)
	}
	v := visitor{answered: make(chan error, 1)}
	connection := newConn(v, partial)
	if err := c.loop.add(netConn, &connection.stream); err != nil {
		return err
	}
	defer connection.leave()
	argument, _ := json.Marshal(map[string]string{"roomId": c.rooms[index%len(c.rooms)].id})
	if err := connection.emit(joinAckID, "joinRoom", argument); err != nil {
		return fmt.Errorf("visitor %d: %w", index, err)
	}
	select {
	case err = <-v.answered:
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(joinTimeout):
		err = errors.New("no answer")
	}
	if err != nil {
		return fmt.Errorf("visitor %d: joinRoom: %w", index, err)
	}
	return nil
}
