package room

import "fmt"

// reader knows of the room only what replies to joins say: it asks for what it
// has missed since the one before. It sees every number once, as a message or
// a change, and has the room's messages as they are then.
type reader struct {
	epoch string
	seq   uint64
	texts map[uint64]string // by seq; what was deleted has none
}

// follow takes in the reply to a join that asks for what this reader misses.
func (r *reader) follow(q Request, d Decision, s *simulation) error {
	reply, joined := d.Reply.(JoinReply)
	if !joined {
		return nil
	}
	since := q.Command.(Join).Since
	if since == nil || since.Epoch != r.epoch || since.Seq != r.seq {
		return nil
	}
	if reply.Gap {
		*r = reader{epoch: reply.Epoch, seq: reply.Seq, texts: map[uint64]string{}}
		for _, m := range reply.Messages {
			r.texts[m.Seq] = m.Text
		}
		return r.compare(s.model)
	}
	s.reached["reader went on"]++
	seen := map[uint64]bool{}
	for _, m := range reply.Messages {
		if r.texts[m.Seq] = m.Text; m.Deleted() {
			delete(r.texts, m.Seq)
		}
		seen[m.Seq] = true
	}
	for _, c := range reply.Changes {
		if seen[c.Seq] {
			return fmt.Errorf("%d comes as a message and as a change", c.Seq)
		}
		seen[c.Seq] = true
		if _, known := r.texts[c.MessageSeq]; known {
			r.texts[c.MessageSeq] = c.Text
		}
		if c.Deleted {
			delete(r.texts, c.MessageSeq)
		}
	}
	if n := len(reply.Messages) + len(reply.Changes); n != len(seen) || reply.Seq-r.seq != uint64(n) {
		return fmt.Errorf("%d records, %d of them different, from %d to %d", n, len(seen), r.seq, reply.Seq)
	}
	for seq := r.seq + 1; seq <= reply.Seq; seq++ {
		if !seen[seq] {
			return fmt.Errorf("%d is missing", seq)
		}
	}
	r.seq = reply.Seq
	return r.compare(s.model)
}

func (r *reader) compare(m *model) error {
	for seq, text := range r.texts {
		if now := m.entries[seq-1].Message; now.Text != text {
			return fmt.Errorf("the reader has %q as %d, it is %q", text, seq, now.Text)
		}
	}
	return nil
}
