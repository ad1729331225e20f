package persistence

import "go.etcd.io/bbolt"

// What tests from outside need to look inside.
const (
	FileName        = fileName
	SweepEntriesMin = sweepEntriesMin
	SweepPerEntry   = sweepPerEntry
	RecoverDelayMin = recoverDelayMin
	RecoverDelayMax = recoverDelayMax
	SlowTimeout     = slowTimeout
	SocketName      = socketName
	KindsMax        = kindsMax
	ProblemsMax     = problemsMax
)

// OpenFileFunc opens the file for OpenWith.
type OpenFileFunc = openFileFunc

// OpenWith is Open, with another way to open the file and to commit.
func OpenWith(folder string, openFile OpenFileFunc, commit func(*bbolt.Tx) error) (*Bolt, error) {
	return open(storeFile{folder, openFile, commit})
}

// DB is the bbolt file of a store.
func (b *Bolt) DB() *bbolt.DB { return b.db }

// KeptMessages is the number of messages that a store in memory keeps of a key.
func (m *Memory) KeptMessages(key string) int { return len(m.keys[key].messages) }
