package persistence_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"roomd/persistence"
)

func TestOpenCreates(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "several", "levels", "down")
	closeStore(t, openBolt(t, folder))
	for path, want := range map[string]fs.FileMode{
		filepath.Dir(filepath.Dir(folder)): fs.ModeDir | 0o700,
		filepath.Dir(folder):               fs.ModeDir | 0o700,
		folder:                             fs.ModeDir | 0o700,
		filepath.Join(folder, persistence.FileName): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s: mode %v, want %v", path, info.Mode(), want)
		}
	}
	closeStore(t, openBolt(t, folder)) // what is there already is no error
}

func TestOpenLocked(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	_, err := persistence.Open(folder)
	if want := "data folder " + folder + " is in use by another process"; !errors.Is(err, persistence.ErrLocked) || err.Error() != want {
		t.Errorf("Open: %v, want %s", err, want)
	}
	commit(t, s, persistence.Change{Key: "r"}) // the holder isn't disturbed
	closeStore(t, s)
	closeStore(t, openBolt(t, folder))
}

// TestOpenRefuses: whatever isn't a sound store of this version is refused, in one line, and left as it is.
func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	commit(t, s, persistence.Change{Key: "r", Messages: messages(1, 1000), Summary: []byte("s")})
	sound := imageOf(t, folder, s)
	closeStore(t, s)
	for _, c := range []struct {
		name  string
		image image
		want  error
	}{
		{"empty", image{}, persistence.ErrCorrupt},
		{"one byte", sound[:1], persistence.ErrCorrupt},
		{"text", image(strings.Repeat("no store\n", 5000)), persistence.ErrCorrupt},
		{"zeros", make(image, 64<<10), persistence.ErrCorrupt},
		{"one page", sound[:pageBytes], persistence.ErrCorrupt},
		{"two pages", sound[:2*pageBytes], persistence.ErrCorrupt},
		{"half", sound[:len(sound)/2/pageBytes*pageBytes], persistence.ErrCorrupt},
		{"a byte short", sound[:len(sound)-1], persistence.ErrCorrupt},
		{"both first pages damaged", append(make(image, 2*pageBytes), sound[2*pageBytes:]...), persistence.ErrCorrupt},
		{"all other pages damaged", append(append(image{}, sound[:2*pageBytes]...), bytes.Repeat([]byte{7}, len(sound)-2*pageBytes)...), persistence.ErrCorrupt},
		{"another program's", madeWith(t, func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket([]byte("theirs"))
			return err
		}), persistence.ErrCorrupt},
		{"no format", editedWith(t, sound, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Delete([]byte("format")) }), persistence.ErrCorrupt},
		{"format 0", editedWith(t, sound, setFormat("0")), persistence.ErrCorrupt},
		{"format in words", editedWith(t, sound, setFormat("one")), persistence.ErrCorrupt},
		{"format 1, of rooms only", editedWith(t, sound, setFormat("1")), persistence.ErrOlderFormat},
		{"format 5", editedWith(t, sound, setFormat("5")), persistence.ErrNewerFormat},
		{"format of a far future", editedWith(t, sound, setFormat("1000000")), persistence.ErrNewerFormat},
		{"newer and unlike this one", madeWith(t, func(tx *bbolt.Tx) error {
			if _, err := tx.CreateBucket([]byte("meta")); err != nil {
				return err
			}
			return setFormat("5")(tx)
		}), persistence.ErrNewerFormat},
	} {
		t.Run(c.name, func(t *testing.T) { refuses(t, c.image, c.want) })
	}
}

// refuses opens a file, which must fail, and must not change a byte of it.
func refuses(t *testing.T, i image, want error) {
	t.Helper()
	folder := i.folder(t)
	s, err := persistence.Open(folder)
	if err == nil {
		closeStore(t, s)
	}
	if !errors.Is(err, want) {
		t.Fatalf("Open: %v, want %v", err, want)
	}
	if text := err.Error(); strings.ContainsAny(text, "\n\r") || !strings.HasPrefix(text, "data folder "+folder) {
		t.Errorf("error isn't one line that begins with the data folder: %q", text)
	}
	data, err := os.ReadFile(filepath.Join(folder, persistence.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(data) != sha256.Sum256(i) {
		t.Error("the file was changed")
	}
	if names, err := os.ReadDir(folder); err != nil || len(names) != 1 {
		t.Errorf("the folder holds %v, %v, want the file alone", names, err)
	}
}

func setFormat(text string) func(*bbolt.Tx) error {
	return func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte(text)) }
}

// madeWith returns a new bbolt file with what fn puts in.
func madeWith(t *testing.T, fn func(*bbolt.Tx) error) image {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	return writtenBy(t, path, fn)
}

// editedWith returns a store's file as fn changes it.
func editedWith(t *testing.T, i image, fn func(*bbolt.Tx) error) image {
	t.Helper()
	return writtenBy(t, filepath.Join(i.folder(t), persistence.FileName), fn)
}

func writtenBy(t *testing.T, path string, fn func(*bbolt.Tx) error) image {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(fn); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOpenAfterInterruptedCreation: a file that bbolt made and nobody wrote to becomes a store.
func TestOpenAfterInterruptedCreation(t *testing.T) {
	s := openBolt(t, madeWith(t, func(*bbolt.Tx) error { return nil }).folder(t))
	defer closeStore(t, s)
	commit(t, s, persistence.Change{Key: "r"})
}

// TestOpenMissingBucket: it would read as if nothing were there.
func TestOpenMissingBucket(t *testing.T) {
	folder := t.TempDir()
	s := openBolt(t, folder)
	sound := imageOf(t, folder, s)
	closeStore(t, s)
	for _, name := range []string{"keys", "snapshots", "records", "messages", "leftovers"} {
		damaged := editedWith(t, sound, func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte(name)) })
		if _, err := persistence.Open(damaged.folder(t)); !errors.Is(err, persistence.ErrCorrupt) || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v, want ErrCorrupt that names it", name, err)
		}
	}
}

// TestOpenWhere: places that can't be a data folder get the system's word for why.
func TestOpenWhere(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(taken, persistence.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, folder, want string }{
		{"a file", file, "not a directory"},
		{"below a file", filepath.Join(file, "below"), "not a directory"},
		{"no name", "", "no such file"},
		{"folder in the file's place", taken, persistence.FileName + " is not a file"},
	} {
		_, err := persistence.Open(c.folder)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", c.name, err, c.want)
		}
	}
}
