package engineio

import (
	"iter"
	"net/url"
	"strings"
)

// A query is a URL's, as it came: it is looked up a few times and then kept for
// as long as its session lives, so there is no map of it.
type query string

// plainQuery is that of a WebSocket of the stock client.
const plainQuery query = "EIO=4&transport=websocket"

// keptQuery is a query to keep: alone, since what it came in is a request's whole
// first line, and without memory of its own if it says nothing that others don't.
func keptQuery(raw string) query {
	if query(raw) == plainQuery {
		return plainQuery
	}
	return query(strings.Clone(raw))
}

// first returns the first value of a parameter, as [url.Values.Get] does; empty:
// there is none.
func (q query) first(name string) string {
	for value := range q.values(name) {
		return value
	}
	return ""
}

// last returns the last value of a parameter, as the reference takes it.
func (q query) last(name string) string {
	last := ""
	for value := range q.values(name) {
		last = value
	}
	return last
}

// values returns those that [url.ParseQuery] has for a parameter, which leaves
// out what it can't read.
func (q query) values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for pair := range strings.SplitSeq(string(q), "&") {
			key, value, _ := strings.Cut(pair, "=")
			key, err := url.QueryUnescape(key)
			if err != nil || key != name || pair == "" || strings.Contains(pair, ";") {
				continue
			}
			if value, err = url.QueryUnescape(value); err == nil && !yield(value) {
				return
			}
		}
	}
}
