package bench

import "time"

// usage is what a process has used since it began, and its memory now.
type usage struct {
	user     time.Duration // CPU in the program itself
	system   time.Duration // CPU in the kernel on its behalf
	rssBytes int64         // resident memory
}

func (u usage) cpu() time.Duration { return u.user + u.system }

// since is the CPU used since an earlier reading, and the memory of this one.
func (u usage) since(earlier usage) usage {
	u.user -= earlier.user
	u.system -= earlier.system
	return u
}

// microsPer is the CPU for each of count things, 0 when there are none.
func (u usage) microsPer(count int) float64 {
	if count == 0 {
		return 0
	}
	return u.cpu().Seconds() * 1e6 / float64(count)
}
