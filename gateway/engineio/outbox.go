package engineio

// An outbox is a session's queue of frames on their way out, oldest first. The
// transport takes from it: a poll whole frames, a WebSocket bytes. It is
// guarded by the session's mu.
type outbox struct {
	frames   []*Frame
	bytes    int32 // waiting, as they would be on a WebSocket
	own      int32 // bytes of the frames for this client alone; see unread.go
	written  int32 // bytes of frames[0] that a WebSocket has taken already
	gathered int32 // first frames that are being written right now
}

func (o *outbox) empty() bool { return len(o.frames) == 0 }

// full reports whether f would exceed the limits. A frame that finds the
// outbox empty is never too large: its maker is the server.
func (o *outbox) full(f *Frame, bytesMax int) bool {
	if o.empty() {
		return false
	}
	return int(o.bytes)+f.Len() > bytesMax || len(o.frames) >= outboxFramesMax
}

// push adds f, unless there is nothing in it: a poll can't be given nothing.
func (o *outbox) push(f *Frame) {
	if f.Len() == 0 {
		return
	}
	o.frames = append(o.frames, f)
	o.bytes += int32(f.Len())
	if f.forOne {
		o.own += int32(f.Len())
	}
}

// remove takes the first n frames off the queue. An empty one keeps no memory.
func (o *outbox) remove(n int) {
	for _, f := range o.frames[:n] {
		if f.forOne {
			o.own -= min(o.own, int32(f.Len())) // of one that drop has left there is nothing
		}
	}
	clear(o.frames[:n])
	o.frames = o.frames[n:]
	if o.empty() {
		o.frames = nil
	}
}

// take removes and returns frames for a poll: as many as fit into bytesMax, at
// least one.
func (o *outbox) take(bytesMax int) []*Frame {
	n, size := 0, 0
	for _, f := range o.frames {
		if n > 0 && size+f.Len() > bytesMax {
			break
		}
		size += f.Len()
		n++
	}
	taken := make([]*Frame, n)
	copy(taken, o.frames)
	o.remove(n)
	o.bytes -= int32(size)
	return taken
}

// gather returns the bytes to write next: many small frames copied to block,
// or the rest of one that is too large for it. They stay in the outbox until
// advance is told that they are written.
func (o *outbox) gather(block []byte) []byte {
	if o.empty() {
		return nil
	}
	first := o.frames[0].wire[o.written:]
	if o.gathered = 1; len(first) >= len(block) {
		return first
	}
	n := copy(block, first)
	for _, f := range o.frames[1:] {
		if n+f.Len() > len(block) {
			break
		}
		n += copy(block[n:], f.wire)
		o.gathered++
	}
	return block[:n]
}

// advance drops the first n bytes, which are written.
func (o *outbox) advance(n int) {
	o.gathered = 0
	o.bytes -= int32(n)
	o.written += int32(n)
	done := 0
	for done < len(o.frames) && int(o.written) >= o.frames[done].Len() {
		o.written -= int32(o.frames[done].Len())
		done++
	}
	o.remove(done)
}

// drop forgets what is not on the wire yet. Of a frame that a WebSocket has
// begun to write the rest has to follow, or nothing after it could be read.
func (o *outbox) drop() {
	keep := int(o.gathered)
	if o.written > 0 {
		keep = max(keep, 1)
	}
	kept := o.frames[:keep]
	o.bytes, o.own = -o.written, 0
	for _, f := range kept {
		o.bytes += int32(f.Len())
	}
	o.frames = append([]*Frame(nil), kept...)
}
