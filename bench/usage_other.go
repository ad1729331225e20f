//go:build !linux

package bench

import "errors"

// readUsage is not known here: reports leave out CPU and memory.
func readUsage(int) (usage, error) {
	return usage{}, errors.ErrUnsupported
}
