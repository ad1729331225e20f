package gateway

import (
	"encoding/json"
	"time"

	"roomd/actors/room"
	"roomd/gateway/socketio"
)

// adminSession is one administrator's connection. Its socket calls it from one
// goroutine; its timers have their own for as long as they fire.
type adminSession struct {
	// static after construction
	admin  *admin
	socket *socketio.Socket
	who    administrator

	// owned by the socket's reader
	repeated []*repeated
	expiry   *time.Timer // nil: this administrator doesn't expire
}

// Connected begins to tell the administrator how the server is doing.
func (s *adminSession) Connected() {
	if !s.who.expires.IsZero() {
		s.expiry = time.AfterFunc(time.Until(s.who.expires), func() { s.socket.CloseTransport(reasonTokenExpired) })
	}
	if s.who.ui {
		s.tellUISession()
		s.tell("config", uiConfig{SupportedFeatures: []string{"AGGREGATED_EVENTS"}})
	} else {
		s.tellRoomStats()
		s.repeat(roomStatsInterval, s.tellRoomStats)
	}
	traffic := trafficSince{last: s.admin.stats().Engine}
	s.tell("server_stats", s.admin.serverStats(&traffic))
	s.repeat(serverStatsInterval, func() { s.tell("server_stats", s.admin.serverStats(&traffic)) })
}

// Event does what a command asks.
func (s *adminSession) Event(e socketio.Event) {
	c, known := adminCommands[e.Name]
	if !known {
		s.refuse(e, room.ErrUnknownEvent)
		return
	}
	q, err := readAdminRequest(c, e)
	if err != nil {
		s.refuse(e, err)
		return
	}
	reply, err := c.run(s.admin.node, q)
	if c.acts {
		s.logAction(e.Name, q, err)
	}
	if err != nil {
		s.refuse(e, err)
		return
	}
	s.reply(e, reply)
	if c.acts && !s.who.ui {
		s.tellRoomStats()
	}
}

// logAction keeps a trace of what was done, by whom and with what outcome.
func (s *adminSession) logAction(command string, q adminRequest, err *room.Error) {
	outcome := "done"
	if err != nil {
		outcome = string(err.Code)
	}
	attributes := []any{"command", command}
	if q.RoomID != "" {
		attributes = append(attributes, "room", q.RoomID)
	}
	if q.UserID != "" {
		attributes = append(attributes, "user", q.UserID)
	}
	s.admin.log.Info("admin action", append(attributes,
		"outcome", outcome, "admin", s.who.name, "connection", s.socket.ID())...)
}

// Disconnected ends what was begun. When it returns nothing more is asked of
// the node for this administrator.
func (s *adminSession) Disconnected(reason socketio.Reason) {
	if s.expiry != nil {
		s.expiry.Stop()
	}
	for _, r := range s.repeated {
		r.stop()
	}
	s.admin.log.Info("admin signed out", "admin", s.who.name, "connection", s.socket.ID(), "reason", reason.Name)
}

func (s *adminSession) reply(e socketio.Event, reply any) {
	if id, wanted := e.AckID(); wanted {
		s.socket.Send(socketio.EncodeAck(adminNamespace, id, []json.RawMessage{encode(reply)}, nil))
	}
}

func (s *adminSession) refuse(e socketio.Event, err *room.Error) {
	if _, wanted := e.AckID(); wanted {
		s.reply(e, newFailureReply(err))
		return
	}
	s.tell("error", newFailureEvent(err, e.Name))
}

func (s *adminSession) tell(event string, argument any) {
	s.socket.Send(socketio.EncodeEvent(adminNamespace, event, []json.RawMessage{encode(argument)}, nil))
}

func (s *adminSession) tellRoomStats() {
	s.tell("roomStats", newRoomStatsJSON(s.admin.node.RoomStats()))
}

// tellUISession tells the stock Admin UI the id of its new session, twice:
// before CONNECT's reply, as its own server does, and after it, since the page
// of version 0.5.1 loses what comes before.
func (s *adminSession) tellUISession() {
	if s.who.session != "" {
		s.tell("session", s.who.session)
	}
}

// repeat calls a function at an interval, until the administrator has gone.
func (s *adminSession) repeat(interval time.Duration, do func()) {
	s.repeated = append(s.repeated, newRepeated(interval, do))
}

// repeated is a function that is called at an interval, or later if it takes
// longer than that itself.
type repeated struct {
	interval time.Duration
	do       func()

	turn    chan struct{} // holds an entry while do runs: a lock that may be waited for
	timer   *time.Timer   // guarded by turn
	stopped bool          // guarded by turn
}

func newRepeated(interval time.Duration, do func()) *repeated {
	r := &repeated{interval: interval, do: do, turn: make(chan struct{}, 1)}
	r.turn <- struct{}{}
	defer r.release()
	r.timer = time.AfterFunc(interval, r.fire)
	return r
}

func (r *repeated) fire() {
	r.turn <- struct{}{}
	defer r.release()
	if r.stopped {
		return
	}
	r.do()
	r.timer.Reset(r.interval)
}

// stop waits for a call that is under way. After it there are no more.
func (r *repeated) stop() {
	r.turn <- struct{}{}
	defer r.release()
	r.stopped = true
	r.timer.Stop()
}

func (r *repeated) release() { <-r.turn }
