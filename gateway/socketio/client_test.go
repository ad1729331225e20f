package socketio

import (
	"strings"
	"testing"

	"roomd/gateway/engineio"
)

var eventScripts = []script{
	{"text", `
		> 42["echo",1,"2",{"3":[true]}]
		app event / echo [1 "2" {"3":[true]}]
		< 42["echo",1,"2",{"3":[true]}]`},
	{"payload unaltered", `
		> 42["echo",{ "b":1.50, "a":12345678901234567890 },"<\u00e9\/>"]
		< 42["echo",{ "b":1.50, "a":12345678901234567890 },"<\u00e9\/>"]`},
	{"a number for a name", `
		> 42[7,"x"]
		app event / 7 ["x"]`},
	{"in order", `
		> 42["echo",1]
		> 42["echo",2]
		> 42["echo",3]
		< 42["echo",1]
		< 42["echo",2]
		< 42["echo",3]`},
	{"ack", `
		> 42456["x",1,"2"]
		< 43456[1,"2"]`},
	{"ack 0 without arguments", `
		> 420["x"]
		< 430[]`},
	{"binary", `
		> 452-["echo",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]
		>> 010203
		>> 040506
		< 452-["echo",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]
		<< 010203
		<< 040506`},
	{"binary with ack", `
		> 451-789["x",{"_placeholder":true,"num":0}]
		>> 010203
		< 461-789[{"_placeholder":true,"num":0}]
		<< 010203`},
	{"ten attachments, one empty", `
		> 4510-["echo",{"_placeholder":true,"num":9}]
		>> 00
		>> 01
		>> 02
		>> 03
		>> 04
		>> 05
		>> 06
		>> 07
		>> 08
		>>
		< 4510-["echo",{"_placeholder":true,"num":9}]
		<< 00
		<< 01
		<< 02
		<< 03
		<< 04
		<< 05
		<< 06
		<< 07
		<< 08
		<<`},
	{"a placeholder in a text event is only text", `
		> 42["echo",{"_placeholder":true,"num":5}]
		< 42["echo",{"_placeholder":true,"num":5}]`},
}

func TestEvents(t *testing.T) {
	for _, test := range eventScripts {
		t.Run(test.name, func(t *testing.T) {
			runOnBoth(t, Config{}, `
				> 40
				app connect /
				app connected /
				< 40{"sid":"*"}`+test.steps)
		})
	}
}

func TestAcksFromTheClient(t *testing.T) {
	for _, test := range []script{
		{"answered out of order", `
			> 42["ask","a"]
			< 420["question","a"]
			> 42["ask","b"]
			< 421["question","b"]
			> 431["to b"]
			> 430["to a"]
			app event / ask ["a"]
			app event / ask ["b"]
			app answer ["to b"] [] <nil>
			app answer ["to a"] [] <nil>`},
		{"binary", `
			> 451-["ask",{"_placeholder":true,"num":0}]
			>> 0a0b
			< 451-0["question",{"_placeholder":true,"num":0}]
			<< 0a0b
			> 461-0[{"_placeholder":true,"num":0}]
			>> 0c0d
			app event / ask [{"_placeholder":true,"num":0}]
			app answer [{"_placeholder":true,"num":0}] [0c0d] <nil>`},
		{"answered twice, unasked or without id", `
			> 42["ask"]
			< 420["question"]
			> 430[1]
			> 430[2]
			> 4399[3]
			> 43[4]
			> 42["echo"]
			< 42["echo"]
			app event / ask []
			app answer [1] [] <nil>
			app event / echo []`},
		{"the client disconnects", `
			> 42["ask"]
			> 41
			app event / ask []
			app answer [] [] socketio: the socket has ended
			app disconnected / client namespace disconnect`},
		{"the server disconnects", `
			> 42["ask"]
			> 42["kick"]
			app event / ask []
			app event / kick []
			app answer [] [] socketio: the socket has ended
			app disconnected / server namespace disconnect`},
		{"the transport ends", `
			> 42["ask"]
			> 1
			app event / ask []
			app answer [] [] socketio: the socket has ended
			app disconnected / transport close`},
	} {
		t.Run(test.name, func(t *testing.T) {
			runOnBoth(t, Config{}, `
				> 40
				app connect /
				app connected /
				< 40{"sid":"*"}`+test.steps)
		})
	}
}

func TestAcksPendingMax(t *testing.T) {
	script := `
		> 40
		< 40{"sid":"*"}
		app connect /
		app connected /`
	script += strings.Repeat(`
		> 42["ask"]
		< 42*["question"]
		app event / ask []`, acksPendingMax)
	runOnBoth(t, Config{}, script+`
		> 42["ask"]
		app event / ask []
		app answer [] [] socketio: too many acknowledgements are awaited
		> 430[1]
		app answer [1] [] <nil>
		> 42["ask"]
		< 42*["question"]`)
}

