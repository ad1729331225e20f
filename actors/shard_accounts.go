package actors

// shardAccounts is the accounts that a shard has started, by user. It is the
// shard's own.
type shardAccounts struct {
	node      *Node        // static after construction
	mailboxes *mailboxKind // of all
	shrinkingMap[string, *accountActor]
}

func newShardAccounts(n *Node) shardAccounts {
	return shardAccounts{node: n, mailboxes: &mailboxKind{workers: &n.workers}}
}

// userOfAddressed returns whose account a message is for; empty: it is for a room.
func userOfAddressed(m addressed) string {
	switch m := m.(type) {
	case *errand:
		return m.user
	case *listWanted:
		return m.connection.user.ID
	}
	return ""
}

// routeToAccount is route for a message to the account of that user.
func (s *shard) routeToAccount(id string, m addressed) {
	a := s.accounts.entries[id]
	if a == nil {
		if !s.mayStart(m) {
			return
		}
		a = startAccount(s.node, s.accounts.mailboxes, id)
		s.accounts.put(id, a)
	}
	if a.ending != nil {
		a.ending.hold(s.node, m)
		return
	}
	a.post(m)
}

// end asks one that has nothing to do to end. It has the last word: something may
// be on its way to it already.
func (l *shardAccounts) end(a *accountActor) {
	if l.entries[a.id] != a || a.ending != nil {
		return
	}
	a.ending = &ending{}
	a.post(&end{})
}

// answered takes what one says that was asked to end, and returns what has waited
// for that.
func (l *shardAccounts) answered(m *accountAnswered) []addressed {
	a := m.account
	waited := a.ending.queue
	a.ending = nil
	if m.ended {
		l.remove(a.id)
	}
	return waited
}

// stop has all end at once.
func (l *shardAccounts) stop() {
	for _, a := range l.entries {
		a.mailbox.PostSystemMessage(&end{})
	}
}
