package room

import "time"

// Every bound of a room, with its unit and its reason.
const (
	// IDBytesMax bounds ids of rooms and users, in bytes. Ids are keys in
	// every map and in the store.
	IDBytesMax = 128

	// EventBytesMax bounds the name of an application's event, in bytes.
	EventBytesMax = 128

	clientIDBytesMax = 128

	// Names are shown in lists: in characters, since that is what people count.
	nameCharsMax        = 100
	descriptionCharsMax = 1000

	// PasswordBytesMax bounds what argon2 is fed with, in bytes.
	PasswordBytesMax = 1024

	// textBytesMax is a long page of text; longer things are attachments.
	textBytesMax = 16 << 10

	// Attachments are small JSON objects that describe files, not files.
	attachmentsMax      = 10
	attachmentsBytesMax = 64 << 10 // of all attachments of a message together

	// attachmentLevelsMax bounds objects within objects: a message is put into
	// replies and records, which deepen it, and must be readable there by every
	// parser. encoding/json gives up at 10,000 levels.
	attachmentLevelsMax = 100

	// usersMax bounds maxUsers, the seats and the members of a room: the room
	// holds all of them in memory.
	usersMax = 100_000

	// seatConnectionsMax bounds the tabs and devices of one user in one room.
	seatConnectionsMax = 1000

	// usersListedMax bounds the users in a reply, whatever the room's size;
	// the rest is paged.
	usersListedMax = 200

	// historyEntriesMax is how far behind a client may be and still get
	// exactly what it missed, in records.
	historyEntriesMax = 300

	// historyBytesMax bounds what one room's history takes in memory, and with
	// it the reply to a join, in bytes of JSON: well below what may wait for a
	// client that reads slowly.
	historyBytesMax = 512 << 10

	// entryOverheadBytes is a record's fixed part in memory, about.
	entryOverheadBytes = 200

	// roomOverheadBytes and memberBytes are an empty room's and one member's part
	// in memory, about.
	roomOverheadBytes = 4 << 10
	memberBytes       = 200

	// attachmentOverheadBytes is an attachment's fixed part in memory, about.
	attachmentOverheadBytes = 32

	// joinMessagesMax is how many messages a join is answered with, if it
	// doesn't say since when.
	joinMessagesMax = 50

	// PageMax is how many things a page of a list holds at most.
	PageMax = 100

	// cursorBytesMax bounds what a client hands back of a page: a name and an
	// id, encoded.
	cursorBytesMax = 2_000

	// fetchMax is how many records the host is asked to read at a time.
	fetchMax = 300

	// markStepMax is how many records a mark may be moved over at once, unless
	// there are no more behind it: the one or the other have to be read and counted.
	markStepMax = 10_000

	// What moderators leave behind is kept in memory and in every snapshot.
	moderatorsMax  = 100
	bansMax        = 10_000
	mutesMax       = 1_000
	invitedMax     = 1_000
	reasonCharsMax = 200

	// sanctionsListedMax bounds each list of GetModeration's reply.
	sanctionsListedMax = 1_000

	sanctionTimeMax = 10 * 365 * 24 * time.Hour // longer is for good
)

// HistoryEntriesMax is how many of a room's newest records its host gives to
// Restore at least.
const HistoryEntriesMax = historyEntriesMax
