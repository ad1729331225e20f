package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// key is what signatures are checked with: those of its algorithm only.
type key struct {
	id        string // empty: tokens with any key id are tried
	algorithm jose.SignatureAlgorithm
	material  any // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// algorithms are all that a token may have.
var algorithms = []jose.SignatureAlgorithm{jose.HS256, jose.RS256, jose.ES256, jose.EdDSA}

// newSecretKey returns the key that is shared with the issuer. The slice must
// not be changed from then on.
func newSecretKey(secret []byte) (key, error) {
	if len(secret) < secretBytesMin {
		return key{}, fmt.Errorf("secret has %d bytes: one with fewer than %d can be guessed from a token",
			len(secret), secretBytesMin)
	}
	if bytes.Contains(secret, []byte(pemBegin)) {
		// Whoever has the public key could sign.
		return key{}, errors.New("secret is a PEM file: it belongs to the public keys")
	}
	return key{algorithm: jose.HS256, material: secret}, nil
}

// newPublicKey returns a key of the one algorithm that there is for its type.
func newPublicKey(id string, public any) (key, error) {
	switch public := public.(type) {
	case *rsa.PublicKey:
		if bits := public.N.BitLen(); bits < rsaBitsMin || bits > rsaBitsMax {
			return key{}, fmt.Errorf("RSA key has %d bits, which is not between %d and %d", bits, rsaBitsMin, rsaBitsMax)
		}
		return key{id, jose.RS256, public}, nil
	case *ecdsa.PublicKey:
		if public.Curve != elliptic.P256() {
			return key{}, fmt.Errorf("ECDSA key is on %s: only P-256 is for ES256", public.Curve.Params().Name)
		}
		return key{id, jose.ES256, public}, nil
	case ed25519.PublicKey:
		return key{id, jose.EdDSA, public}, nil
	}
	return key{}, fmt.Errorf("a key of type %T is none that is used here", public)
}

const pemBegin = "-----BEGIN "

// parsePEM returns the keys of a PEM file: public keys and certificates.
func parsePEM(data []byte) ([]key, error) {
	var keys []key
	announced := bytes.Count(data, []byte(pemBegin))
	if announced > keysMax {
		return nil, fmt.Errorf("%d keys, of at most %d", announced, keysMax)
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		public, err := parseBlock(block)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", len(keys)+1, err)
		}
		k, err := newPublicKey("", public)
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", len(keys)+1, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("no PEM block in it")
	}
	if len(keys) != announced {
		// The decoder passes over what it can't read.
		return nil, fmt.Errorf("%d of %d PEM blocks are damaged", announced-len(keys), announced)
	}
	return keys, nil
}

func parseBlock(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	}
	return nil, fmt.Errorf("is a %.40q, neither a public key nor a certificate", block.Type)
}
