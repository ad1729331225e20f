package ratelimit

// Kind is what operations cost alike: the kinds are limited apart from each
// other.
type Kind uint8

const (
	// Connect is a new session. It is limited by address only: nobody knows yet
	// whose it is.
	Connect Kind = iota

	// Join is going into rooms that are there, and out of them.
	Join

	// Create is a room that wasn't there.
	Create

	// Password is anything that carries a password, whatever else it is: it
	// costs a hash, and may be a guess.
	Password

	// Message is a stored message, its edit or its deletion.
	Message

	// Volume is a KiB of a stored message, or of its edit, beyond the first. It comes
	// beside Message.
	Volume

	// Event is the application's own, relayed to a room and not stored.
	Event

	// Query asks for something, or says what one has seen.
	Query

	// Change is to settings, people and their relations: what is rarely done
	// and often stored.
	Change

	// Refused is what is unknown or malformed.
	Refused

	kindCount
)

// Packets is as how many packets more an operation counts where those of an address
// are spread over time (engineio): what it costs beyond being read.
func (k Kind) Packets() int { return kindPackets[k] }

var kindNames = [kindCount]string{
	Connect: "connect", Join: "join", Create: "create", Password: "password", Message: "message", Volume: "volume",
	Event: "event", Query: "query", Change: "change", Refused: "refused",
}

// String returns the kind's name, as documentation, logs and metrics have it.
func (k Kind) String() string {
	if k >= kindCount {
		return "unknown"
	}
	return kindNames[k]
}
