package token

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func TestAcceptedTokens(t *testing.T) {
	v := newTestVerifier(t, allTheKeys)
	for name, token := range map[string]string{
		"HS256":                   sign(t, jose.HS256, secret, justSubject),
		"RS256":                   sign(t, jose.RS256, rsaKey, justSubject),
		"ES256":                   sign(t, jose.ES256, ecKey, justSubject),
		"EdDSA":                   sign(t, jose.EdDSA, edKey, justSubject),
		"a key id, without a set": sign(t, jose.RS256, rsaKey, justSubject, header{"kid": "2026-01"}),
		"typ and what is unknown": sign(t, jose.HS256, secret, justSubject, header{"typ": "JWT", "x": 1}),
		"claims that are unknown": sign(t, jose.HS256, secret, `{"sub":"anna","scope":"read","Sub":"ben"}`),
		"an audience, unasked":    sign(t, jose.HS256, secret, `{"sub":"anna","aud":"other","iss":"other"}`),
		"as long as can be":       ofLength(t, tokenBytesMax),
	} {
		t.Run(name, func(t *testing.T) {
			claims, err := v.Verify(t.Context(), token)
			if want := (Claims{Subject: "anna"}); err != nil || !reflect.DeepEqual(claims, want) {
				t.Errorf("got %+v, %v; want %+v", claims, err, want)
			}
		})
	}
}

func TestRefusedTokens(t *testing.T) {
	v := newTestVerifier(t, allTheKeys)
	good := sign(t, jose.HS256, secret, justSubject)
	part := strings.Split(good, ".")
	for name, c := range map[string]struct{ token, why string }{
		"empty":                    {"", "empty"},
		"no token":                 {"let me in", "three parts"},
		"two parts":                {part[0] + "." + part[1], "three parts"},
		"not base64":               {"e30.e30.*", "illegal base64"},
		"line breaks":              {part[0] + ".\n" + part[1] + "." + part[2], "line breaks"},
		"JSON serialization":       {`{"payload":"e30","protected":"e30","signature":"e30"}`, "three parts"},
		"header is no object":      {rawToken(`[]`, justSubject, "x"), "invalid protected header"},
		"header has alg twice":     {rawToken(`{"alg":"none","alg":"HS256"}`, justSubject, "x"), "invalid protected header"},
		"too long":                 {ofLength(t, tokenBytesMax+1), "of at most 8192"},
		"encrypted":                {encrypted(t), "three parts"},
		"none":                     {rawToken(`{"alg":"none"}`, justSubject, ""), `"none"`},
		"None":                     {rawToken(`{"alg":"None"}`, justSubject, ""), `"None"`},
		"no alg":                   {rawToken(`{}`, justSubject, "x"), `algorithm ""`},
		"hs256":                    {rawToken(`{"alg":"hs256"}`, justSubject, "x"), `"hs256"`},
		"unsigned":                 {part[0] + "." + part[1] + ".", "no key"},
		"payload changed":          {part[0] + "." + encode(`{"sub":"ben"}`) + "." + part[2], "no key"},
		"header changed":           {encode(`{"alg":"HS256","typ":"JWT"}`) + "." + part[1] + "." + part[2], "no key"},
		"HS256, other secret":      {sign(t, jose.HS256, []byte(strings.Repeat("x", 32)), justSubject), "no key"},
		"HS256, public file":       {sign(t, jose.HS256, publicFile, justSubject), "no key"},
		"HS256, public RSA PEM":    {sign(t, jose.HS256, publicPEM(rsaKey), justSubject), "no key"},
		"HS256, public modulus":    {sign(t, jose.HS256, rsaKey.N.Bytes(), justSubject), "no key"},
		"HS256, public Ed25519":    {sign(t, jose.HS256, []byte(edKey[32:]), justSubject), "no key"},
		"RS256, other key":         {sign(t, jose.RS256, rsaOther, justSubject), "no key"},
		"ES256, other key":         {sign(t, jose.ES256, ecOther, justSubject), "no key"},
		"EdDSA, other key":         {sign(t, jose.EdDSA, edOther, justSubject), "no key"},
		"RS256, said to be ES256":  {relabel(sign(t, jose.RS256, rsaKey, justSubject), "ES256"), "no key"},
		"HS512":                    {sign(t, jose.HS512, bytes.Repeat(secret, 2), justSubject), `"HS512"`},
		"RS512":                    {sign(t, jose.RS512, rsaKey, justSubject), `"RS512"`},
		"PS256":                    {sign(t, jose.PS256, rsaKey, justSubject), `"PS256"`},
		"ES384":                    {sign(t, jose.ES384, ec384Key, justSubject), `"ES384"`},
		"its own key in jwk":       {sign(t, jose.ES256, ecOther, justSubject, header{"jwk": publicJWK(ecOther)}), "no key"},
		"crit":                     {sign(t, jose.HS256, secret, justSubject, header{"crit": []string{"exp"}, "exp": 1}), "crit"},
		"crit, empty":              {sign(t, jose.HS256, secret, justSubject, header{"crit": []string{}}), "crit"},
		"b64":                      {sign(t, jose.HS256, secret, justSubject, header{"b64": true}), "b64"},
		"b64 in crit":              {rawToken(`{"alg":"HS256","b64":false,"crit":["b64"]}`, justSubject, "x"), "in its header"},
		"payload is no object":     {sign(t, jose.HS256, secret, `["anna"]`), "claims"},
		"payload is null":          {sign(t, jose.HS256, secret, `null`), "sub"},
		"payload is empty":         {sign(t, jose.HS256, secret, ``), "claims"},
		"payload goes on":          {sign(t, jose.HS256, secret, justSubject+`{}`), "claims"},
		"sub twice":                {sign(t, jose.HS256, secret, `{"sub":"anna","sub":"ben"}`), "duplicate"},
		"no sub":                   {sign(t, jose.HS256, secret, `{"name":"Anna"}`), "sub"},
		"Sub":                      {sign(t, jose.HS256, secret, `{"Sub":"anna"}`), "sub"},
		"empty sub":                {sign(t, jose.HS256, secret, `{"sub":""}`), "sub"},
		"sub is null":              {sign(t, jose.HS256, secret, `{"sub":null}`), "sub"},
		"sub is a number":          {sign(t, jose.HS256, secret, `{"sub":7}`), "claims"},
		"name is a number":         {sign(t, jose.HS256, secret, `{"sub":"anna","name":7}`), "claims"},
		"admin is a string":        {sign(t, jose.HS256, secret, `{"sub":"anna","admin":"true"}`), "claims"},
		"aud is a number, unasked": {sign(t, jose.HS256, secret, `{"sub":"anna","aud":7}`), "claims"},
	} {
		t.Run(name, func(t *testing.T) {
			claims, err := v.Verify(t.Context(), c.token)
			assertError(t, err, ErrInvalid, c.why)
			if !reflect.DeepEqual(claims, Claims{}) {
				t.Errorf("got %+v all the same", claims)
			}
		})
	}
}

