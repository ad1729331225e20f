package token

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestMint: what is minted is what Verify returns.
func TestMint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := Config{Secret: secret, Issuer: "roomd", Audience: "rooms"}
		v := newTestVerifier(t, config)
		for _, claims := range []Claims{
			{Subject: "anna"},
			{Subject: "anna", Name: `Anna "<>&ü`, Admin: true},
			{Subject: "anna", Join: Patterns{}, Create: Patterns{"a*", "b"}},
			{Subject: "anna", Send: Patterns{}},
		} {
			for _, ttl := range []time.Duration{0, 1, time.Second, time.Hour} {
				minted, err := Mint(config, claims, ttl)
				if err != nil {
					t.Fatal(err)
				}
				want := claims
				if ttl > 0 {
					want.Expires = time.Now().Add(max(ttl, time.Second)) // dates are whole seconds
				}
				got, err := v.Verify(t.Context(), minted)
				if got.Expires.Equal(want.Expires) {
					got.Expires = want.Expires
				}
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v, %v; want %+v", got, err, want)
				}
			}
		}
	})
}

func TestMintRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		secret []byte
		claims Claims
		ttl    time.Duration
		why    string
	}{
		"no secret":           {nil, Claims{Subject: "anna"}, 0, "secret"},
		"short secret":        {secret[1:], Claims{Subject: "anna"}, 0, "secret"},
		"no subject":          {secret, Claims{}, 0, "sub"},
		"negative ttl":        {secret, Claims{Subject: "anna"}, -1, "ttl"},
		"too many patterns":   {secret, Claims{Subject: "anna", Join: make(Patterns, patternsMax+1)}, 0, "patterns"},
		"too long altogether": {secret, Claims{Subject: strings.Repeat("x", tokenBytesMax)}, 0, "bytes"},
	} {
		if _, err := Mint(Config{Secret: c.secret}, c.claims, c.ttl); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: got %v, want %q", name, err, c.why)
		}
	}
}
