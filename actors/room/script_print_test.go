package room

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func printReply(r Reply) string {
	switch r := r.(type) {
	case *Error:
		return fmt.Sprintf("%s: %s%s", r.Code, r.Message, either(r.RetryAfter == 0, "", fmt.Sprintf(", again in %s", r.RetryAfter)))
	case RoomReply:
		return "ok: " + printInfo(r.Room)
	case JoinReply:
		return printJoinReply(r)
	case SendReply:
		return fmt.Sprintf("ok: message %s, seq %d", r.MessageID, r.Seq)
	case UsersReply:
		return fmt.Sprintf("ok: users (%s) of %d, %s", strings.Join(userIDs(r.Users), " "), r.Total,
			either(r.Next == 0, "the end", fmt.Sprintf("on after %d", r.Next)))
	case HistoryReply:
		return fmt.Sprintf("ok: %s of %s%s", printMessages(r.Messages), r.Epoch, either(r.HasMore, ", more", ""))
	case ReadReply:
		return "ok: " + either(r.Member, fmt.Sprintf("%d unread", r.Unread), either(r.Invited, "invited", "no member"))
	case ModerationReply:
		return printModeration(r)
	case Done:
		return "ok"
	}
	return fmt.Sprintf("no reply that can be printed: %#v", r)
}

func printJoinReply(r JoinReply) string {
	if ids := userIDs(r.Users); !slices.Equal(ids, r.Room.Users) {
		return fmt.Sprintf("users %v in the reply, %v in its room", ids, r.Room.Users)
	}
	return fmt.Sprintf("ok: %s\n%s%s, at %s/%d%s%s", printInfo(r.Room), printMessages(r.Messages), printChanges(r.Changes),
		r.Epoch, r.Seq, either(r.Gap, ", gap", ""), either(r.Role == RoleMember, "", ", as "+string(r.Role)))
}

func printModeration(r ModerationReply) string {
	lines := []string{fmt.Sprintf("ok: moderators (%s)", strings.Join(r.Moderators, " "))}
	for _, b := range r.Banned {
		lines = append(lines, "banned "+b.UserID+sanctionText(b.Sanction))
	}
	for _, m := range r.Muted {
		lines = append(lines, "muted "+m.UserID+sanctionText(m.Sanction))
	}
	return strings.Join(lines, "\n")
}

func sanctionText(s Sanction) string {
	return fmt.Sprintf(" by %s at %s%s%s", s.By.ID, printTime(s.At),
		either(s.Until.IsZero(), "", " until "+printTime(s.Until)), reasonText(s.Reason))
}

func reasonText(reason string) string { return either(reason == "", "", ": "+printText(reason)) }

func printFetch(f Fetch) string {
	if f.Before != 0 {
		return fmt.Sprintf("read %d before %d", f.Limit, f.Before)
	}
	return fmt.Sprintf("read %d after %d", f.Limit, f.After)
}

func printInfo(i Info) string {
	words := []string{i.ID, printText(i.Name)}
	if i.Description != "" {
		words = append(words, fmt.Sprintf("(%s)", i.Description))
	}
	words = append(words, either(i.Persistent, "persistent", "ephemeral"), either(i.Private, "private", "public"))
	if i.HasPassword {
		words = append(words, "password")
	}
	words = append(words, "by "+either(i.Creator.ID == "", "nobody", i.Creator.ID))
	words = append(words, fmt.Sprintf("at %s, active %s, %s (%s), members %d",
		printTime(i.CreatedAt), printTime(i.LastActivity),
		printSeats(i.UserCount, i.MaxUsers), strings.Join(i.Users, " "), i.MemberCount))
	return strings.Join(words, " ")
}

func printSeats(taken, limit int) string {
	if limit == 0 {
		return fmt.Sprintf("seats %d", taken)
	}
	return fmt.Sprintf("seats %d of %d", taken, limit)
}

