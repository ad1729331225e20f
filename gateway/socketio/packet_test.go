package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func raws(texts ...string) []json.RawMessage {
	var all []json.RawMessage
	for _, text := range texts {
		all = append(all, json.RawMessage(text))
	}
	return all
}

var tooDeep = strings.Repeat("[", depthMax) + strings.Repeat("]", depthMax)

func TestDecodePacket(t *testing.T) {
	deep := strings.Repeat("[", depthMax-1) + strings.Repeat("]", depthMax-1)
	longName := "/" + strings.Repeat("n", namespaceBytesMax-1)
	for _, test := range []struct {
		text string
		want packet // its payload is what the text ends with
	}{
		{`0`, packet{kind: kindConnect, namespace: "/"}},
		{`0{"token":"123"}`, packet{kind: kindConnect, namespace: "/", payload: raws(`{"token":"123"}`)[0]}},
		{`0/admin,`, packet{kind: kindConnect, namespace: "/admin"}},
		{`0/admin`, packet{kind: kindConnect, namespace: "/admin"}},
		{`0/admin?x=1,{}`, packet{kind: kindConnect, namespace: "/admin?x=1", payload: raws(`{}`)[0]}},
		{`0/,{}`, packet{kind: kindConnect, namespace: "/", payload: raws(`{}`)[0]}},
		{`0` + longName, packet{kind: kindConnect, namespace: longName}},
		{`1`, packet{kind: kindDisconnect, namespace: "/"}},
		{`1/admin,`, packet{kind: kindDisconnect, namespace: "/admin"}},
		{`2["foo"]`, packet{kind: kindEvent, namespace: "/", name: "foo", payload: raws(`["foo"]`)[0]}},
		{`2/admin,["bar"]`, packet{kind: kindEvent, namespace: "/admin", name: "bar", payload: raws(`["bar"]`)[0]}},
		{`2[7,"x"]`, packet{kind: kindEvent, namespace: "/", name: "7", args: raws(`"x"`), payload: raws(`[7,"x"]`)[0]}},
		{`2[""]`, packet{kind: kindEvent, namespace: "/", payload: raws(`[""]`)[0]}},
		{`2["f\u006fo"]`, packet{kind: kindEvent, namespace: "/", name: "foo", payload: raws(`["f\u006fo"]`)[0]}},
		{`212["foo"]`, packet{kind: kindEvent, namespace: "/", hasID: true, id: 12, name: "foo", payload: raws(`["foo"]`)[0]}},
		{`20["foo"]`, packet{kind: kindEvent, namespace: "/", hasID: true, id: 0, name: "foo", payload: raws(`["foo"]`)[0]}},
		{`29007199254740991["foo"]`, packet{kind: kindEvent, namespace: "/", hasID: true, id: 1<<53 - 1, name: "foo", payload: raws(`["foo"]`)[0]}},
		{`2["a",` + deep + `]`, packet{kind: kindEvent, namespace: "/", name: "a", args: raws(deep), payload: raws(`["a",` + deep + `]`)[0]}},
		{`3/admin,13["bar"]`, packet{kind: kindAck, namespace: "/admin", hasID: true, id: 13, args: raws(`"bar"`), payload: raws(`["bar"]`)[0]}},
		{`313[]`, packet{kind: kindAck, namespace: "/", hasID: true, id: 13, payload: raws(`[]`)[0]}},
		{`3["no id"]`, packet{kind: kindAck, namespace: "/", args: raws(`"no id"`), payload: raws(`["no id"]`)[0]}},
		{`4{"message":"Not authorized"}`, packet{kind: kindConnectError, namespace: "/", payload: raws(`{"message":"Not authorized"}`)[0]}},
		{`51-["baz",{"_placeholder":true,"num":0}]`, packet{kind: kindBinaryEvent, attachments: 1, namespace: "/", name: "baz",
			args: raws(`{"_placeholder":true,"num":0}`), payload: raws(`["baz",{"_placeholder":true,"num":0}]`)[0]}},
		{`510-/admin,7["ten"]`, packet{kind: kindBinaryEvent, attachments: 10, namespace: "/admin", hasID: true, id: 7, name: "ten", payload: raws(`["ten"]`)[0]}},
		{`61-15["bar",{"_placeholder":true,"num":0}]`, packet{kind: kindBinaryAck, attachments: 1, namespace: "/", hasID: true, id: 15,
			args: raws(`"bar"`, `{"_placeholder":true,"num":0}`), payload: raws(`["bar",{"_placeholder":true,"num":0}]`)[0]}},
	} {
		t.Run(test.text[:min(len(test.text), 40)], func(t *testing.T) {
			got, err := decodePacket([]byte(test.text), noRest)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.args) == 0 {
				got.args = nil
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

var illegalPackets = []struct {
	text string
	want error
}{
	{"", errKind},
	{"7", errKind},
	{"abc", errKind},
	{"/", errKind},
	{"2[\"\xff\"]", errUTF8},

	{`5["x"]`, errAttachmentCount},
	{`5-["x"]`, errAttachmentCount},
	{`50-["x"]`, errAttachmentCount},
	{`511-["x"]`, errAttachmentCount},
	{`5001-["x"]`, errAttachmentCount},
	{`51`, errAttachmentCount},
	{`51["x"]`, errAttachmentCount},
	{`5-1-["x"]`, errAttachmentCount},
	{`51.0-["x"]`, errAttachmentCount},
	{`60-1[]`, errAttachmentCount},

	{"0/" + strings.Repeat("n", namespaceBytesMax), errNamespace},
	{"0/a\x1eb", errNamespace},
	{"0/a\nb", errNamespace},
	{"0/a\x7f", errNamespace},

	{`212345678901234567["x"]`, errAckID},
	{`2abc["message-with-ack",1]`, errJSON},
	{`2-1["x"]`, errJSON},
	{`21.5["x"]`, errJSON},
	{`21 2["x"]`, errJSON},

	{`0abc`, errJSON},
	{`2["x"`, errJSON},
	{`2["x"]]`, errJSON},
	{`2["x",]`, errJSON},
	{`2['x']`, errJSON},
	{"2[\"\x01\"]", errJSON},
	{`1{`, errJSON},
	{`2["x",` + tooDeep + `]`, errDepth},
	{`0{"a":` + tooDeep + `}`, errDepth},

	{`0null`, errPayload},
	{`0[]`, errPayload},
	{`0"token"`, errPayload},
	{`0 true`, errPayload},
	{`1{}`, errPayload},
	{`1/admin,[]`, errPayload},
	{`2`, errPayload},
	{`2{}`, errPayload},
	{`2[]`, errPayload},
	{`2[ ]`, errPayload},
	{`2"x"`, errPayload},
	{`2/admin["no comma"]`, errPayload},
	{`3`, errPayload},
	{`312`, errPayload},
	{`312{}`, errPayload},

	{`2[null]`, errEventName},
	{`2[true,"x"]`, errEventName},
	{`2[{}]`, errEventName},
	{`2[["x"]]`, errEventName},
	{`2["connect"]`, errEventName},
	{`2["connect_error"]`, errEventName},
	{`2["disconnect"]`, errEventName},
	{`2["disconnecting"]`, errEventName},
	{`2["newListener"]`, errEventName},
	{`2["removeListener"]`, errEventName},
	{`2["\u0063onnect"]`, errEventName},
	{`51-["connect",{"_placeholder":true,"num":0}]`, errEventName},

	{`51-["x",{"_placeholder":true,"num":1}]`, errPlaceholder},
	{`61-1[{"_placeholder":true,"num":1}]`, errPlaceholder},
	{`51-[{"_placeholder":true,"num":0}]`, errEventName},
}

func TestDecodePacketRefuses(t *testing.T) {
	for _, test := range illegalPackets {
		t.Run(test.text[:min(len(test.text), 40)], func(t *testing.T) {
			if p, err := decodePacket([]byte(test.text), noRest); !errors.Is(err, test.want) {
				t.Errorf("got %+v, error %v; want error %v", p, err, test.want)
			}
		})
	}
}

func TestDecodePacketBoundsArguments(t *testing.T) {
	most := `2["x"` + strings.Repeat(",0", argsMax-1) + `]`
	p, err := decodePacket([]byte(most), noRest)
	if err != nil || len(p.args) != argsMax-1 {
		t.Errorf("%d arguments: got %d, error %v", argsMax-1, len(p.args), err)
	}
	more := `2["x"` + strings.Repeat(",0", argsMax) + `]`
	if _, err := decodePacket([]byte(more), noRest); !errors.Is(err, errArgCount) {
		t.Errorf("%d arguments: got error %v, want %v", argsMax, err, errArgCount)
	}
}

// Arguments are cut out of the payload, not decoded: whatever JSON can say stays as it was said.
func TestArgumentsStayAsTheyCame(t *testing.T) {
	args := []string{
		`{"b":1,"a":2,"b":3}`,
		`12345678901234567890.000`,
		`1e400`,
		`-0`,
		`"\u00e9é\ud800<b>&\/"`,
		`{ "spaced" : [ 1 , 2 ] }`,
		`"a\"],[\\"`,
		`[]`,
		`""`,
	}
	text := "2 [ \"x\" ,\n\t" + strings.Join(args, " ,\r\n ") + " ] "
	p, err := decodePacket([]byte(text), noRest)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.args, raws(args...)) {
		t.Errorf("got  %s\nwant %s", p.args, args)
	}
}

func FuzzDecodePacket(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := decodePacket(bytes.Clone(text), noRest)
		if err != nil {
			return
		}
		encoded := appendPacket(nil, p)
		again, err := decodePacket(encoded, noRest)
		if err != nil {
			t.Fatalf("%q encodes to %q, which doesn't decode: %v", text, encoded, err)
		}
		if !reflect.DeepEqual(again, p) {
			t.Fatalf("%q decodes to %+v, encodes to %q, decodes to %+v", text, p, encoded, again)
		}
		if isCanonical(text, p) && !bytes.Equal(encoded, text) {
			t.Fatalf("%q encodes to %q", text, encoded)
		}
		if p.args != nil {
			checkArgs(t, p)
		}
	})
}

// isCanonical tells whether text has no leading zeros, an explicit main namespace or a missing comma.
func isCanonical(text []byte, p packet) bool {
	header := string(text[1 : len(text)-len(p.payload)])
	if p.kind.binary() {
		count, rest, _ := strings.Cut(header, "-")
		if count[0] == '0' {
			return false
		}
		header = rest
	}
	if strings.HasPrefix(header, "/") {
		name, rest, comma := strings.Cut(header, ",")
		if !comma || name == "/" {
			return false
		}
		header = rest
	}
	return header == "" || header == strconv.FormatUint(p.id, 10)
}

// checkArgs compares the arguments with what the standard library makes of the payload.
func checkArgs(t *testing.T, p packet) {
	var want []json.RawMessage
	if err := json.Unmarshal(p.payload, &want); err != nil {
		t.Fatalf("payload %q: %v", p.payload, err)
	}
	got := p.args
	if len(want) > len(got) {
		want = want[1:] // the name
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("payload %q: got arguments %q, want %q", p.payload, got, want)
	}
}
