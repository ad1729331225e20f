package actors

import "time"

// fanOutPace says when the events of a room may go out next. A room that is busy
// anyway waits gatherFactor times as long as the last time took, so that more of
// them share a write; one in which events come no closer than that never waits.
// Under load fan-outs take longer, and more gathers. It is told of each fan-out,
// and needs no clock.
type fanOutPace struct {
	over time.Time     // when the last one was
	took time.Duration // how long it took
}

// note learns from a fan-out.
func (p *fanOutPace) note(begin, end time.Time) { p.over, p.took = end, end.Sub(begin) }

// due returns when the next one may begin.
func (p *fanOutPace) due() time.Time { return p.over.Add(p.wait()) }

// wait is how long events gather behind a fan-out.
func (p *fanOutPace) wait() time.Duration {
	wait := min(time.Duration(gatherFactor*float64(p.took)), gatherTimeMax)
	if wait < gatherTimeMin {
		return 0
	}
	return wait
}

// dueBehind returns when the one behind a fan-out that begins now may begin, if
// that takes as long as the last one; of a longer one it knows no more than that.
func (p *fanOutPace) dueBehind(begin time.Time) time.Time {
	return begin.Add(min(p.took, gatherTimeMax) + p.wait())
}
