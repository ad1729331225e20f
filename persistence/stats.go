package persistence

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// Stats says what a store holds and how large it is.
type Stats struct {
	Format     int    // of the file
	Generation string // empty: it is a backup, or older than generations

	FileBytes     int64  // of the file
	FreeBytes     int64  // of those, what later commits can use; [Compact] gives it back
	LeftoverBytes int64  // what was removed and later commits will free
	Kinds         []Kind // ascending by prefix
}

// Kind is what there is of the keys that begin alike.
type Kind struct {
	Prefix   string // up to and including the first slash, empty for keys without one
	Keys     int
	Records  int   // in sight
	Messages int   // in sight
	Bytes    int64 // of all that is stored of these keys, with what it is filed under
}

// noKind is in the place of a kind's index where bytes belong to no key any more.
const noKind = -1

// ReadStats reads all of the store of a data folder that nobody has open for writing, and changes nothing. It looks at
// less than [Check] does.
func ReadStats(folder string) (s Stats, err error) {
	err = viewFile(filepath.Join(folder, fileName), func(tx *bbolt.Tx, file *os.File) error {
		var found problems
		pages, err := newPageCheck(tx, file, &found)
		if err != nil {
			return err
		}
		if s, err = readStats(tx, file, pages); err != nil {
			return err
		}
		return found.err()
	})
	if err != nil {
		return Stats{}, folderError(folder, err)
	}
	return s, nil
}

// readStats reads every entry; what is wrong with one goes to what the pages' check has found.
func readStats(tx *bbolt.Tx, file *os.File, pages *pageCheck) (Stats, error) {
	stored, err := readFormat(tx)
	if err != nil {
		return Stats{}, err
	}
	info, err := file.Stat()
	if err != nil {
		return Stats{}, err
	}
	s := Stats{Format: stored, FileBytes: info.Size(), FreeBytes: pages.freeBytes(info.Size())}
	if stored == 0 { // just created, nothing was ever written
		return s, nil
	}
	s.Generation, _ = readGeneration(tx) // the survey says if it is damaged
	entries := survey{tx: tx, found: pages.found}
	if err := entries.run(stored); err != nil {
		return Stats{}, err
	}
	slices.SortFunc(entries.kinds, func(a, b Kind) int { return strings.Compare(a.Prefix, b.Prefix) })
	s.Kinds, s.LeftoverBytes = entries.kinds, entries.bytes
	return s, nil
}

// kindOf returns the index of a key's kind. Those beyond kindsMax count to the last.
func (s *survey) kindOf(key string) int {
	prefix := key[:strings.IndexByte(key, '/')+1]
	for i := range s.kinds {
		if s.kinds[i].Prefix == prefix {
			return i
		}
	}
	if len(s.kinds) == kindsMax {
		return kindsMax - 1
	}
	s.kinds = append(s.kinds, Kind{Prefix: prefix})
	return len(s.kinds) - 1
}
