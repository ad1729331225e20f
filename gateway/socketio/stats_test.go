package socketio

import (
	"maps"
	"testing"

	"roomd/gateway/engineio"
)

func TestStats(t *testing.T) {
	app := newScripted()
	h := newHost(t, Config{}, app)
	client := h.openWebSocket()
	for _, c := range []struct {
		steps string
		want  map[string]int // sockets afterwards
	}{
		{``, map[string]int{}},
		{`> 40
		  < 40{"sid":"*"}
		  > 40/room1
		  < 40/room1,{"sid":"*"}`, map[string]int{"/": 1, "/room1": 1}},
		{`> 40/random
		  < 44/random,{"message":"Invalid namespace"}
		  > 40/panicking
		  < 44/panicking,{"message":"internal"}
		  > 40/early
		  < 42/early,["before"]
		  < 40/early,{"sid":"*"}
		  < 41/early,`, map[string]int{"/": 1, "/room1": 1}},
		{`> 41/room1,
		  > 42["echo",1]
		  < 42["echo",1]`, map[string]int{"/": 1}},
		{`> 40/room1
		  < 40/room1,{"sid":"*"}`, map[string]int{"/": 1, "/room1": 1}},
	} {
		h.run(client, app, c.steps)
		if got := h.server.Stats(); !maps.Equal(got.Sockets, c.want) || got.Engine.Sessions != 1 {
			t.Errorf("after%s\n%+v, want %v", c.steps, got, c.want)
		}
	}
	other := h.openWebSocket()
	h.run(other, app, `> 40
		< 40{"sid":"*"}`)
	got := h.server.Stats()
	if !maps.Equal(got.Sockets, map[string]int{"/": 2, "/room1": 1}) {
		t.Errorf("with two clients: %+v", got)
	}
	got.Sockets["/"] = 100 // the caller's
	h.server.Close(engineio.ReasonServerShutdown)
	if got := h.server.Stats(); len(got.Sockets) != 0 || got.Engine.Sessions != 0 || got.Engine.Closed != 2 {
		t.Errorf("closed: %+v", got)
	}
}
