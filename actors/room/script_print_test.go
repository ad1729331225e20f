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
		return fmt.Sprintf("%s: %s", r.Code, r.Message)
	case CreateReply:
		return "ok: " + printInfo(r.Room)
	case JoinReply:
		return printJoinReply(r)
	case SendReply:
		return fmt.Sprintf("ok: message %s, seq %d", r.MessageID, r.Seq)
	case Done:
		return "ok"
	}
	return fmt.Sprintf("no reply that can be printed: %#v", r)
}

func printJoinReply(r JoinReply) string {
	if ids := userIDs(r.Users); !slices.Equal(ids, r.Room.Users) {
		return fmt.Sprintf("users %v in the reply, %v in its room", ids, r.Room.Users)
	}
	gap := ""
	if r.Gap {
		gap = ", gap"
	}
	return fmt.Sprintf("ok: %s\n%s, at %s/%d%s", printInfo(r.Room), printMessages(r.Messages), r.Epoch, r.Seq, gap)
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

func either(first bool, a, b string) string {
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
		words = append(words, fmt.Sprintf("%d %s", m.Seq, printText(m.Text)))
	}
	return "messages " + strings.Join(words, ", ")
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
		return fmt.Sprintf("joined %s%s", e.Connection, either(e.TookSeat, ", takes a seat", ""))
	case Left:
		return fmt.Sprintf("left %s%s%s", e.Connection,
			either(e.Disconnected, ", disconnected", ""), either(e.GaveUpSeat, ", gives up the seat", ""))
	case MessageSent:
		return "message " + messageText(e.Message)
	case Emitted:
		return fmt.Sprintf("emitted %s %s by %s at %s%s", e.Name, e.Data, e.Sender.ID, printTime(e.At),
			either(e.Volatile, ", volatile", ""))
	case Acted:
		return fmt.Sprintf("acted %s by %s at %s", e.Action, e.Player, printTime(e.At))
	case Removed:
		return "removed"
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
	kept := "no messages kept"
	if n := len(r.history.messages); n > 0 {
		kept = fmt.Sprintf("messages %d to %d kept", r.history.messages[0].Seq, r.history.messages[n-1].Seq)
	}
	return fmt.Sprintf("exists, at %s/%d, inside (%s), members (%s), %s", r.epoch, r.seq,
		strings.Join(inside, " "), strings.Join(slices.Sorted(maps.Keys(r.members)), " "), kept)
}

func printListing(r *Room) string {
	l, shown := r.Listing()
	if !shown {
		return "not shown"
	}
	return fmt.Sprintf("%s %q by %s, %s, members %d%s", l.ID, l.Name, l.Creator.ID,
		printSeats(l.UserCount, l.MaxUsers), l.MemberCount, either(l.HasPassword, ", password", ""))
}
