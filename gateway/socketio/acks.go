package socketio

import (
	"encoding/json"
	"errors"
	"time"
)

// Why an acknowledgement did not come.
var (
	ErrAckTimeout   = errors.New("socketio: no acknowledgement in time")
	ErrAcksPending  = errors.New("socketio: too many acknowledgements are awaited")
	ErrDisconnected = errors.New("socketio: the socket has ended")
)

// acks are the acknowledgements that a socket waits for. The zero value waits for none.
type acks struct {
	next    uint64 // the id of the next event that wants one
	pending map[uint64]pendingAck
}

// A pendingAck belongs to whoever takes it out of the map: that one calls done.
type pendingAck struct {
	done  AckFunc
	timer *time.Timer
}

// An AckFunc gets the client's answer, or the reason why there is none: [ErrAckTimeout],
// [ErrAcksPending] or [ErrDisconnected]. args and attachments are as an Event's.
type AckFunc = func(args []json.RawMessage, attachments [][]byte, err error)

// EmitWithAck sends an event, under the rules of [EncodeEvent], and calls done exactly once: with the
// client's answer, on the goroutine that reads from the client; after the timeout (0 means
// Config.AckTimeout), on a goroutine of its own; when the socket ends, before its receiver is told; or
// at once, before EmitWithAck returns, if the socket has ended or already waits for 128 answers.
func (s *Socket) EmitWithAck(name string, args []json.RawMessage, attachments [][]byte, timeout time.Duration, done AckFunc) {
	id, err := s.await(positiveOr(timeout, s.client.server.ackTimeout), done)
	if err != nil {
		done(nil, nil, err)
		return
	}
	// If it is dropped, the socket is ending, and that calls done.
	s.Send(encodeFrame(packet{kind: kindEvent, namespace: s.namespace, hasID: true, id: id, name: name, args: args}, attachments))
}

// await begins to wait for an acknowledgement.
func (s *Socket) await(timeout time.Duration, done AckFunc) (id uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return 0, ErrDisconnected
	}
	if len(s.acks.pending) >= acksPendingMax {
		return 0, ErrAcksPending
	}
	if s.acks.pending == nil {
		s.acks.pending = make(map[uint64]pendingAck)
	}
	id = s.acks.next
	s.acks.next++
	s.acks.pending[id] = pendingAck{done, time.AfterFunc(timeout, func() { s.expire(id) })}
	return id, nil
}

// take ends the wait for an acknowledgement. False means that nobody waits for it.
func (s *Socket) take(id uint64) (pendingAck, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ack, ok := s.acks.pending[id]
	delete(s.acks.pending, id)
	return ack, ok
}

// ack handles a client's answer. One that nobody waits for, perhaps no longer, is ignored.
func (s *Socket) ack(id uint64, args []json.RawMessage, attachments [][]byte) {
	if !s.enter() {
		return
	}
	defer s.leave()
	if ack, ok := s.take(id); ok {
		ack.timer.Stop()
		ack.done(args, attachments, nil)
	}
}

func (s *Socket) expire(id uint64) {
	if ack, ok := s.take(id); ok {
		s.fail(ack, ErrAckTimeout)
	}
}

// failAcks ends all waits of a socket that has ended.
func (s *Socket) failAcks() {
	s.mu.Lock()
	pending := s.acks.pending
	s.acks.pending = nil
	s.mu.Unlock()
	for _, ack := range pending {
		ack.timer.Stop()
		s.fail(ack, ErrDisconnected)
	}
}

func (s *Socket) fail(ack pendingAck, err error) {
	defer func() {
		if v := recover(); v != nil {
			s.panicked(v)
		}
	}()
	ack.done(nil, nil, err)
}
