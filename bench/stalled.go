package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

// stalled are clients that came into a room and read nothing from then on. The
// server must keep the others from noticing, and may close them.
type stalled struct {
	mu    sync.Mutex
	conns []net.Conn // guarded by mu
}

// come connects so many and has them join the rooms by turns.
func (s *stalled) come(ctx context.Context, c *crowd, server string, count int) error {
	endpoint, err := endpoint(server)
	if err != nil {
		return err
	}
	return eachOf(ctx, count, func(i int) error { return s.comeOne(ctx, endpoint, i, c.rooms[i%len(c.rooms)].id) })
}

func (s *stalled) comeOne(ctx context.Context, endpoint string, index int, roomID string) error {
	name := fmt.Sprintf("stalled-%05d", index)
	netConn, partial, err := handshake(ctx, endpoint, &identity{UserID: name, Username: name})
	if err != nil {
		return fmt.Errorf("stalled reader %d: %w", index, err)
	}
	s.mu.Lock()
	s.conns = append(s.conns, netConn)
	s.mu.Unlock()
	if tcp, ok := netConn.(*net.TCPConn); ok {
		tcp.SetReadBuffer(stalledBufferBytes) // less for the kernel to take: the server notices sooner
	}
	argument, _ := json.Marshal(map[string]string{"roomId": roomID})
	if _, err := netConn.Write(clientFrame(ws.OpText, eventPacket(joinAckID, "joinRoom", argument))); err != nil {
		return fmt.Errorf("stalled reader %d: joinRoom: %w", index, err)
	}
	netConn.SetReadDeadline(time.Now().Add(joinTimeout))
	if err := awaitAck(netConn, partial); err != nil {
		return fmt.Errorf("stalled reader %d: joinRoom: %w", index, err)
	}
	return nil
}

// awaitAck reads up to the first ack.
func awaitAck(netConn net.Conn, data []byte) error {
	buffer := make([]byte, 4<<10)
	for {
		f, size, err := nextFrame(data)
		switch {
		case err != nil:
			return err
		case size > 0 && bytes.HasPrefix(f.payload, []byte("43")):
			if !bytes.Contains(f.payload, []byte(`"success":true`)) {
				return fmt.Errorf("refused: %.200s", f.payload)
			}
			return nil
		case size > 0:
			data = data[size:]
			continue
		}
		n, err := netConn.Read(buffer)
		if err != nil {
			return err
		}
		data = append(data, buffer[:n]...)
	}
}

// closed is how many of them the server has closed. They read again to find
// out, and it is called once, after the measured window.
func (s *stalled) closed(ctx context.Context) (int, error) {
	var closed atomic.Int64
	err := eachOf(ctx, len(s.conns), func(i int) error {
		buffer := make([]byte, readBufferBytes)
		for {
			s.conns[i].SetReadDeadline(time.Now().Add(quietTime))
			_, err := s.conns[i].Read(buffer)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return nil
			}
			if err != nil {
				closed.Add(1)
				return nil
			}
		}
	})
	return int(closed.Load()), err
}

// leave ends those that are left.
func (s *stalled) leave() {
	for _, netConn := range s.conns {
		netConn.Close()
	}
}
