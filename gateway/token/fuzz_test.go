package token

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
)

// FuzzVerify: whatever comes as a token, it is refused as such.
func FuzzVerify(f *testing.F) {
	v := newTestVerifier(f, allTheKeys)
	good := sign(f, jose.HS256, []byte("another secret of 32 bytes, or more"), justSubject)
	for _, token := range []string{
		"", "..", good, good + ".", good[1:], rawToken(`{"alg":"none"}`, justSubject, ""),
		rawToken(`{"alg":"RS256","kid":"a","crit":["b64"],"b64":false}`, justSubject, "x"),
		rawToken(`{"alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"","y":""}}`, justSubject, "x"),
		rawToken(`{"alg":"EdDSA","x5c":["e30="]}`, justSubject, string(make([]byte, 64))),
	} {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if claims, err := v.Verify(t.Context(), token); !errors.Is(err, ErrInvalid) {
			t.Errorf("got %+v, %v", claims, err)
		}
	})
}

// FuzzClaims: what an issuer may have signed is refused, or is within limits.
func FuzzClaims(f *testing.F) {
	v := newTestVerifier(f, allTheKeys)
	for _, payload := range []string{
		justSubject, `{"sub":"anna","exp":4102444800.5,"nbf":0,"iat":-1,"aud":["a","b"]}`, `{"sub":"\ud800"}`,
		`{"sub":"anna","name":"Anna","admin":true,"rooms":{"join":["a*"],"create":[],"send":["*"]}}`, `null`, `[[[[`,
	} {
		f.Add(payload)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		claims, err := v.Verify(t.Context(), sign(t, jose.HS256, secret, payload))
		switch {
		case errors.Is(err, ErrInvalid):
			return
		case err != nil:
			t.Fatal(err)
		case claims.Subject == "" || !utf8.ValidString(claims.Subject+claims.Name):
			t.Errorf("%q: %+v", payload, claims)
		case claims.Expires.Unix() > dateMax:
			t.Errorf("%q expires at %s", payload, claims.Expires)
		}
		for _, p := range claims.lists() {
			if err := p.check(); err != nil {
				t.Errorf("%q: %v", payload, err)
			}
		}
	})
}
