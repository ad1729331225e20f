package room

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

	// historyMessagesMax is how far behind a client may be and still get
	// exactly what it missed, in messages.
	historyMessagesMax = 300

	// historyBytesMax bounds what one room's history takes in memory, and with
	// it the reply to a join, in bytes of JSON: well below what may wait for a
	// client that reads slowly.
	historyBytesMax = 512 << 10

	// messageOverheadBytes is a message's fixed part in memory, about.
	messageOverheadBytes = 160

	// attachmentOverheadBytes is an attachment's fixed part in memory, about.
	attachmentOverheadBytes = 32

	// joinMessagesMax is how many messages a join is answered with, if it
	// doesn't say since when.
	joinMessagesMax = 50
)

// HistoryMessagesMax is how many of a room's newest messages its host gives
// to Restore.
const HistoryMessagesMax = historyMessagesMax
