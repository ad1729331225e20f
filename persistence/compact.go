package persistence

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"

	"go.etcd.io/bbolt"
)

// Compact writes the store of a data folder that nobody has open anew, without the space that it doesn't use, and returns
// what it was and what it is. The new file takes the old one's place when it has been checked and is on disk; until
// then, and if anything fails, the old one is as it was. Meanwhile both take space.
func Compact(folder string) (before, after Stats, err error) {
	path := filepath.Join(folder, fileName)
	err = viewFile(path, func(tx *bbolt.Tx, file *os.File) error {
		if before, err = checkTx(tx, file); err != nil {
			return err
		}
		after, err = replaceCompacted(tx, path, before)
		return err
	})
	if err != nil {
		return Stats{}, Stats{}, folderError(folder, err)
	}
	return before, after, nil
}

// replaceCompacted puts a compact copy in a file's place. The transaction's lock on the file keeps every other process
// away, and one that waits for it meanwhile sees that the file is no longer the one in place.
func replaceCompacted(tx *bbolt.Tx, path string, before Stats) (Stats, error) {
	made, err := tempFile(path)
	if err != nil {
		return Stats{}, err
	}
	defer func() { _ = os.Remove(made) }() // unless it was renamed
	if err := writeCompacted(tx.DB(), made); err != nil {
		return Stats{}, err
	}
	after, err := checkFile(made)
	if err != nil {
		return Stats{}, err
	}
	if after.Generation != before.Generation || !reflect.DeepEqual(after.Kinds, before.Kinds) {
		return Stats{}, errors.New("the compact copy does not hold what the store does")
	}
	if err := ownAs(made, path); err != nil {
		return Stats{}, err
	}
	if err := os.Rename(made, path); err != nil {
		return Stats{}, err
	}
	return after, syncFolder(filepath.Dir(path))
}

// writeCompacted writes all of a database to an empty file and syncs it, once.
func writeCompacted(from *bbolt.DB, made string) error {
	to, err := bbolt.Open(made, 0o600, &bbolt.Options{
		Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType, NoSync: true, NoGrowSync: true,
	})
	if err != nil {
		return err
	}
	if err = bbolt.Compact(to, from, compactCommitBytes); err == nil {
		err = to.Sync()
	}
	if cerr := to.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("compact copy: %w", err)
	}
	return nil
}
