package actors

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"roomd/actors/room"
	"roomd/persistence"
)

// carryover is what a node that ends in order leaves to the next one on the same
// store: the sessions that clients may still come back to, with what they may
// have missed, and the seats that they keep. It holds secrets of clients (their
// sessions' keys), but no token and no password.
//
// It is the last that a node stores, when nothing is under way any more, and only
// if nothing was left undone; and the first that the next one reads, which removes
// it when it has all that can fail at its start behind it, and before anything can
// happen. So none is ever there beside anything that has happened after it, and a
// process that can't start takes nothing from the next.
type carryover struct {
	Version    int
	Generation string    // of the store: one in a backup says nothing of what was restored
	At         time.Time // when the node ended
	Secret     []byte    // of the offsets
	StreamIDs  uint64    // given so far

	Streams     []carriedStream
	Connections []carriedConnection
	Rooms       []carriedRoom
	Accounts    []carriedAccount
	Directory   carriedDirectory
}

// carryoverVersion is the version of the form above. A reader takes this one
// only: others are removed, and clients come back by since.
const carryoverVersion = 1

// carriedStream is a stream, and of its frames those that somebody may have
// missed; none where there was no place for them.
type carriedStream struct {
	ID     uint64
	Last   uint64 // number of the newest event
	Frames []carriedFrame
}

type carriedFrame struct {
	Bytes  []byte // empty: it was volatile
	Except room.ConnectionID
	Age    time.Duration
}

type carriedPosition struct{ Stream, Number uint64 } // without a stream: none

type carriedRun struct{ Stream, First, Last uint64 }

// carriedConnection is a connection whose client is away: at the latest since the
// node ended.
type carriedConnection struct {
	ID       room.ConnectionID
	User     room.User
	Key      string // empty: nobody comes back to it
	Away     time.Time
	Expires  time.Time // with the client's token; zero: never
	Arrived  string
	Runs     []carriedRun
	Received carriedPosition
	Newest   carriedPosition
	Own      uint64 // id of its own stream; 0: none
	Lost     bool
	Spoilt   bool
	Watches  bool // the directory's feed
	Welcomed bool
}

// carriedRoom is a persistent room with somebody inside.
type carriedRoom struct {
	ID     string
	Epoch  string
	Seq    uint64
	Stream uint64
	Inside []int // indexes of connections, in the order of the seats
}

// carriedAccount is what a user's connections were told through his account.
type carriedAccount struct {
	User   string
	Stream uint64
	Online []room.User // contacts
}

// carriedDirectory is what the watchers of the directory know otherwise than it
// is in the store.
type carriedDirectory struct {
	Stream uint64
	Rooms  []carriedNews
}

type carriedNews struct {
	ID    string
	Known bool // watchers have been told of it
	Told  int  // the count that they know
}

// errCarryoverTooLarge: nobody comes back then but by since.
var errCarryoverTooLarge = errors.New("more sessions than are stored")

// changes returns how a carryover is stored.
func (c *carryover) changes() ([]persistence.Change, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(c); err != nil {
		return nil, err
	}
	if b.Len() > carryoverBytesMax {
		return nil, fmt.Errorf("%w: %d bytes", errCarryoverTooLarge, b.Len())
	}
	change := persistence.Change{Key: carryoverKey, Owner: ownerEpoch}
	for seq := uint64(1); b.Len() > 0; seq++ {
		change.Messages = append(change.Messages, persistence.Message{Seq: seq, Data: bytes.Clone(b.Next(carryoverPieceBytes))})
	}
	return []persistence.Change{{Key: carryoverKey, Owner: ownerEpoch, Delete: true}, change}, nil
}

// decodeCarryover is the other way round.
func decodeCarryover(data []byte) (c *carryover, err error) {
	c = &carryover{}
	if err := gob.NewDecoder(bytes.NewReader(data)).Decode(c); err != nil {
		return nil, err
	}
	if c.Version != carryoverVersion {
		return nil, fmt.Errorf("version %d", c.Version)
	}
	if len(c.Secret) != offsetKeyBytes {
		return nil, errors.New("the secret is damaged")
	}
	for _, r := range c.Rooms {
		for _, i := range r.Inside {
			if i < 0 || i >= len(c.Connections) {
				return nil, fmt.Errorf("no connection %d", i)
			}
		}
	}
	return c, nil
}

// findCarryover reads what the former node has left; nil: it has left nothing that
// counts now. It stays there until removeCarryover.
func (n *Node) findCarryover() (*carryover, error) {
	store := n.config.Store
	data, err := readCarryover(store)
	if errors.Is(err, persistence.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	n.left = true
	c, err := decodeCarryover(data)
	switch {
	case err != nil:
		n.log.Warn("sessions of the former process can't be read", "error", err)
		return nil, nil
	case c.Generation != store.Generation():
		n.log.Info("sessions in a backup are not gone on with", "connections", len(c.Connections))
		return nil, nil
	case !n.carries():
		return nil, nil
	}
	return c, nil
}

// removeCarryover removes what was found. The node can't start if it fails: it must
// not be there any more when something happens.
func (n *Node) removeCarryover() error {
	if !n.left {
		return nil
	}
	if err := n.config.Store.Commit(persistence.Change{Key: carryoverKey, Owner: ownerEpoch, Delete: true}); err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	return nil
}

func readCarryover(store persistence.Store) (data []byte, err error) {
	for after := uint64(0); ; {
		page, err := store.Messages(carryoverKey, persistence.Query{After: after})
		if err != nil || len(page) == 0 {
			return data, err
		}
		for _, m := range page {
			data, after = append(data, m.Data...), m.Seq
		}
	}
}

// carries reports whether sessions outlive the node.
func (n *Node) carries() bool { return n.frames != nil && n.config.Frames != nil }
