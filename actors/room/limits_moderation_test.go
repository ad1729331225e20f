package room

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestModeratorsMax(t *testing.T) {
	r := newTestRoom(Settings{})
	r.seat(moderatorsMax + 1)
	role := func(i int, role Role) Request {
		return requestOf("creator", 1, SetRole{UserID: fmt.Sprintf("u%d", i), Role: role})
	}
	for i := range moderatorsMax {
		wantReply(t, r.do(role(i, RoleModerator)), "")
	}
	wantReply(t, r.do(role(moderatorsMax, RoleModerator)), CodeTooLarge)
	wantReply(t, r.do(role(7, RoleModerator)), "") // is one already
	wantReply(t, r.do(role(7, RoleMember)), "")
	wantReply(t, r.do(role(moderatorsMax, RoleModerator)), "")
	if n := len(r.moderation.Moderators); n != moderatorsMax {
		t.Errorf("%d moderators, want %d", n, moderatorsMax)
	}
}

// TestSanctionsMax: at the limit those that have ended make room, others don't.
func TestSanctionsMax(t *testing.T) {
	for name, c := range map[string]struct {
		limit  int
		impose func(user string, lasts time.Duration) Command
		held   func(*Room) map[string]Sanction
	}{
		"bans": {bansMax, func(user string, lasts time.Duration) Command { return Ban{UserID: user, For: lasts} },
			func(r *Room) map[string]Sanction { return r.moderation.Banned }},
		"mutes": {mutesMax, func(user string, lasts time.Duration) Command { return Mute{UserID: user, For: lasts} },
			func(r *Room) map[string]Sanction { return r.moderation.Muted }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTestRoom(Settings{})
			at := func(later time.Duration, user string, lasts time.Duration) Decision {
				q := requestOf("creator", 1, c.impose(user, lasts))
				q.At = q.At.Add(later)
				return r.do(q)
			}
			for i := range c.limit {
				lasts := time.Duration(0)
				if i < 3 {
					lasts = time.Minute
				}
				wantReply(t, at(0, fmt.Sprint(i), lasts), "")
			}
			wantReply(t, at(0, "late", 0), CodeTooLarge)
			wantReply(t, at(0, "7", time.Hour), "") // in the place of the old one
			wantReply(t, at(time.Minute-1, "late", 0), CodeTooLarge)
			wantReply(t, at(time.Minute, "late", 0), "")
			if n := len(c.held(r)); n != c.limit-2 {
				t.Errorf("%d are held, want %d", n, c.limit-2)
			}
			wantReply(t, at(time.Minute, "later", 0), "")
			wantReply(t, at(time.Minute, "latest", 0), "")
			wantReply(t, at(time.Minute, "too late", 0), CodeTooLarge)
		})
	}
}

func TestSanctionsListedMax(t *testing.T) {
	r := newTestRoom(Settings{})
	by := User{ID: "creator"}
	for i := range sanctionsListedMax + 1 {
		id := fmt.Sprintf("%05d", i)
		ended := Sanction{By: by, At: scriptStart, Until: scriptStart}
		r.Apply(UserBanned{User{ID: "0" + id, Name: ""}, ended})
		r.Apply(UserBanned{User{ID: id}, Sanction{By: by, At: scriptStart}})
		r.Apply(UserMuted{id, Sanction{By: by, At: scriptStart}})
	}
	reply := r.do(requestOf("creator", 1, GetModeration{})).Reply.(ModerationReply)
	if len(reply.Banned) != sanctionsListedMax || len(reply.Muted) != mutesMax {
		t.Errorf("%d banned and %d muted are listed", len(reply.Banned), len(reply.Muted))
	}
	if first := reply.Banned[0].UserID; first != "00000" {
		t.Errorf("the first is %s", first)
	}
}

func TestInvitedMax(t *testing.T) {
	r := newTestRoom(Settings{Persistent: true})
	invite := func(user string) Decision { return r.do(requestOf("creator", 1, Invite{UserID: user})) }
	for i := range invitedMax {
		wantReply(t, invite(fmt.Sprint(i)), "")
	}
	wantReply(t, invite("late"), CodeTooLarge)
	wantReply(t, invite("7"), "") // is invited already
	wantReply(t, r.do(requestOf("7", 1, Decline{})), "")
	wantReply(t, invite("late"), "")
	wantReply(t, r.do(requestOf("late", 1, Join{})), "")
	wantReply(t, invite("later"), "")
	wantReply(t, invite("latest"), CodeTooLarge)
	if n := len(r.invited); n != invitedMax {
		t.Errorf("%d are invited, want %d", n, invitedMax)
	}
}

