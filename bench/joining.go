package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// assemble returns a crowd that is in its rooms, and has heard of it. The caller
// closes it.
func assemble(ctx context.Context, server string, size crowdSize) (*crowd, error) {
	c, err := newCrowd(size)
	if err != nil {
		return nil, err
	}
	if err = c.join(ctx, server); err == nil {
		err = c.settle(ctx)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// join connects all members and has them join their rooms, some at a time: the
// first of each room before the others, as it may have to create it.
func (c *crowd) join(ctx context.Context, server string) error {
	endpoint, err := endpoint(server)
	if err != nil {
		return err
	}
	err = eachOf(ctx, len(c.rooms), func(i int) error { return c.joinOne(ctx, endpoint, i*c.perRoom) })
	if err != nil {
		return err
	}
	return eachOf(ctx, len(c.members), func(i int) error {
		if i%c.perRoom == 0 {
			return nil
		}
		return c.joinOne(ctx, endpoint, i)
	})
}

// joinRange is join for some members of rooms that needn't be created.
func (c *crowd) joinRange(ctx context.Context, server string, from, to int) error {
	endpoint, err := endpoint(server)
	if err != nil {
		return err
	}
	return eachOf(ctx, to-from, func(i int) error { return c.joinOne(ctx, endpoint, from+i) })
}

// eachOf calls do for 0 to count-1, up to dialersMax at a time, until one fails
// or ctx ends.
func eachOf(ctx context.Context, count int, do func(index int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	dialers := min(dialersMax, count)
	ended := make(chan struct{}, dialers)
	for range dialers {
		go func() {
			defer func() { ended <- struct{}{} }()
			for index := int(next.Add(1)) - 1; index < count && ctx.Err() == nil; index = int(next.Add(1)) - 1 {
				if err := do(index); err != nil {
					cancel(fmt.Errorf("member %d: %w", index, err))
				}
			}
		}()
	}
	for range dialers {
		<-ended
	}
	return context.Cause(ctx)
}

func (c *crowd) joinOne(ctx context.Context, endpoint string, index int) error {
	m, err := c.connect(ctx, endpoint, index)
	if err != nil {
		return err
	}
	return m.enter(ctx)
}

// connect connects one member, as far as CONNECT's reply.
func (c *crowd) connect(ctx context.Context, endpoint string, index int) (*member, error) {
	name := fmt.Sprintf("bench-%05d", index)
	who := &identity{UserID: name, Username: name}
	m := &member{crowd: c, room: c.rooms[index/c.perRoom], place: index % c.perRoom, joined: make(chan error, 1)}
	c.members[index] = m
	if c.polling {
		var err error
		m.conn, err = dialPolling(ctx, c.loop, endpoint, who, m)
		return m, err
	}
	netConn, partial, err := handshake(ctx, endpoint, who)
	if err != nil {
		return nil, err
	}
	connection := newConn(m, partial)
	m.conn = connection
	return m, c.loop.add(netConn, &connection.stream)
}

// enter has a member join its room, or create it.
func (m *member) enter(ctx context.Context) error {
	command, argument := "joinRoom", map[string]any{"roomId": m.room.id}
	if m.crowd.persistent && m.place == 0 {
		command, argument["persistent"] = "createRoom", true
	}
	data, _ := json.Marshal(argument)
	err := m.conn.emit(joinAckID, command, data)
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	select {
	case err = <-m.joined:
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(joinTimeout):
		err = errors.New("no answer")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}
