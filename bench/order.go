package bench

// order checks the deliveries of one room: every member gets every message
// once, and all members get them in one order. It is not safe for concurrent
// use: the loop's goroutine owns it.
//
// It looks at the messages' labels, which no server can change without notice,
// and never trusts the server's own numbers alone. Each fault is found by the
// cheapest thing that shows it:
//   - missing, duplicated, and reordered within one sender: each member counts
//     each sender's messages, which must come as 0, 1, 2, …
//   - reordered between senders: the server's seq, if it gives one, must rise;
//   - the same without a seq, or with one that differs between members: a
//     running hash of what each member got, equal for all at the end.
type order struct {
	// Static after construction.
	members, senders int
	numbersMax       uint32 // messages one sender may send

	next   []uint32 // by member and sender: the number due next
	seqs   []uint64 // by member: the last seq
	hashes []uint64 // by member
	faulty []bool   // by member: a fault of its own was counted
	gaps   map[gap]struct{}

	duplicated int
	reordered  int
	unknown    int // labels that no sender of this run can have sent
}

// gap is a message that one member has not got, though it got a later one of
// the same sender.
type gap struct{ member, sender, number uint32 }

// faults are counted in deliveries.
type faults struct{ missing, duplicated, reordered int }

func newOrder(members, senders int, numbersMax uint32) *order {
	return &order{
		members:    members,
		senders:    senders,
		numbersMax: numbersMax,
		next:       make([]uint32, members*senders),
		seqs:       make([]uint64, members),
		hashes:     make([]uint64, members),
		faulty:     make([]bool, members),
		gaps:       make(map[gap]struct{}),
	}
}

// observe takes the next delivery of a member.
func (o *order) observe(member int, d delivery) {
	if int(d.sender) >= o.senders || d.number >= o.numbersMax {
		o.unknown++
		return
	}
	o.hash(member, d)
	next := &o.next[member*o.senders+int(d.sender)]
	switch {
	case d.number < *next:
		o.repeated(member, d)
		return
	case d.number > *next:
		o.skipped(member, d, *next)
	}
	*next = d.number + 1
	if d.seq != 0 && d.seq <= o.seqs[member] {
		o.reordered++
		o.faulty[member] = true
	}
	o.seqs[member] = max(o.seqs[member], d.seq)
}

// repeated is a number that this member has passed: late, or got before.
func (o *order) repeated(member int, d delivery) {
	late := gap{uint32(member), d.sender, d.number}
	if _, ok := o.gaps[late]; ok {
		delete(o.gaps, late)
		o.reordered++
	} else {
		o.duplicated++
	}
	o.faulty[member] = true
}

// skipped opens a gap for each number from next to the one that came.
func (o *order) skipped(member int, d delivery, next uint32) {
	for number := next; number < d.number; number++ {
		o.gaps[gap{uint32(member), d.sender, number}] = struct{}{}
	}
	o.faulty[member] = true
}

// hash is FNV-1a on 64-bit words.
func (o *order) hash(member int, d delivery) {
	const prime = 1099511628211
	h := o.hashes[member]
	h = (h ^ (uint64(d.sender)<<32 | uint64(d.number))) * prime
	h = (h ^ d.seq) * prime
	o.hashes[member] = h
}

// finish counts what is still missing when sent[s] messages of each sender s
// were sent, without those that refused says the server turned down. It is
// called once, after the last observe.
func (o *order) finish(sent []uint32, refused func(sender, number uint32) bool) faults {
	missing := 0
	for gap := range o.gaps {
		if !refused(gap.sender, gap.number) {
			missing++
		}
	}
	for i, next := range o.next {
		member, sender := i/o.senders, uint32(i%o.senders)
		for number := next; number < sent[sender]; number++ {
			if !refused(sender, number) {
				missing++
				o.faulty[member] = true
			}
		}
	}
	return faults{missing: missing, duplicated: o.duplicated, reordered: o.reordered + o.dissenters()}
}

// dissenters counts the members that got the right messages in another order
// than most did. A member with a fault of its own can't have the same hash, and
// is counted already.
func (o *order) dissenters() int {
	votes := make(map[uint64]int)
	clean, most := 0, 0
	for member, h := range o.hashes {
		if o.faulty[member] {
			continue
		}
		clean++
		votes[h]++
		most = max(most, votes[h])
	}
	return clean - most
}
