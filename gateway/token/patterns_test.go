package token

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		patterns Patterns
		roomID   string
		want     bool
	}{
		{nil, "lobby", true},
		{nil, "", true},
		{Patterns{}, "lobby", false},
		{Patterns{}, "", false},
		{Patterns{""}, "", true},
		{Patterns{""}, "lobby", false},
		{Patterns{"lobby"}, "lobby", true},
		{Patterns{"lobby"}, "Lobby", false},
		{Patterns{"lobby"}, "lobby2", false},
		{Patterns{"lobby"}, "my lobby", false},
		{Patterns{"*"}, "", true},
		{Patterns{"*"}, "any\nthing", true},
		{Patterns{"**"}, "x", true},
		{Patterns{"team-*"}, "team-", true},
		{Patterns{"team-*"}, "team-7", true},
		{Patterns{"team-*"}, "team", false},
		{Patterns{"team-*"}, "a team-7", false},
		{Patterns{"*-public"}, "news-public", true},
		{Patterns{"*-public"}, "news-public-2", false},
		{Patterns{"a*b"}, "ab", true},
		{Patterns{"a*b"}, "a", false},
		{Patterns{"a*a"}, "a", false}, // the end is not the beginning again
		{Patterns{"a*a"}, "aa", true},
		{Patterns{"a*b*c"}, "a-b-b-c", true},
		{Patterns{"a*b*c"}, "a-c-b", false},
		{Patterns{"a*bc*bc"}, "abc", false},
		{Patterns{"a*bc*bc"}, "abcbc", true},
		{Patterns{"room.?[0-9]+"}, "room-7", false},
		{Patterns{"room.?[0-9]+"}, "room.?[0-9]+", true},
		{Patterns{`\*`}, `\anything`, true},
		{Patterns{"räume-*"}, "räume-ü", true},
		{Patterns{"x", "team-*", "y"}, "team-7", true},
		{Patterns{"x", "team-*", "y"}, "z", false},
	} {
		if got := c.patterns.Allow(c.roomID); got != c.want {
			t.Errorf("%q allow %q: %t", c.patterns, c.roomID, got)
		}
	}
}

// TestPatternsAreQuick: what makes a matcher that backtracks take for ever.
func TestPatternsAreQuick(t *testing.T) {
	id := strings.Repeat("a", patternBytesMax)
	evil := strings.Repeat("a*", patternBytesMax/2-1) + "b"
	start := time.Now()
	for range 10 { // of a millisecond at most, on an idle machine
		if match(evil, id) {
			t.Fatal("it matches")
		}
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("ten matches took %s", took)
	}
}

// FuzzMatch compares with a regular expression.
func FuzzMatch(f *testing.F) {
	for _, c := range [][2]string{{"", ""}, {"*", "x"}, {"a*b*a", "aba"}, {"a*bc*bc", "abcbc"}, {"**a", "\na"}, {"a.c", "abc"}} {
		f.Add(c[0], c[1])
	}
	f.Fuzz(func(t *testing.T, pattern, id string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(id) {
			return // regular expressions see what isn't UTF-8 as one and the same character
		}
		expression := `(?s)\A` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `\z`
		compiled, err := regexp.Compile(expression)
		if err != nil {
			return // too long for it
		}
		if got, want := match(pattern, id), compiled.MatchString(id); got != want {
			t.Errorf("match(%q, %q) is %t, want %t", pattern, id, got, want)
		}
	})
}
