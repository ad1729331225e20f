package room

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"reflect"
	"testing"
)

var fingerprintSeed = maphash.MakeSeed()

// fingerprint is equal for values that are equal to the last reference, and
// differs otherwise. Fields that are added to a type are part of it without
// being named here.
func fingerprint(v any) uint64 {
	var h maphash.Hash
	h.SetSeed(fingerprintSeed)
	digest(&h, reflect.ValueOf(v))
	return h.Sum64()
}

func digest(h *maphash.Hash, v reflect.Value) {
	h.WriteByte(byte(v.Kind()))
	switch v.Kind() {
	case reflect.Invalid:
	case reflect.Pointer:
		digest(h, v.Elem())
	case reflect.Interface:
		if !v.IsNil() {
			h.WriteString(v.Elem().Type().Name())
		}
		digest(h, v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			digest(h, v.Field(i))
		}
	case reflect.Slice:
		writeNumber(h, uint64(v.Len()))
		for i := range v.Len() {
			digest(h, v.Index(i))
		}
	case reflect.Map:
		writeNumber(h, digestMap(v))
	case reflect.String:
		writeNumber(h, uint64(v.Len()))
		h.WriteString(v.String())
	case reflect.Bool:
		maphash.WriteComparable(h, v.Bool())
	case reflect.Int, reflect.Int64:
		writeNumber(h, uint64(v.Int()))
	case reflect.Uint64, reflect.Uint8:
		writeNumber(h, v.Uint())
	default:
		panic(fmt.Sprintf("no fingerprint of a %s", v.Kind()))
	}
}

func writeNumber(h *maphash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	h.Write(b[:])
}

// digestMap is the same in any order.
func digestMap(v reflect.Value) uint64 {
	sum := uint64(v.Len())
	for entries := v.MapRange(); entries.Next(); {
		var h maphash.Hash
		h.SetSeed(fingerprintSeed)
		digest(&h, entries.Key())
		digest(&h, entries.Value())
		sum += h.Sum64()
	}
	return sum
}

func TestFingerprintSeesEveryChange(t *testing.T) {
	fresh := func() *Room { return newRoomWithTraffic(t) }
	same := fingerprint(fresh())
	if again := fingerprint(fresh()); again != same {
		t.Fatal("differs between equal rooms")
	}
	for name, change := range map[string]func(*Room){
		"seat":          func(r *Room) { r.seats.order[0].connections[0] = "x" },
		"away":          func(r *Room) { r.seats.of("anna").setAway(r.seats.of("anna").connections[0], true) },
		"arrival":       func(r *Room) { r.seats.of("anna").arrival = 7 },
		"member":        func(r *Room) { r.members["anna"] = Member{Name: "x"} },
		"member gone":   func(r *Room) { delete(r.members, "bob") },
		"message":       func(r *Room) { r.history.entries[0].Message.Text = "x" },
		"attachment":    func(r *Room) { r.history.entries[1].Message.Attachments[0][0] = 'x' },
		"message gone":  func(r *Room) { r.history.entries = r.history.entries[1:] },
		"change":        func(r *Room) { r.history.entries[2].Change.Text = "x" },
		"mark":          func(r *Room) { r.members["anna"] = Member{Name: "Anna", Since: scriptStart} },
		"moderator":     func(r *Room) { delete(r.moderation.Moderators, "bob") },
		"ban":           func(r *Room) { r.moderation.Banned["cleo"] = Sanction{} },
		"mute":          func(r *Room) { r.moderation.Muted["bob"] = Sanction{} },
		"invitation":    func(r *Room) { r.invited["dora"] = invitation{} },
		"client id":     func(r *Room) { r.history.sent[clientKey{"anna", "c1"}] = sentMessage{"e-9", 9} },
		"seq":           func(r *Room) { r.seq++ },
		"settings":      func(r *Room) { r.settings.Private = true },
		"activity":      func(r *Room) { r.activity = r.activity.Add(1) },
		"life":          func(r *Room) { r.life = deleted },
		"history bytes": func(r *Room) { r.history.bytes++ },
	} {
		r := fresh()
		change(r)
		if fingerprint(r) == same {
			t.Errorf("doesn't see a change of the %s", name)
		}
	}
}

// newRoomWithTraffic returns a persistent room with all that a room can hold.
func newRoomWithTraffic(t *testing.T) *Room {
	t.Helper()
	s := newScript()
	for _, line := range []string{
		`anna/1 create persistent`,
		`bob/1 join`,
		`bob/2 join`,
		`anna/1 send "hello" clientId=c1`,
		`bob/1 send "look" attachment={"a":1}`,
		`bob/1 edit e1-2 "look here"`,
		`anna/1 role bob moderator`,
		`anna/1 ban cleo for=1h reason=noise`,
		`anna/1 mute bob`,
		`anna/1 invite dora`,
		`anna/1 mark 2`,
	} {
		if _, err := s.run(line); err != nil {
			t.Fatal(err)
		}
	}
	return s.room
}
