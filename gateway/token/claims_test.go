package token

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestClaims(t *testing.T) {
	v := newTestVerifier(t, Config{Secret: secret})
	for payload, want := range map[string]Claims{
		`{"sub":"anna","name":"Anna","admin":true}`:       {Subject: "anna", Name: "Anna", Admin: true},
		`{"sub":"anna","name":null,"admin":null}`:         {Subject: "anna"},
		`{"sub":"anna","admin":false,"rooms":{}}`:         {Subject: "anna"},
		`{"sub":"anna","rooms":{"join":["a*","b"]}}`:      {Subject: "anna", Join: Patterns{"a*", "b"}},
		`{"sub":"anna","rooms":{"create":[]}}`:            {Subject: "anna", Create: Patterns{}},
		`{"sub":"anna","rooms":{"send":[],"join":[]}}`:    {Subject: "anna", Join: Patterns{}, Send: Patterns{}},
		`{"sub":"anna","exp":` + inSeconds(dateMax) + `}`: {Subject: "anna", Expires: time.Unix(dateMax, 0)},
	} {
		got, err := v.Verify(t.Context(), sign(t, jose.HS256, secret, payload))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", payload, got, err, want)
		}
	}
}

// TestUnclearClaims: what could be a limit, and isn't understood, does not count
// as no limit.
func TestUnclearClaims(t *testing.T) {
	v := newTestVerifier(t, Config{Secret: secret})
	for claim, why := range map[string]string{
		`"exp":null`:                              "exp and nbf",
		`"nbf":null`:                              "exp and nbf",
		`"exp":"4102444800"`:                      "claims",
		`"exp":"never"`:                           "claims",
		`"exp":1e300`:                             "claims",
		`"exp":4102444800000`:                     "seconds",
		`"exp":` + inSeconds(dateMax+1):           "seconds",
		`"exp":-1`:                                "expired",
		`"exp":0`:                                 "expired",
		`"nbf":4102444800000`:                     "not valid yet",
		`"rooms":null`:                            "rooms",
		`"rooms":[]`:                              "rooms",
		`"rooms":"lobby"`:                         "rooms",
		`"rooms":{"join":null}`:                   "join",
		`"rooms":{"join":"lobby"}`:                "join",
		`"rooms":{"join":[7]}`:                    "join",
		`"rooms":{"join":{"lobby":true}}`:         "join",
		`"rooms":{"jion":["lobby"]}`:              "jion",
		`"rooms":{"Join":["lobby"]}`:              "Join",
		`"rooms":{"join":["lobby"],"join":["*"]}`: "duplicate",
		`"rooms":{"join":["lobby"]},"rooms":{}`:   "duplicate",
		`"rooms":{"send":` + list(patternsMax+1, 1) + `}`:     "101 patterns",
		`"rooms":{"send":` + list(1, patternBytesMax+1) + `}`: "257 bytes",
	} {
		_, err := v.Verify(t.Context(), sign(t, jose.HS256, secret, `{"sub":"anna",`+claim+`}`))
		assertError(t, err, ErrInvalid, why)
	}
	for _, most := range []string{list(patternsMax, 1), list(1, patternBytesMax)} {
		if _, err := v.Verify(t.Context(), sign(t, jose.HS256, secret, `{"sub":"anna","rooms":{"send":`+most+`}}`)); err != nil {
			t.Error(err)
		}
	}
}

func inSeconds(date int64) string { return fmt.Sprint(date) }

// list returns JSON of so many patterns, of so many bytes each.
func list(patterns, bytes int) string {
	one := `"` + strings.Repeat("x", bytes) + `"`
	return "[" + strings.Repeat(one+",", patterns-1) + one + "]"
}

// TestDates has the clock a second before, on and after each end, for dates at
// 1000 and a leeway of 30 seconds.
func TestDates(t *testing.T) {
	for _, c := range []struct {
		claim   string
		leeway  time.Duration
		at      int64
		why     string // empty: accepted
		expires int64
	}{
		{`"exp":1000`, 30 * time.Second, 999, "", 1000},
		{`"exp":1000`, 30 * time.Second, 1000, "", 1030},
		{`"exp":1000`, 30 * time.Second, 1029, "", 1030},
		{`"exp":1000`, 30 * time.Second, 1030, "expired", 0},
		{`"exp":1000`, 30 * time.Second, 1031, "expired", 0},
		{`"exp":1000`, 0, 999, "", 1000},
		{`"exp":1000`, 0, 1000, "expired", 0},
		{`"exp":1000`, LeewayMax, 1299, "", 1300},
		{`"exp":1000`, LeewayMax, 1300, "expired", 0},
		{`"exp":1000.9`, 0, 1000, "expired", 0},
		{`"nbf":1000`, 30 * time.Second, 969, "not valid yet", 0},
		{`"nbf":1000`, 30 * time.Second, 970, "", 0},
		{`"nbf":1000`, 0, 999, "not valid yet", 0},
		{`"nbf":1000`, 0, 1000, "", 0},
		{`"iat":1000`, 30 * time.Second, 969, "in the future", 0},
		{`"iat":1000`, 30 * time.Second, 970, "", 0},
		{`"nbf":900,"iat":900,"exp":1000`, 30 * time.Second, 950, "", 1000},
	} {
		config := Config{Leeway: c.leeway}
		claims, err := config.readClaims([]byte(`{"sub":"anna",`+c.claim+`}`), time.Unix(c.at, 0))
		var want time.Time
		if c.expires != 0 {
			want = time.Unix(c.expires, 0)
		}
		switch {
		case c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why)):
			t.Errorf("%s, leeway %s, at %d: got %v, want %q", c.claim, c.leeway, c.at, err, c.why)
		case c.why == "" && (err != nil || !claims.Expires.Equal(want)):
			t.Errorf("%s, leeway %s, at %d: expires %s, %v; want %s", c.claim, c.leeway, c.at, claims.Expires, err, want)
		}
	}
}

// TestTokenEnds goes by the clock.
func TestTokenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Config{Secret: secret, Leeway: time.Second}
		v := newTestVerifier(t, config)
		token := must(Mint(config, Claims{Subject: "anna"}, time.Minute))
		end := time.Now().Add(time.Minute)
		for _, wait := range []time.Duration{0, time.Minute - 1, 1, time.Second - 1} {
			time.Sleep(wait)
			claims, err := v.Verify(t.Context(), token)
			if err != nil || !claims.Expires.After(time.Now()) || claims.Expires.After(end.Add(time.Second)) {
				t.Errorf("at %s: %+v, %v", time.Now(), claims, err)
			}
		}
		time.Sleep(time.Nanosecond)
		_, err := v.Verify(t.Context(), token)
		assertError(t, err, ErrInvalid, "expired")
	})
}
