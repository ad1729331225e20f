//go:build !linux

package engineio

import "errors"

// A poller is made on Linux only. Elsewhere each WebSocket has its reader.
type poller struct{}

func newPoller() (*poller, error) { return nil, errors.ErrUnsupported }

func (*poller) close()                          {}
func (*poller) watch(int, *Session, bool) error { return errors.ErrUnsupported }
func (*poller) remove(int)                      {}
