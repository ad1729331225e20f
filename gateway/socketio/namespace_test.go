package socketio

import (
	"testing"

	"roomd/gateway/engineio"
)

var connectScripts = []script{
	{"main namespace", `
		> 40
		app connect /
		app connected /
		< 40{"sid":"*"}`},
	{"payload unaltered", `
		> 40{"token": "<a>", "n":1.0}
		app connect / {"token": "<a>", "n":1.0}
		app connected /
		< 40{"sid":"*"}`},
	{"several namespaces", `
		> 40
		< 40{"sid":"*"}
		> 40/room1,{"a":1}
		< 40/room1,{"sid":"*"}
		> 40/room2
		< 40/room2,{"sid":"*"}
		> 42/room1,["echo",1]
		> 42["echo",2]
		> 42/room2,["echo",3]
		< 42/room1,["echo",1]
		< 42["echo",2]
		< 42/room2,["echo",3]
		app connect /
		app connected /
		app connect /room1 {"a":1}
		app connected /room1
		app connect /room2
		app connected /room2
		app event /room1 echo [1]
		app event / echo [2]
		app event /room2 echo [3]`},
	{"a query is part of the name, as in the reference", `
		> 40/room?x=y,
		< 40/room?x=y,{"sid":"*"}
		> 40/random?x=y,
		< 44/random?x=y,{"message":"Invalid namespace"}`},
	{"refused, and again", `
		> 40/random
		< 44/random,{"message":"Invalid namespace"}
		> 40/random,{}
		< 44/random,{"message":"Invalid namespace"}
		> 40
		< 40{"sid":"*"}`},
	{"refused with data", `
		> 40/refused
		< 44/refused,{"message":"Not <you>","data":{"code":"unauthorized"}}`},
	{"refused with a wrapped error", `
		> 40/wrapped
		< 44/wrapped,{"message":"Invalid namespace"}`},
	{"the application fails", `
		> 40/failing
		< 44/failing,{"message":"internal"}
		> 40/unencodable
		< 44/unencodable,{"message":"internal"}
		> 40/nobody
		< 44/nobody,{"message":"internal"}
		> 40/panicking
		< 44/panicking,{"message":"internal"}
		> 40
		< 40{"sid":"*"}`},
	{"sending and disconnecting while deciding", `
		> 40/early
		< 42/early,["before"]
		< 40/early,{"sid":"*"}
		< 41/early,
		app connect /early
		app connected /early
		app disconnected /early server namespace disconnect`},
}

func TestConnect(t *testing.T) {
	for _, test := range connectScripts {
		t.Run(test.name, func(t *testing.T) { runOnBoth(t, Config{}, test.steps) })
	}
}

var disconnectScripts = []script{
	{"by the client, and back", `
		> 40
		app connect /
		app connected /
		< 40{"sid":"*"}
		> 41
		app disconnected / client namespace disconnect
		> 40
		app connect /
		app connected /
		< 40{"sid":"*"}
		> 42["echo"]
		< 42["echo"]`},
	{"of one namespace leaves the others", `
		> 40
		< 40{"sid":"*"}
		> 40/room
		< 40/room,{"sid":"*"}
		> 41/room,
		> 42["echo"]
		< 42["echo"]`},
	{"by the server", `
		> 40
		app connect /
		app connected /
		< 40{"sid":"*"}
		> 42["kick"]
		app event / kick []
		app disconnected / server namespace disconnect
		< 41
		> 40
		< 40{"sid":"*"}
		> 42["echo"]
		< 42["echo"]`},
	{"by the server, with packets on the way", `
		> 40/room
		< 40/room,{"sid":"*"}
		> 42/room,["kick"]
		> 42/room,["echo","late"]
		> 42/room,7["echo","late"]
		> 451-/room,["echo",{"_placeholder":true,"num":0}]
		>> 0102
		> 43/room,1["late"]
		> 41/room,
		> 40
		< 41/room,
		< 40{"sid":"*"}
		app connect /room
		app connected /room
		app event /room kick []
		app disconnected /room server namespace disconnect
		app connect /`},
	{"by the application's close of the transport", `
		> 40
		app connect /
		app connected /
		< 40{"sid":"*"}
		> 40/room
		app connect /room
		app connected /room
		< 40/room,{"sid":"*"}
		> 42["close"]
		app event / close []
		closed
		app disconnected / token expired
		app disconnected /room token expired`},
}

func TestDisconnect(t *testing.T) {
	for _, test := range disconnectScripts {
		t.Run(test.name, func(t *testing.T) { runOnBoth(t, Config{}, test.steps) })
	}
}

// In one poll's payload, so in one read.
func TestDisconnectAndConnectInOneRead(t *testing.T) {
	app := newScripted()
	h := newHost(t, Config{}, app)
	h.run(h.openPolling(), app, "> 40\x1e42[\"echo\",1]\x1e41\x1e40\x1e42[\"echo\",2]"+`
		app connect /
		app connected /
		app event / echo [1]
		app disconnected / client namespace disconnect
		app connect /
		app connected /
		app event / echo [2]
		< 40{"sid":"*"}
		< 42["echo",1]
		< 40{"sid":"*"}
		< 42["echo",2]`)
}

func TestSocketsHaveIDsOfTheirOwn(t *testing.T) {
	app := newScripted()
	h := newHost(t, Config{}, app)
	sid := h.openSession()
	h.run(&pollTransport{host: h, sid: sid}, app, "> 40\x1e40/room"+`
		< 40{"sid":"*"}
		< 40/room,{"sid":"*"}`)
	main, room := <-app.sockets, <-app.sockets
	if main.ID() == room.ID() || main.ID() == sid || room.ID() == sid || len(main.ID()) != 20 {
		t.Errorf("ids %q and %q", main.ID(), room.ID())
	}
	if got := main.Handshake().Query("transport"); got != "polling" {
		t.Errorf("the handshake's transport is %q", got)
	}
}

func TestNamespacesMax(t *testing.T) {
	runOnBoth(t, Config{NamespacesMax: 2}, `
		> 40
		< 40{"sid":"*"}
		> 40/room1
		< 40/room1,{"sid":"*"}
		> 40/room2
		< 44/room2,{"message":"Too many namespaces"}
		> 41/room1
		> 40/room2
		< 40/room2,{"sid":"*"}
		> 42/room2,["kick"]
		< 41/room2,
		> 40/room3
		< 40/room3,{"sid":"*"}
		> 40/room4
		< 44/room4,{"message":"Too many namespaces"}`)
}

func TestServerClose(t *testing.T) {
	app := newScripted()
	h := newHost(t, Config{}, app)
	client := h.openWebSocket()
	h.run(client, app, `
		> 40
		< 40{"sid":"*"}
		app connect /
		app connected /`)
	go h.server.Close(engineio.ReasonServerShutdown)
	h.run(client, app, `
		closed
		app disconnected / server shutdown`)
}

func TestTransportEnd(t *testing.T) {
	app := newScripted()
	h := newHost(t, Config{}, app)
	client := h.openWebSocket()
	h.run(client, app, `
		> 40
		< 40{"sid":"*"}
		app connect /
		app connected /`)
	socket := <-app.sockets
	client.close()
	h.run(client, app, `
		app disconnected / transport close`)
	if socket.Send(EncodeEvent("/", "late", nil, nil)) || socket.SendVolatile(EncodeEvent("/", "late", nil, nil)) {
		t.Error("a socket that has ended took an event")
	}
	socket.Disconnect() // nothing to do: Disconnected was called, and once
	if len(app.told) > 0 {
		t.Errorf("the application was told %q", <-app.told)
	}
}
