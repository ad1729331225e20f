package room

import "testing"

// longRoom is one whose first messages are no longer in memory; anna is a
// member who has read none.
func longRoom() *Room {
	r := newTestRoom(Settings{Persistent: true})
	r.do(requestOf("anna", 1, Join{}))
	for range 500 {
		r.do(requestOf("creator", 1, Send{Text: "a"}))
	}
	return r
}

// given decides a command that asks once, with these messages in the page.
func given(t *testing.T, r *Room, user string, c Command, seqs ...uint64) Decision {
	t.Helper()
	d := r.Decide(requestOf(user, 1, c))
	if d.Fetch == nil {
		t.Fatalf("%#v asks for nothing", c)
	}
	page := Page{Fetch: *d.Fetch}
	for _, seq := range seqs {
		m := Message{ID: r.messageID(seq), Seq: seq, Sender: User{ID: "creator", Name: "creator"}, Text: "a"}
		page.Entries = append(page.Entries, Entry{Message: &m})
	}
	return r.Decide(requestOf(user, 1, WithPage(c, page)))
}

// TestPageOfAnotherMessage: a store that has trimmed its messages gives the
// next one, which is not the one that was meant.
func TestPageOfAnotherMessage(t *testing.T) {
	r := longRoom()
	wantReply(t, given(t, r, "creator", DeleteMessage{MessageID: "e1-1"}, 2), CodeNoMessage)
	wantReply(t, given(t, r, "creator", EditMessage{MessageID: "e1-1", Text: "b"}, 2), CodeNoMessage)
	wantReply(t, given(t, r, "creator", EditMessage{MessageID: "e1-1", Text: "b"}, 1), "")
}

// TestPageBeyondTheMark: what the host reads beyond the mark is not read by the
// user.
func TestPageBeyondTheMark(t *testing.T) {
	d := given(t, longRoom(), "anna", MarkRead{Seq: 2}, 1, 2, 3, 4)
	if got, want := d.Reply, (ReadReply{Unread: 498, Member: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestWithPageOfOthers: a command that never asks stays as it is.
func TestWithPageOfOthers(t *testing.T) {
	if c := WithPage(Leave{}, Page{}); c != (Leave{}) {
		t.Errorf("got %#v", c)
	}
}

// TestBanOutweighsInvitation: whatever else says that one may come in.
func TestBanOutweighsInvitation(t *testing.T) {
	for _, private := range []bool{false, true} {
		r := newTestRoom(Settings{Persistent: true, Private: private})
		r.do(requestOf("creator", 1, Ban{UserID: "anna"}))
		r.Apply(Invited{UserID: "anna"})
		wantReply(t, r.do(requestOf("anna", 1, Join{})), either(private, CodeRoomPrivate, CodeBanned))
	}
}
