package persistence

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// Backup writes a copy of the store of a data folder to a new file, and says what is in it. From a running server it
// gets one by that server's [BackupServer]: the state at one moment, while the server goes on. A store that nobody has open it
// reads itself. What it writes has been checked as by [Check], is on disk, and has no generation: whatever opens it
// begins a new one, so it is a restore in any way that it is put into a data folder.
func Backup(folder, to string) (Stats, error) {
	return writeNew(to, "data folder "+folder, func(made string) error {
		err := fetchBackup(filepath.Join(folder, socketName), made)
		if errors.Is(err, errNoServer) {
			err = copyStore(filepath.Join(folder, fileName), made)
		}
		return err
	})
}

// Restore puts a backup in a data folder that has no store, and says what is in it. The store that is then opened
// there has a new generation.
func Restore(from, folder string) (Stats, error) {
	if err := makeFolder(folder); err != nil {
		return Stats{}, folderError(folder, err)
	}
	return writeNew(filepath.Join(folder, fileName), "backup "+from, func(made string) error { return copyStore(from, made) })
}

// writeNew has a copy of a store written, takes its generation, checks it and gives it its name, which nothing may have
// yet. If anything fails, nothing is left of it. What is wrong with the content is the source's.
func writeNew(path, source string, write func(made string) error) (Stats, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
		}
		return Stats{}, err
	}
	made, err := tempFile(path)
	if err != nil {
		return Stats{}, err
	}
	defer func() { _ = os.Remove(made) }() // its name goes, or it was never good
	if err = write(made); err == nil {
		err = dropGeneration(made)
	}
	if err != nil {
		return Stats{}, fmt.Errorf("%s: %w", source, err)
	}
	s, err := checkFile(made)
	if err != nil {
		return Stats{}, fmt.Errorf("%s: %w", source, err)
	}
	if err := ownAsFolder(made); err != nil {
		return Stats{}, err
	}
	return s, publish(made, path)
}

// copyStore copies the file of a store that nobody has open for writing.
func copyStore(path, to string) error {
	return viewFile(path, func(tx *bbolt.Tx, _ *os.File) error {
		return writeFile(to, func(f *os.File) error {
			_, err := tx.WriteTo(f)
			return err
		})
	})
}

// writeFile writes a file that is there.
func writeFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// dropGeneration makes a backup of a copy, and syncs all of it.
func dropGeneration(path string) error {
	if err := inspect(path); err != nil {
		return err
	}
	db, err := openDB(path, os.OpenFile, &bbolt.Options{Timeout: lockTimeout, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	err = guard(func() error {
		return db.Update(func(tx *bbolt.Tx) error {
			if meta := tx.Bucket(bucketMeta); meta != nil {
				return meta.Delete(generationKey)
			}
			return nil
		})
	})
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	return describe(err)
}

// errNoServer: nobody answers at the socket.
var errNoServer = errors.New("no server")

// fetchBackup has a running server write a copy of its store to a file.
func fetchBackup(socket, to string) error {
	conn, err := net.Dial("unix", socket)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED),
		len(socket) > socketPathBytesMax: // no server could listen there
		return errNoServer
	case err != nil:
		return err
	}
	defer func() { _ = conn.Close() }()
	from := bufio.NewReader(&steadyReader{conn})
	size, err := readGreeting(from)
	if err != nil {
		return err
	}
	return writeFile(to, func(f *os.File) error {
		n, err := io.CopyN(f, from, size)
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the server sent %d of %d bytes: its log says why", n, size)
		}
		return err
	})
}

// steadyReader gives up on a server that sends nothing.
type steadyReader struct{ conn net.Conn }

func (r *steadyReader) Read(p []byte) (int, error) {
	if err := r.conn.SetReadDeadline(time.Now().Add(backupAnswerTimeout)); err != nil {
		return 0, err
	}
	return r.conn.Read(p)
}

// A server greets with a line: this and the number of bytes that follow, or a refusal and why.
const (
	backupGreeting = "roomd backup "
	backupRefusal  = "refused: "
)

func readGreeting(from *bufio.Reader) (size int64, err error) {
	line, err := from.ReadSlice('\n') // within the reader's buffer, so it is bounded
	if err != nil {
		return 0, fmt.Errorf("the server does not greet: %w", err)
	}
	text := strings.TrimSuffix(string(line), "\n")
	if reason, ok := strings.CutPrefix(text, backupRefusal); ok {
		return 0, fmt.Errorf("the server refuses: %s", reason)
	}
	number, ok := strings.CutPrefix(text, backupGreeting)
	size, err = strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || size < 0 {
		return 0, fmt.Errorf("the server greets with %.64q", text)
	}
	return size, nil
}