// Every packet that the protocol forbids closes the transport, and the application is told why.
func TestIllegalPackets(t *testing.T) {
	for _, test := range []script{
		{"no type", `> 4`},
		{"unknown type", `> 4abc`},
		{"type 7", `> 47`},
		{"payload of another format", `> 42{}`},
		{"empty payload", `> 42[]`},
		{"no payload", `> 42`},
		{"payload that isn't JSON", `> 42["x"`},
		{"invalid ack id", `> 42abc["x"]`},
		{"huge ack id", `> 4212345678901234567["x"]`},
		{"ack of another format", `> 430{}`},
		{"event name null", `> 42[null]`},
		{"reserved event name", `> 42["disconnect"]`},
		{"second CONNECT", `> 40`},
		{"CONNECT with a payload that isn't an object", `> 40/room,[]`},
		{"CONNECT with null", `> 40/room,null`},
		{"CONNECT_ERROR", `> 44{"message":"x"}`},
		{"CONNECT_ERROR without payload", `> 44`},
		{"DISCONNECT with a payload", `> 41{}`},
		{"event of a namespace that isn't connected", `> 42/room,["x"]`},
		{"ack of a namespace that isn't connected", `> 43/room,0[]`},
		{"DISCONNECT of a namespace that isn't connected", `> 41/room,`},
		{"no attachments", `> 450-["x"]`},
		{"eleven attachments", `> 4511-["x"]`},
		{"illegal number of attachments", `> 45["x"]`},
		{"placeholder out of range", `> 451-["x",{"_placeholder":true,"num":1}]`},
		{"attachment without a header", `>> 010203`},
		{"one attachment too many", `
			> 451-["echo",{"_placeholder":true,"num":0}]
			>> 01
			< 451-["echo",{"_placeholder":true,"num":0}]
			<< 01
			app event / echo [{"_placeholder":true,"num":0}]
			>> 02`},
		{"text among attachments", `
			> 452-["x",{"_placeholder":true,"num":0}]
			>> 01
			> 42["x"]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			runOnBoth(t, Config{}, `
				> 40
				app connect /
				app connected /
				< 40{"sid":"*"}
				`+test.steps+`
				closed
				app disconnected / parse error`)
		})
	}
}

func TestIllegalFirstPackets(t *testing.T) {
	for _, packet := range []string{`42["x"]`, `41`, `430[]`, `4abc`, `40[]`} {
		t.Run(packet, func(t *testing.T) {
			runOnBoth(t, Config{}, `
				> `+packet+`
				closed`)
		})
	}
}

// What was read together with an illegal packet, but came behind it, is not handled.
func TestNothingAfterAnIllegalPacket(t *testing.T) {
	app := newScripted()
	h := newHost(t, Config{}, app)
	h.run(h.openPolling(), app, "> 40\x1e4abc\x1e42[\"echo\"]"+`
		< 40{"sid":"*"}
		closed
		app connect /
		app connected /
		app disconnected / parse error`)
}

// An event costs a client at most one text and one payload, however its attachments are cut.
func TestAttachmentsBytesMax(t *testing.T) {
	config := Config{Engine: engineio.Config{PayloadBytesMax: 100}}
	half := strings.Repeat("00", 50)
	runOnBoth(t, config, `
		> 40
		< 40{"sid":"*"}
		> 452-["echo",{"_placeholder":true,"num":0}]
		>> `+half+`
		>> `+half+`
		< 452-["echo",{"_placeholder":true,"num":0}]
		<< `+half+`
		<< `+half+`
		> 453-["echo"]
		>> `+half+`
		>> `+half+`
		>> 00
		closed
		app connect /
		app connected /
		app event / echo [{"_placeholder":true,"num":0}]
		app disconnected / payload too large`)
}

// A panic of the application ends the client it was about, and no other.
func TestPanics(t *testing.T) {
	for _, test := range []struct{ name, steps, culprit string }{
		{"in Event", `
			> 42["panic"]
			app event / panic []
			closed
			app disconnected / internal error`, "(*scriptedReceiver).Event"},
		{"in Connected", `
			> 40/roompanic
			app connect /roompanic
			app connected /roompanic
			< 40/roompanic,{"sid":"*"}
			closed
			app disconnected / internal error
			app disconnected /roompanic internal error`, "(*scriptedReceiver).Connected"},
		{"in Disconnected", `
			> 40/roomlast
			app connect /roomlast
			app connected /roomlast
			< 40/roomlast,{"sid":"*"}
			> 41/roomlast
			app disconnected /roomlast client namespace disconnect
			closed
			app disconnected / internal error`, "(*scriptedReceiver).Disconnected"},
		{"on an answer", `
			> 42["ask"]
			< 420["question"]
			> 430["panic"]
			app event / ask []
			app answer ["panic"] [] <nil>
			closed
			app disconnected / internal error`, "(*scriptedReceiver).Event.func1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			app := newScripted()
			h := newHost(t, Config{}, app)
			bystander := h.openWebSocket()
			connect := `
				> 40
				app connect /
				app connected /
				< 40{"sid":"*"}`
			h.run(bystander, app, connect)
			h.run(h.openWebSocket(), app, connect+test.steps)
			h.run(bystander, app, `
				> 42["echo"]
				< 42["echo"]`)
			if log := h.log.String(); strings.Count(log, "the application panicked") != 1 || !strings.Contains(log, test.culprit) {
				t.Errorf("the panic was not logged once, with its stack:\n%s", log)
			}
		})
	}
}
