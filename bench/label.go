package bench

import (
	"bytes"
	"strconv"
	"time"
)

// label is what a message's text carries so that each of its deliveries can
// be checked without decoding the event around it:
//
//	tag sender "," number "," due ";" padding
//
// The tag is random and the run's own, so the label is found by one search for
// it, wherever the server puts the text.
type label struct {
	sender uint32        // which of the run's senders
	number uint32        // counts that sender's messages from 0
	due    time.Duration // when it was to be sent, on the run's clock
}

// appendText appends a text of size bytes that begins with the label. A label
// that is longer than size is not cut.
func appendText(text []byte, tag []byte, l label, size int) []byte {
	begin := len(text)
	text = append(text, tag...)
	text = append(strconv.AppendUint(text, uint64(l.sender), 10), ',')
	text = append(strconv.AppendUint(text, uint64(l.number), 10), ',')
	text = append(strconv.AppendInt(text, int64(l.due), 10), ';')
	for len(text)-begin < size {
		text = append(text, 'x')
	}
	return text
}

// delivery is one message as one member got it.
type delivery struct {
	label
	seq uint64 // the server's number in the room, 0 when it gives none
}

var (
	newMessagePrefix = []byte(`2["newMessage",`)
	seqKey           = []byte(`"seq":`)
)

// parseDelivery reads a Socket.IO packet that is a newMessage of this run.
func parseDelivery(packet, tag []byte) (delivery, bool) {
	if !bytes.HasPrefix(packet, newMessagePrefix) {
		return delivery{}, false
	}
	l, ok := parseLabel(packet, tag)
	if !ok {
		return delivery{}, false
	}
	d := delivery{label: l}
	// A quote in a text would be escaped, so this can't be found inside one.
	if at := bytes.Index(packet, seqKey); at >= 0 {
		d.seq, _ = leadingNumber(packet[at+len(seqKey):])
	}
	return d, true
}

// parseLabel reads the label of this run that is somewhere in data.
func parseLabel(data, tag []byte) (label, bool) {
	at := bytes.Index(data, tag)
	if at < 0 {
		return label{}, false
	}
	sender, rest, ok1 := parseNumber(data[at+len(tag):], ',')
	number, rest, ok2 := parseNumber(rest, ',')
	due, _, ok3 := parseNumber(rest, ';')
	if !ok1 || !ok2 || !ok3 || sender > 1<<32-1 || number > 1<<32-1 {
		return label{}, false
	}
	return label{sender: uint32(sender), number: uint32(number), due: time.Duration(due)}, true
}

// parseNumber reads digits up to the given end.
func parseNumber(data []byte, end byte) (n uint64, rest []byte, ok bool) {
	n, digits := leadingNumber(data)
	if digits == 0 || digits == len(data) || data[digits] != end {
		return 0, nil, false
	}
	return n, data[digits+1:], true
}

// leadingNumber reads at most 18 digits, which can't overflow.
func leadingNumber(data []byte) (n uint64, digits int) {
	for digits < len(data) && digits < 18 && '0' <= data[digits] && data[digits] <= '9' {
		n = n*10 + uint64(data[digits]-'0')
		digits++
	}
	return n, digits
}