// TestKeyOfAnotherSource: with one source of keys, the algorithms of the others
// have none.
func TestKeyOfAnotherSource(t *testing.T) {
	signed := map[string]string{
		"HS256": sign(t, jose.HS256, secret, justSubject),
		"RS256": sign(t, jose.RS256, rsaKey, justSubject),
		"ES256": sign(t, jose.ES256, ecKey, justSubject),
		"EdDSA": sign(t, jose.EdDSA, edKey, justSubject),
	}
	for of, config := range map[string]Config{
		"HS256": {Secret: secret},
		"RS256": {PublicKeys: publicPEM(rsaKey)},
		"ES256": {PublicKeys: publicPEM(ecKey)},
		"EdDSA": {PublicKeys: publicPEM(edKey)},
	} {
		v := newTestVerifier(t, config)
		for algorithm, token := range signed {
			if _, err := v.Verify(t.Context(), token); (err == nil) != (algorithm == of) {
				t.Errorf("with the key for %s, a token with %s: %v", of, algorithm, err)
			}
		}
	}
}

// TestKeyConfusion: a server that only has public keys takes none of them, in
// whatever form, for a secret.
func TestKeyConfusion(t *testing.T) {
	v := newTestVerifier(t, Config{PublicKeys: publicPEM(rsaKey)})
	for _, form := range [][]byte{publicPEM(rsaKey), bytes.TrimSpace(publicPEM(rsaKey)), rsaKey.N.Bytes()} {
		_, err := v.Verify(t.Context(), sign(t, jose.HS256, form, justSubject))
		assertError(t, err, ErrInvalid, "no key for HS256")
	}
}

func TestIssuerAndAudience(t *testing.T) {
	config := Config{Secret: secret, Issuer: "https://issuer.example", Audience: "rooms"}
	v := newTestVerifier(t, config)
	for _, c := range []struct{ claims, why string }{
		{`"iss":"https://issuer.example","aud":"rooms"`, ""},
		{`"iss":"https://issuer.example","aud":["files","rooms"]`, ""},
		{`"iss":"https://issuer.example","aud":"files"`, "aud"},
		{`"iss":"https://issuer.example","aud":["files","mail"]`, "aud"},
		{`"iss":"https://issuer.example","aud":"room"`, "aud"},
		{`"iss":"https://issuer.example","aud":[]`, "aud"},
		{`"iss":"https://issuer.example","aud":""`, "aud"},
		{`"iss":"https://issuer.example"`, "aud"},
		{`"iss":"https://issuer.example/","aud":"rooms"`, "iss"},
		{`"iss":"","aud":"rooms"`, "iss"},
		{`"iss":["https://issuer.example"],"aud":"rooms"`, "claims"},
		{`"aud":"rooms"`, "iss"},
	} {
		_, err := v.Verify(t.Context(), sign(t, jose.HS256, secret, `{"sub":"anna",`+c.claims+`}`))
		if c.why != "" {
			assertError(t, err, ErrInvalid, c.why)
		} else if err != nil {
			t.Errorf("%s: %v", c.claims, err)
		}
	}
}

// ofLength returns a token that is good but for its length. Base64 has no length
// of one more than a multiple of four, so both parts are padded.
func ofLength(t *testing.T, length int) string {
	for inHeader := range 4 {
		for inPayload := range 200 {
			payload := fmt.Sprintf(`{"sub":"anna","x":%q}`, strings.Repeat("x", length*3/4-200+inPayload))
			token := sign(t, jose.HS256, secret, payload, header{"x": strings.Repeat("x", inHeader)})
			if len(token) == length {
				return token
			}
		}
	}
	t.Fatalf("no token has %d bytes", length)
	return ""
}

func encrypted(t *testing.T) string {
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.DIRECT, Key: secret}, nil)
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := encrypter.Encrypt([]byte(justSubject))
	if err != nil {
		t.Fatal(err)
	}
	return must(jwe.CompactSerialize())
}

// relabel changes what a token says of its algorithm.
func relabel(token, algorithm string) string {
	_, rest, _ := strings.Cut(token, ".")
	return encode(string(must(json.Marshal(map[string]string{"alg": algorithm})))) + "." + rest
}