// TestMarkStepMax: a mark may go far at once only where not more is behind it.
func TestMarkStepMax(t *testing.T) {
	r := newTestRoom(Settings{Persistent: true})
	r.do(requestOf("anna", 1, Join{}))
	for range 2*markStepMax + 10 {
		r.do(requestOf("creator", 1, Send{Text: "a"}))
	}
	mark := func(seq uint64) Decision { return r.Decide(requestOf("anna", 1, MarkRead{Seq: seq})) }
	wantFetch := func(d Decision, after uint64) {
		t.Helper()
		if d.Fetch == nil || d.Fetch.Limit != fetchMax || d.Fetch.After != after {
			t.Errorf("comes to %+v, want records after %d", d, after)
		}
	}
	wantFetch(mark(markStepMax), 0)
	wantReply(t, mark(markStepMax+1), CodeTooLarge)
	wantReply(t, mark(r.Seq()-markStepMax-1), CodeTooLarge)
	wantFetch(mark(r.Seq()-markStepMax), r.Seq()-markStepMax)
	wantReply(t, mark(r.Seq()-historyEntriesMax), "")
	wantReply(t, mark(r.Seq()), "")
	wantReply(t, given(t, r, "anna", MarkRead{Seq: markStepMax}, 2), CodeTooLarge) // the first is gone
}

// TestReadingHoldsLittle: what a mark is moved over is not all held at once,
// nor are the changes between the messages of a page.
func TestReadingHoldsLittle(t *testing.T) {
	long := Message{Seq: 1, Sender: User{ID: "a"}, Text: strings.Repeat("x", textBytesMax), Attachments: []json.RawMessage{object(1000)}}
	change := Change{Seq: 2, MessageSeq: 1, Text: long.Text}
	page := Page{Fetch: Fetch{Limit: 2, begins: true}, Entries: []Entry{{Message: &long}, {Change: &change}}}
	mark := WithPage(MarkRead{Seq: 9}, page).(MarkRead).found
	if m := mark.messages[0]; m.Text != "" || m.Attachments != nil || m.Sender.ID != "a" || mark.high != 2 {
		t.Errorf("a mark holds %+v", mark)
	}
	if got := WithPage(GetHistory{}, page).(GetHistory).found; len(got.messages) != 1 || got.high != 2 {
		t.Errorf("a page of history holds %+v", got)
	}
}

// TestSeatsHolesAreBounded: the order of arrival is not longer than twice the
// seats, whoever comes and goes, and stays the order.
func TestSeatsHolesAreBounded(t *testing.T) {
	r := newTestRoom(Settings{})
	r.seat(100)
	for i := range 10_000 {
		user := fmt.Sprintf("u%d", i*7%100)
		r.do(requestOf(user, 1, Leave{}))
		if i%3 > 0 {
			r.do(requestOf(user, 1, Join{}))
		}
		if places, most := len(r.seats.order), 2*r.seats.count()+holesMin; places > most {
			t.Fatalf("%d places for %d seats", places, r.seats.count())
		}
	}
	last, inside := uint64(0), 0
	for _, s := range r.seats.order {
		if s.arrival <= last {
			t.Fatalf("arrival %d after %d", s.arrival, last)
		}
		if last = s.arrival; s.connections != nil {
			inside++
		}
	}
	if inside != r.UserCount() {
		t.Errorf("%d are in order, %d inside", inside, r.UserCount())
	}
}

// TestEditsAreBounded: a history of messages that grow by edits stays within
// its bytes, and drops the oldest.
func TestEditsAreBounded(t *testing.T) {
	r := newTestRoom(Settings{})
	for range 100 {
		r.do(requestOf("creator", 1, Send{Text: "a"}))
	}
	grown := EditMessage{Text: strings.Repeat("x", textBytesMax), Attachments: []json.RawMessage{object(attachmentsBytesMax)}}
	for seq := uint64(100); seq > 50; seq-- {
		grown.MessageID = r.messageID(seq)
		want := either(seq < r.history.first(), CodeNoMessage, "")
		wantReply(t, r.do(requestOf("creator", 1, grown)), want)
		held := 0
		for _, e := range r.history.entries {
			held += entryBytes(e)
		}
		if held != r.history.bytes || held > historyBytesMax {
			t.Fatalf("%d bytes are held, %d counted, at most %d wanted", held, r.history.bytes, historyBytesMax)
		}
	}
	if first := r.history.first(); first != 99 { // three edits, and all but one of their messages
		t.Errorf("records from %d are held", first)
	}
}

// TestPageMax: pages of users and of history are bounded by count.
func TestPageMax(t *testing.T) {
	r := newTestRoom(Settings{})
	r.seat(PageMax + 50)
	for range PageMax + 50 {
		r.do(requestOf("creator", 1, Send{Text: "a"}))
	}
	users := r.do(requestOf("creator", 1, ListUsers{Limit: PageMax})).Reply.(UsersReply)
	if len(users.Users) != PageMax || users.Next != PageMax {
		t.Errorf("%d users, on after %d", len(users.Users), users.Next)
	}
	for _, c := range []GetHistory{{Limit: PageMax}, {Limit: PageMax, HasAfter: true}} {
		if page := r.do(requestOf("creator", 1, c)).Reply.(HistoryReply); len(page.Messages) != PageMax || !page.HasMore {
			t.Errorf("%d messages, more: %v", len(page.Messages), page.HasMore)
		}
	}
}
