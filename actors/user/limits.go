package user

// Every bound of an account, with its unit and its reason. Ids and names in
// it have those of package room; a user's rooms are bounded by the host.
const (
	// connectionsMax bounds the tabs and devices of one user.
	connectionsMax = 1000

	// contactsMax bounds what one connect costs: each contact's account is sent
	// a Watch, and answers.
	contactsMax = 1000

	blockedMax = 1000

	// invitationsMax bounds what each new connection is told at once. The
	// oldest make room for the newest.
	invitationsMax = 100

	// watchersMax bounds what one user's coming and going costs, in accounts
	// that are sent a Presence. Those beyond see him offline.
	watchersMax = 10_000
)
