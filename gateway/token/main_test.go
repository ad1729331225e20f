package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// secret is the issuer's and the server's.
var secret = []byte("0123456789abcdef0123456789abcdef")

// The issuer's private keys, and a stranger's.
var (
	rsaKey      = must(rsa.GenerateKey(rand.Reader, 2048))
	rsaOther    = must(rsa.GenerateKey(rand.Reader, 2048))
	rsaWeak     = must(rsa.GenerateKey(rand.Reader, 1024))
	ecKey       = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ecOther     = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	ec384Key    = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	edKey       = newEdKey()
	edOther     = newEdKey()
	publicFile  = slices.Concat(publicPEM(rsaKey), publicPEM(ecKey), publicPEM(edKey))
	allTheKeys  = Config{Secret: secret, PublicKeys: publicFile}
	justSubject = `{"sub":"anna"}`
)

func publicJWK(private crypto.Signer) jose.JSONWebKey { return jose.JSONWebKey{Key: private.Public()} }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newEdKey() ed25519.PrivateKey {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return must(private, err)
}

func publicPEM(private crypto.Signer) []byte {
	return encodePEM("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(private.Public())))
}

func encodePEM(kind string, data []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
}

// header is a token's, beside alg.
type header map[jose.HeaderKey]any

// sign returns a token with this payload.
func sign(t testing.TB, algorithm jose.SignatureAlgorithm, private any, payload string, headers ...header) string {
	t.Helper()
	var options jose.SignerOptions
	for _, h := range headers {
		for name, value := range h {
			options.WithHeader(name, value)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: private}, &options)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// rawToken returns a token of three parts, whatever they are.
func rawToken(header, payload, signature string) string {
	return strings.Join([]string{encode(header), encode(payload), encode(signature)}, ".")
}

func encode(part string) string { return base64.RawURLEncoding.EncodeToString([]byte(part)) }

// jwks returns a set of these keys.
func jwks(keys ...jose.JSONWebKey) string {
	return string(must(json.Marshal(jose.JSONWebKeySet{Keys: keys})))
}

func newTestVerifier(t testing.TB, config Config) *Verifier {
	t.Helper()
	v, err := NewVerifier(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// assertError says that an error is of a class, and why it is.
func assertError(t testing.TB, err, class error, why string) {
	t.Helper()
	if !errors.Is(err, class) || !strings.Contains(err.Error(), why) {
		t.Errorf("got %v, want %q with %q", err, class, why)
	}
}
