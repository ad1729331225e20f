package actors

import (
	"math"
	"time"
)

// commitPace is how long commits have taken of late, and so how much the next one may
// take on: about journalTimeMax worth, beside what any takes. It is told of each
// commit and needs no clock.
type commitPace struct {
	least     time.Duration // that a commit takes, whatever is in it
	perWeight float64       // ns that each unit of weight adds
}

// weightMax returns how much the next commit may take on.
func (p *commitPace) weightMax() int {
	if weight := float64(journalTimeMax) / p.perWeight; weight < math.MaxInt32 {
		return int(weight)
	}
	return math.MaxInt32
}

// note learns from a commit. A lone write shows what any takes: on a disk whose
// every commit is slow now, larger ones are no slower, and to divide them would
// make it all worse.
func (p *commitPace) note(weight int, took time.Duration, lone bool) {
	switch {
	case lone && took > p.least:
		p.least, p.perWeight = took, 0
		return
	case took < p.least || p.least == 0:
		p.least = took
	}
	p.perWeight = (p.perWeight + float64(took-p.least)/float64(max(1, weight))) / 2
}
