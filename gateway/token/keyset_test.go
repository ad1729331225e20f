package token

import (
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// TestKeysOfUse: of a set, only public keys for checking signatures with the
// algorithm of their type are of use. The others don't spoil it.
func TestKeysOfUse(t *testing.T) {
	for name, c := range map[string]struct {
		jwk jose.JSONWebKey
		ok  bool
	}{
		"bare":                  {jose.JSONWebKey{Key: &ecKey.PublicKey}, true},
		"use sig":               {jose.JSONWebKey{Key: &ecKey.PublicKey, Use: "sig"}, true},
		"its alg":               {jose.JSONWebKey{Key: &ecKey.PublicKey, Algorithm: "ES256"}, true},
		"RSA":                   {jose.JSONWebKey{Key: &rsaKey.PublicKey, Algorithm: "RS256", Use: "sig"}, true},
		"Ed25519":               {jose.JSONWebKey{Key: edKey.Public(), Algorithm: "EdDSA"}, true},
		"with a certificate":    {jose.JSONWebKey{Key: &ecKey.PublicKey, Certificates: []*x509.Certificate{parsed(t, ecKey)}}, true},
		"another's certificate": {jose.JSONWebKey{Key: &ecKey.PublicKey, Certificates: []*x509.Certificate{parsed(t, ecOther)}}, false},
		"use enc":               {jose.JSONWebKey{Key: &rsaKey.PublicKey, Use: "enc"}, false},
		"alg RS512":             {jose.JSONWebKey{Key: &rsaKey.PublicKey, Algorithm: "RS512"}, false},
		"alg HS256":             {jose.JSONWebKey{Key: &rsaKey.PublicKey, Algorithm: "HS256"}, false},
		"symmetric":             {jose.JSONWebKey{Key: secret, Algorithm: "HS256"}, false},
		"symmetric, bare":       {jose.JSONWebKey{Key: secret}, false},
		"private":               {jose.JSONWebKey{Key: ecKey}, false},
		"weak":                  {jose.JSONWebKey{Key: &rsaWeak.PublicKey}, false},
		"P-384":                 {jose.JSONWebKey{Key: &ec384Key.PublicKey}, false},
	} {
		keys, ignored, err := parseKeySet([]byte(jwks(publicJWK(edOther), c.jwk, publicJWK(rsaOther))))
		if want := map[bool]int{true: 3, false: 2}[c.ok]; err != nil || len(keys) != want || len(keys)+len(ignored) != 3 {
			t.Errorf("%s: %d keys, ignored %v, %v", name, len(keys), ignored, err)
		}
	}
	bare := string(must(json.Marshal(publicJWK(ecKey))))
	for jwk, ok := range map[string]bool{
		bare: true,
		strings.Replace(bare, "{", `{"key_ops":["verify"],`, 1):             true,
		strings.Replace(bare, "{", `{"key_ops":["sign"],`, 1):               false,
		strings.Replace(bare, "{", `{"key_ops":[],`, 1):                     false,
		strings.Replace(bare, "P-256", "P-512", 1):                          false,
		`{"kty":"OKP","crv":"X25519","x":"` + encode(string(secret)) + `"}`: false,
		`{"kty":"new"}`:                         false,
		`{"kty":"RSA","n":"AQAB"}`:              false,
		`{"kty":"EC","crv":"P-256","x":1}`:      false,
		`{"kty":"OKP","crv":"Ed25519","x":"x"}`: false,
		`{}`:                                    false,
		`null`:                                  false,
		`7`:                                     false,
	} {
		if keys, ignored, err := parseKeySet([]byte(`{"keys":[` + jwk + `]}`)); err != nil || (len(keys) == 1) != ok {
			t.Errorf("%s: %d keys, ignored %v, %v", jwk, len(keys), ignored, err)
		}
	}
}

func TestSetsThatAreNone(t *testing.T) {
	many := slices.Repeat([]jose.JSONWebKey{publicJWK(edKey)}, keysMax+1)
	for _, data := range []string{
		``, `<html>`, `[]`, `{}`, `null`, `{"keys":null}`, `{"keys":{}}`, `{"keys":"x"}`, `{"keys":[]`, jwks(many...),
	} {
		if keys, _, err := parseKeySet([]byte(data)); err == nil || keys != nil {
			t.Errorf("%.100s: %d keys, %v", data, len(keys), err)
		}
	}
	for _, keys := range [][]jose.JSONWebKey{{}, many[1:]} {
		if got, _, err := parseKeySet([]byte(jwks(keys...))); err != nil || len(got) != len(keys) {
			t.Errorf("%d keys: got %d, %v", len(keys), len(got), err)
		}
	}
}

// TestKeyIDs: of the keys of a set, only that of the token's key id counts, if
// both have one.
func TestKeyIDs(t *testing.T) {
	keys, _, err := parseKeySet([]byte(jwks(
		jose.JSONWebKey{Key: &ecKey.PublicKey, KeyID: "a"},
		jose.JSONWebKey{Key: &ecOther.PublicKey, KeyID: "b"},
		jose.JSONWebKey{Key: edKey.Public()})))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		token string
		want  bool
	}{
		{sign(t, jose.ES256, ecKey, justSubject, header{"kid": "a"}), true},
		{sign(t, jose.ES256, ecKey, justSubject, header{"kid": "b"}), false},
		{sign(t, jose.ES256, ecKey, justSubject, header{"kid": "A"}), false},
		{sign(t, jose.ES256, ecKey, justSubject), true},
		{sign(t, jose.ES256, ecOther, justSubject), true},
		{sign(t, jose.EdDSA, edKey, justSubject, header{"kid": "a"}), true},
		{sign(t, jose.EdDSA, edOther, justSubject, header{"kid": "a"}), false},
	} {
		signed, err := parse(c.token)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := signed.verify(keys); ok != c.want {
			t.Errorf("%s by key id %q: %t", signed.algorithm, signed.keyID, ok)
		}
	}
}

func parsed(t *testing.T, private crypto.Signer) *x509.Certificate {
	block, _ := pem.Decode(certificate(t, private))
	return must(x509.ParseCertificate(block.Bytes))
}
