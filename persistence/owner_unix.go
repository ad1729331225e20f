//go:build unix

package persistence

import (
	"os"
	"path/filepath"
	"syscall"
)

// ownAsFolder gives a file to the owner of the folder that it is in: root may restore what another user serves.
func ownAsFolder(path string) error { return ownAs(path, filepath.Dir(path)) }

// ownAs gives a file to the owner of another.
func ownAs(path, like string) error {
	info, err := os.Stat(like)
	if err != nil {
		return err
	}
	system, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 { // nobody else can give a file away
		return nil
	}
	return os.Lchown(path, int(system.Uid), int(system.Gid))
}
