package engineio

import (
	"net/url"
	"testing"
)

// TestQuery wants what the standard library makes of a query.
func TestQuery(t *testing.T) {
	for _, text := range []string{
		"", "EIO=4&transport=websocket", "a=1&a=2&a=", "a", "=a", "&&a=1&", "a=%31+2", "%61=1", "a=1;b=2&a=3", "a=%zz&a=4",
		"%zz=1&a=5", "aa=1&a=b=c", "a=%", "b=1",
	} {
		checkQuery(t, text)
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("a=1&%61=%32&a=;")
	f.Fuzz(checkQuery)
}

func checkQuery(t *testing.T, text string) {
	all, _ := url.ParseQuery(text)
	for name, values := range map[string][]string{"a": all["a"], "": all[""]} {
		first, last := "", ""
		if len(values) > 0 {
			first, last = values[0], values[len(values)-1]
		}
		if got := query(text).first(name); got != first {
			t.Errorf("%q: first %q is %q, want %q", text, name, got, first)
		}
		if got := query(text).last(name); got != last {
			t.Errorf("%q: last %q is %q, want %q", text, name, got, last)
		}
	}
}
