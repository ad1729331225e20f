package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func TestPublicKeyFiles(t *testing.T) {
	rsaSigned := sign(t, jose.RS256, rsaKey, justSubject)
	ecSigned := sign(t, jose.ES256, ecKey, justSubject)
	for name, c := range map[string]struct {
		file     []byte
		accepted []string
	}{
		"PKIX":         {publicPEM(rsaKey), []string{rsaSigned}},
		"PKCS 1":       {encodePEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)), []string{rsaSigned}},
		"certificate":  {certificate(t, ecKey), []string{ecSigned}},
		"several":      {slices.Concat(publicPEM(rsaOther), publicPEM(rsaKey), certificate(t, ecKey)), []string{rsaSigned, ecSigned}},
		"text between": {slices.Concat([]byte("Old:\n"), publicPEM(rsaOther), []byte("\nNew:\n"), publicPEM(rsaKey)), []string{rsaSigned}},
		"CRLF":         {bytes.ReplaceAll(publicPEM(ecKey), []byte("\n"), []byte("\r\n")), []string{ecSigned}},
		"as many":      {slices.Concat(bytes.Repeat(publicPEM(edOther), keysMax-1), publicPEM(ecKey)), []string{ecSigned}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newTestVerifier(t, Config{PublicKeys: c.file})
			for _, token := range c.accepted {
				if _, err := v.Verify(t.Context(), token); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestMistakesInTheConfiguration(t *testing.T) {
	damaged := bytes.Replace(publicPEM(ecKey), []byte("\n-----END"), []byte("\n*\n-----END"), 1)
	for name, c := range map[string]struct {
		config Config
		why    string
	}{
		"no keys":             {Config{}, "no keys"},
		"short secret":        {Config{Secret: secret[1:]}, "31 bytes: one with fewer than 32 can be guessed"},
		"secret is PEM":       {Config{Secret: publicPEM(rsaKey)}, "PEM"},
		"negative leeway":     {Config{Secret: secret, Leeway: -1}, "leeway"},
		"large leeway":        {Config{Secret: secret, Leeway: LeewayMax + 1}, "leeway"},
		"no PEM":              {Config{PublicKeys: []byte("a key")}, "no PEM block"},
		"damaged key":         {Config{PublicKeys: damaged}, "no PEM block"},
		"damaged second key":  {Config{PublicKeys: slices.Concat(publicPEM(rsaKey), damaged)}, "1 of 2 PEM blocks"},
		"no key inside":       {Config{PublicKeys: encodePEM("PUBLIC KEY", []byte("x"))}, "key 1"},
		"no certificate":      {Config{PublicKeys: encodePEM("CERTIFICATE", []byte("x"))}, "key 1"},
		"private key":         {Config{PublicKeys: encodePEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ecKey)))}, "PRIVATE KEY"},
		"weak RSA key":        {Config{PublicKeys: slices.Concat(publicPEM(ecKey), publicPEM(rsaWeak))}, "key 2: RSA key has 1024 bits"},
		"weak certificate":    {Config{PublicKeys: certificate(t, rsaWeak)}, "1024 bits"},
		"P-384":               {Config{PublicKeys: publicPEM(ec384Key)}, "P-384"},
		"too many keys":       {Config{PublicKeys: bytes.Repeat(publicPEM(edKey), keysMax+1)}, "65 keys"},
		"JWKS URL, no scheme": {Config{JWKSURL: "issuer.example/keys"}, "JWKS URL"},
		"JWKS URL, no host":   {Config{JWKSURL: "https:///keys"}, "JWKS URL"},
		"JWKS URL, file":      {Config{JWKSURL: "file:///etc/keys"}, "JWKS URL"},
		"JWKS URL, broken":    {Config{JWKSURL: "https://user:hunter2@issuer.example/%"}, "JWKS URL"},
		"good URL, bad key":   {Config{JWKSURL: "https://issuer.example/keys", Secret: []byte("x")}, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := NewVerifier(c.config)
			if err == nil {
				v.Close()
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), c.why) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %q, want %q", err, c.why)
			}
		})
	}
}

// TestSizesOfRSAKeys is about the numbers only, not about keys.
func TestSizesOfRSAKeys(t *testing.T) {
	for bits, good := range map[uint]bool{
		rsaBitsMin - 1: false, rsaBitsMin: true, rsaBitsMax: true, rsaBitsMax + 1: false,
	} {
		public := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), bits-1), E: 65537}
		if _, err := newPublicKey("", public); (err == nil) != good {
			t.Errorf("%d bits: %v", bits, err)
		}
	}
}

// TestOneAlgorithmAKey: a key's type says which.
func TestOneAlgorithmAKey(t *testing.T) {
	for _, c := range []struct {
		public any
		want   jose.SignatureAlgorithm // empty: refused
	}{
		{&rsaKey.PublicKey, jose.RS256},
		{&ecKey.PublicKey, jose.ES256},
		{edKey.Public(), jose.EdDSA},
		{&must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader)).PublicKey, ""},
		{&must(ecdsa.GenerateKey(elliptic.P521(), rand.Reader)).PublicKey, ""},
		{must(ecKey.ECDH()).PublicKey(), ""},
		{rsaKey, ""}, // private
		{ecKey, ""},
		{edKey, ""},
		{secret, ""},
		{nil, ""},
	} {
		if k, err := newPublicKey("", c.public); k.algorithm != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%T: got %q, %v; want %q", c.public, k.algorithm, err, c.want)
		}
	}
}

// certificate returns one that has expired long ago, which is no matter.
func certificate(t *testing.T, private crypto.Signer) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("CERTIFICATE", der)
}
