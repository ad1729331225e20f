package persistence

import "go.etcd.io/bbolt"

// What tests from outside need to look inside.
const (
	FileName          = fileName
	SweepKeysMin      = sweepKeysMin
	SweepKeysPerEntry = sweepKeysPerEntry
)

// OpenFileFunc opens the file for OpenWith.
type OpenFileFunc = openFileFunc

// OpenWith is Open, with another way to open the file.
func OpenWith(folder string, openFile OpenFileFunc) (*Bolt, error) { return open(folder, openFile) }

// DB is the bbolt file of a store.
func (b *Bolt) DB() *bbolt.DB { return b.db }

// KeptMessages is the number of messages that a store in memory keeps of a room.
func (m *Memory) KeptMessages(room string) int { return len(m.rooms[room].messages) }