func either[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// printText quotes a text that is short enough to be read.
func printText(text string) string {
	if len(text) > 60 {
		return fmt.Sprintf("%d bytes", len(text))
	}
	return strconv.Quote(text)
}

func printTime(at time.Time) string { return "+" + at.Sub(scriptStart).String() }

// printMessages shows the messages' texts, or of many only their numbers.
func printMessages(messages []Message) string {
	if len(messages) == 0 {
		return "no messages"
	}
	if len(messages) > 5 {
		return fmt.Sprintf("messages %d to %d", messages[0].Seq, messages[len(messages)-1].Seq)
	}
	var words []string
	for _, m := range messages {
		words = append(words, fmt.Sprintf("%d %s", m.Seq, textNow(m)))
	}
	return "messages " + strings.Join(words, ", ")
}

// textNow shows what is left of a message's text, and what has changed it.
func textNow(m Message) string {
	switch {
	case m.Deleted() && (m.Text != "" || m.Attachments != nil):
		return "deleted, but still there"
	case m.Deleted():
		return fmt.Sprintf("(deleted by %d)", m.Changed)
	case m.Changed != 0:
		return fmt.Sprintf("%s (edited by %d)", printText(m.Text), m.Changed)
	}
	return printText(m.Text)
}

func printChanges(changes []Change) string {
	if len(changes) == 0 {
		return ""
	}
	var words []string
	for _, c := range changes {
		words = append(words, changeText(c))
	}
	return ", changes " + strings.Join(words, ", ")
}

func changeText(c Change) string {
	if c.Deleted {
		return fmt.Sprintf("%d deletes %d", c.Seq, c.MessageSeq)
	}
	text := fmt.Sprintf("%d edits %d: %s", c.Seq, c.MessageSeq, printText(c.Text))
	for _, a := range c.Attachments {
		text += " " + string(a)
	}
	return text
}

// printEvent shows an event and who is told; nil: nobody is ever told of it.
func printEvent(e Event, told []ConnectionID) string {
	text := eventText(e)
	if told == nil {
		return text
	}
	to := []string{}
	for _, c := range told {
		to = append(to, string(c))
	}
	slices.Sort(to)
	return fmt.Sprintf("%s -> %s", text, either(len(to) == 0, "nobody", strings.Join(to, " ")))
}

func eventText(e Event) string {
	switch e := e.(type) {
	case Created:
		return fmt.Sprintf("created, epoch %s%s", e.Epoch, either(e.Settings.Unlisted, ", unlisted", ""))
	case MemberAdded:
		return "member added " + e.User.ID
	case MemberRemoved:
		return "member removed " + e.UserID
	case Joined:
		return fmt.Sprintf("joined %s%s%s", e.Connection, either(e.TookSeat, ", takes a seat", ""), either(e.Returned, ", returned", ""))
	case WentAway:
		return "away " + string(e.Connection)
	case CameBack:
		return fmt.Sprintf("back %s%s", e.Connection, either(e.Returned, ", returned", ""))
	case Left:
		return fmt.Sprintf("left %s%s%s%s", e.Connection, either(e.Replaced, ", replaced", ""),
			either(e.Disconnected, ", disconnected", ""), either(e.GaveUpSeat, ", gives up the seat", ""))
	case MessageSent:
		return "message " + messageText(e.Message)
	case Emitted:
		return fmt.Sprintf("emitted %s %s by %s at %s%s", e.Name, e.Data, e.Sender.ID, printTime(e.At),
			either(e.Volatile, ", volatile", ""))
	case Acted:
		return fmt.Sprintf("acted %s by %s at %s", e.Action, e.Player, printTime(e.At))
	case MessageChanged:
		return fmt.Sprintf("change %s by %s at %s, now %s", changeText(e.Change), e.Change.By.ID, printTime(e.Change.At), textNow(e.Message))
	case EpochBegan:
		return "epoch " + e.Epoch
	case RunBegan:
		return "run began"
	case RunEnded:
		return "run ended"
	case RoomUpdated:
		return "updated: " + printInfo(e.Room)
	case Invited:
		return fmt.Sprintf("invited %s to %q by %s", e.UserID, e.RoomName, e.By.ID)
	case InvitationEnded:
		return "invitation ended of " + e.UserID
	case MarkMoved:
		return fmt.Sprintf("mark of %s at %d, %d unread, by %s", e.UserID, e.Mark, e.Unread, e.Connection)
	case Removed:
		return "removed" + reasonText(e.Reason)
	}
	return moderationText(e)
}

func moderationText(e Event) string {
	switch e := e.(type) {
	case UserKicked:
		return fmt.Sprintf("kicked %s by %s%s", e.User.ID, either(e.By.ID == "", "the administrator", e.By.ID), reasonText(e.Reason))
	case UserBanned:
		return "banned " + e.User.ID + sanctionText(e.Sanction)
	case UserUnbanned:
		return fmt.Sprintf("unbanned %s by %s", e.UserID, e.By.ID)
	case UserMuted:
		return "muted " + e.UserID + sanctionText(e.Sanction)
	case UserUnmuted:
		return fmt.Sprintf("unmuted %s by %s", e.UserID, e.By.ID)
	case RoleChanged:
		return fmt.Sprintf("role of %s: %s, by %s", e.UserID, e.Role, e.By.ID)
	}
	return fmt.Sprintf("no event that can be printed: %#v", e)
}

func messageText(m Message) string {
	text := fmt.Sprintf("%s, seq %d: %s by %s at %s", m.ID, m.Seq, printText(m.Text), m.Sender.ID, printTime(m.At))
	for _, a := range m.Attachments {
		text += " " + string(a)
	}
	return text
}

func printState(r *Room) string {
	switch r.life {
	case absent:
		return "does not exist"
	case deleted:
		return "deleted, its id is taken"
	}
	inside := []string{}
	for _, j := range r.Connections() {
		inside = append(inside, string(j.Connection))
	}
	kept := "no records kept"
	if n := len(r.history.entries); n > 0 {
		kept = fmt.Sprintf("records %d to %d kept", r.history.first(), r.history.entries[n-1].Seq())
	}
	return fmt.Sprintf("exists, at %s/%d, inside (%s), members (%s)%s%s%s%s, %s", r.epoch, r.seq,
		strings.Join(inside, " "), sortedKeys(r.members),
		someOf("moderators", r.moderation.Moderators), someOf("banned", r.moderation.Banned),
		someOf("muted", r.moderation.Muted), someOf("invited", r.invited), kept)
}

func someOf[V any](what string, users map[string]V) string {
	return either(len(users) == 0, "", fmt.Sprintf(", %s (%s)", what, sortedKeys(users)))
}

func sortedKeys[V any](m map[string]V) string { return strings.Join(slices.Sorted(maps.Keys(m)), " ") }

func printListing(r *Room) string {
	l, exists := r.Listing()
	if !exists || !l.Public() {
		return "not shown"
	}
	return fmt.Sprintf("%s %q by %s, %s, members %d%s", l.ID, l.Name, l.Creator.ID,
		printSeats(l.UserCount, l.MaxUsers), l.MemberCount, either(l.HasPassword, ", password", ""))
}
