package socketio

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"roomd/gateway/engineio"
)

// pair returns the two sides of a session: a raw client, and the socket of its main namespace.
func pair(t *testing.T) (transport, *Socket) {
	t.Helper()
	app := newScripted()
	h := newHost(t, Config{}, app)
	client := h.openWebSocket()
	h.run(client, app, `
		> 40
		< 40{"sid":"*"}`)
	return client, <-app.sockets
}

// What goes onto the wire is shown by sending it.
func TestEncode(t *testing.T) {
	client, socket := pair(t)
	const placeholder = `{"_placeholder":true,"num":0}`
	refusal := func(namespace string, e *ConnectError) *engineio.Frame {
		f, err := encodeConnectError(namespace, e)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for _, test := range []struct {
		name  string
		frame *engineio.Frame
		want  string
	}{
		{"no arguments", EncodeEvent("/", "x", nil, nil), `42["x"]`},
		{"arguments as they are", EncodeEvent("/", "x", raws(`{ "b":1.0, "a":12345678901234567890 }`, `"<\u00e9>"`), nil),
			`42["x",{ "b":1.0, "a":12345678901234567890 },"<\u00e9>"]`},
		{"a nil argument", EncodeEvent("/", "x", []json.RawMessage{nil, json.RawMessage("1")}, nil), `42["x",null,1]`},
		{"a namespace", EncodeEvent("/admin", "x", raws("1"), nil), `42/admin,["x",1]`},
		{"a name with quotes", EncodeEvent("/", "a\"\\<b>&", nil, nil), `42["a\"\\<b>&"]`},
		{"a name with controls", EncodeEvent("/", "a\x1eb\n", nil, nil), `42["a\u001eb\n"]`},
		{"a name in Greek", EncodeEvent("/", "όνομα", nil, nil), `42["όνομα"]`},
		{"a name that is not UTF-8", EncodeEvent("/", "a\xff", nil, nil), `42["a\ufffd"]`},
		{"an ack", EncodeAck("/", 7, raws(`"a"`, "2"), nil), `437["a",2]`},
		{"an empty ack", EncodeAck("/admin", 0, nil, nil), `43/admin,0[]`},
		{"CONNECT", encodeConnect("/admin", "id", ""), `40/admin,{"sid":"id"}`},
		{"CONNECT_ERROR", refusal("/", &ConnectError{Message: "no"}), `44{"message":"no"}`},
		{"CONNECT_ERROR with data", refusal("/a", &ConnectError{Message: "<no>", Data: map[string]any{"code": "&"}}),
			`44/a,{"message":"<no>","data":{"code":"&"}}`},
		{"invalid namespace", refusal("/random", ErrInvalidNamespace.(*ConnectError)), `44/random,{"message":"Invalid namespace"}`},
		{"DISCONNECT", encodeDisconnect("/"), `41`},
		{"DISCONNECT of a namespace", encodeDisconnect("/admin"), `41/admin,`},
		{"a binary event", EncodeEvent("/", "x", raws(placeholder), [][]byte{{1, 2}}), `451-["x",` + placeholder + `]`},
		{"a binary ack", EncodeAck("/admin", 12, raws(placeholder), [][]byte{{1, 2}}), `461-/admin,12[` + placeholder + `]`},
	} {
		t.Run(test.name, func(t *testing.T) {
			socket.Send(test.frame)
			m, err := client.receive()
			if err != nil || m.text != test.want {
				t.Fatalf("got %q, error %v; want %q", m.text, err, test.want)
			}
			if test.want[1] == '5' || test.want[1] == '6' {
				if m, err := client.receive(); err != nil || string(m.data) != "\x01\x02" {
					t.Fatalf("attachment: got %+v, error %v", m, err)
				}
			}
		})
	}
}

// A client can't make a packet that a server builds from it illegal: what is decoded, and encoded
// again as another event, decodes.
func TestRelayedEventDecodes(t *testing.T) {
	for _, text := range []string{
		`2["a\u001e\ud800\u2028\"",{"x":"\u001e"},1e400]`,
		`2/ns,["",[[]]]`,
		`2[1]`,
	} {
		p, err := decodePacket([]byte(text), noRest)
		if err != nil {
			t.Fatal(err)
		}
		client, socket := pair(t)
		socket.Send(EncodeEvent(p.namespace, p.name, p.args, nil))
		m, err := client.receive()
		if err != nil {
			t.Fatal(err)
		}
		relayed, err := decodePacket([]byte(m.text[1:]), noRest)
		if err != nil {
			t.Errorf("%s relayed as %s: %v", text, m.text, err)
		}
		if relayed.name != p.name {
			t.Errorf("%s relayed under the name %q, not %q", text, relayed.name, p.name)
		}
	}
}

func TestEncodeConnectErrorNeedsJSON(t *testing.T) {
	_, err := encodeConnectError("/", &ConnectError{Message: "no", Data: make(chan int)})
	if _, ok := errors.AsType[*json.UnsupportedTypeError](err); !ok {
		t.Errorf("got error %v", err)
	}
}

func TestReservedEvent(t *testing.T) {
	for _, name := range []string{"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"} {
		if !ReservedEvent(name) {
			t.Errorf("%q is not reserved", name)
		}
	}
	for _, name := range []string{"", "message", "Connect", "error"} {
		if ReservedEvent(name) {
			t.Errorf("%q is reserved", name)
		}
	}
}

// What is kept to write packets in is bounded, and frames have none of it.
func TestScratch(t *testing.T) {
	long := EncodeAck("/", 1, raws(`"`+strings.Repeat("x", scratchBytesMax)+`"`), nil)
	first := EncodeAck("/", 1, raws(`"first"`), nil)
	if second := EncodeAck("/", 1, raws(`"second"`), nil); !strings.HasSuffix(string(first.Wire()), `431["first"]`) || second == first {
		t.Errorf("the first is %q after the second", first.Wire())
	}
	if long.Len() < scratchBytesMax {
		t.Errorf("the long one has %d bytes", long.Len())
	}
	for range 10 {
		scratch := scratches.Get().(*[]byte)
		if cap(*scratch) > scratchBytesMax {
			t.Errorf("%d bytes are kept", cap(*scratch))
		}
	}
}
