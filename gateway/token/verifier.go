package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Why a token was not accepted. Errors of Verify wrap one of these.
var (
	// ErrInvalid: the token is none, is signed by nobody known, has ended or has
	// not begun, is for somebody else, or its claims are wrong. The error's text
	// says which and can hold text from the token: it is for the log.
	ErrInvalid = errors.New("token is invalid")
	// ErrUnavailable: the keys that would be needed can't be fetched now.
	ErrUnavailable = errors.New("keys are unavailable")
)

// Config says whose tokens count. At least one source of keys has to be there.
type Config struct {
	// Secret is shared with the issuer, for HS256: 32 bytes or more. It must
	// not be changed from then on.
	Secret []byte
	// PublicKeys are one or more PEM blocks, public keys and certificates, for
	// RS256 (RSA from 2048 to 8192 bits), ES256 (P-256) and EdDSA (Ed25519).
	// At most 64; all must be of use. They have no key id: tokens with any are
	// tried.
	PublicKeys []byte
	// JWKSURL is where the issuer publishes its set of public keys: http or
	// https. The set is fetched in the background, from NewVerifier on. Its
	// keys that are of no use here, symmetric ones among them, are passed over.
	JWKSURL string

	// Issuer is what iss must be. Empty: it is not checked.
	Issuer string
	// Audience is what aud must be, or have among others. Empty: it is not
	// checked.
	Audience string
	// Leeway is how far the issuer's clock may be from this one when exp, nbf
	// and iat are checked: 0 to LeewayMax. See DefaultLeeway.
	Leeway time.Duration

	// Logger is told about the keys behind JWKSURL. Nil: slog.Default().
	Logger *slog.Logger
}

// Verifier checks tokens. Its methods may be called by any number of
// goroutines. Close ends it.
type Verifier struct {
	config Config
	keys   []key       // that are configured; never changed
	remote *remoteKeys // nil if there is no JWKSURL
}

// NewVerifier checks the configuration and starts to fetch keys, for which it
// doesn't wait.
func NewVerifier(config Config) (*Verifier, error) {
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.Leeway < 0 || config.Leeway > LeewayMax {
		return nil, fmt.Errorf("leeway: %s is not between 0 and %s", config.Leeway, LeewayMax)
	}
	keys, err := config.keys()
	if err != nil {
		return nil, err
	}
	v := &Verifier{config: config, keys: keys}
	switch {
	case config.JWKSURL != "":
		v.remote, err = startRemoteKeys(config.JWKSURL, config.Logger)
		if err != nil {
			return nil, fmt.Errorf("JWKS URL: %w", err)
		}
		if config.Audience == "" {
			config.Logger.Warn("no audience is configured: tokens of this issuer for other services are accepted too")
		}
	case len(keys) == 0:
		return nil, errors.New("no keys are configured: neither a secret, nor public keys, nor a JWKS URL")
	}
	return v, nil
}

// keys returns those that are there without fetching.
func (c Config) keys() ([]key, error) {
	var keys []key
	if len(c.Secret) > 0 {
		k, err := newSecretKey(c.Secret)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	if len(c.PublicKeys) > 0 {
		public, err := parsePEM(c.PublicKeys)
		if err != nil {
			return nil, fmt.Errorf("public keys: %w", err)
		}
		keys = append(keys, public...)
	}
	return keys, nil
}

// Close ends the fetching of keys and waits for its end. Verify then only knows
// the keys that it has.
func (v *Verifier) Close() {
	if v.remote != nil {
		v.remote.close()
	}
}

// Verify returns what the token says, or an error that wraps ErrInvalid or
// ErrUnavailable. A token without exp is accepted, and never ends.
//
// If the token's key isn't known but might be among those behind the JWKS URL,
// Verify has these fetched, at most once in 10 s for all callers together, and
// waits for that, at most 5 s or until ctx is done.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	t, err := parse(token)
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	data, err := v.payload(ctx, t)
	if err != nil {
		return Claims{}, err
	}
	claims, err := v.config.readClaims(data, time.Now())
	if err != nil {
		return Claims{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return claims, nil
}

// payload returns what was signed, if it was signed with a key that counts.
func (v *Verifier) payload(ctx context.Context, t signedToken) ([]byte, error) {
	data, ok := t.verify(v.keys)
	if !ok && v.remote != nil && t.algorithm != jose.HS256 {
		keys, known := v.remote.current(t.keyID)
		data, ok = t.verify(keys)
		if !ok && !known {
			keys, err := v.remote.await(ctx)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
			}
			data, ok = t.verify(keys)
		}
	}
	if !ok {
		return nil, fmt.Errorf("%w: no key for %s has signed it", ErrInvalid, t.algorithm)
	}
	return data, nil
}

// signedToken is a token of which nothing may be believed yet.
type signedToken struct {
	jws       *jose.JSONWebSignature
	algorithm jose.SignatureAlgorithm // one of algorithms
	keyID     string
}

func parse(token string) (signedToken, error) {
	switch {
	case len(token) > tokenBytesMax:
		return signedToken{}, fmt.Errorf("%d bytes, of at most %d", len(token), tokenBytesMax)
	case strings.ContainsAny(token, "\r\n"):
		return signedToken{}, errors.New("it has line breaks") // which base64's decoder would pass over
	}
	jws, err := jose.ParseSignedCompact(token, algorithms)
	if err != nil {
		return signedToken{}, err
	}
	header := jws.Signatures[0].Protected
	for _, extension := range []jose.HeaderKey{"crit", "b64"} {
		if _, has := header.ExtraHeaders[extension]; has {
			return signedToken{}, fmt.Errorf("it has %s in its header", extension)
		}
	}
	return signedToken{jws, jose.SignatureAlgorithm(header.Algorithm), header.KeyID}, nil
}

// verify returns what was signed with one of these keys. What the token itself
// says of its key (jwk, x5c, jku) counts for nothing.
func (t signedToken) verify(keys []key) (data []byte, ok bool) {
	for _, k := range keys {
		if k.algorithm != t.algorithm || k.id != "" && t.keyID != "" && k.id != t.keyID {
			continue
		}
		if data, err := t.jws.Verify(k.material); err == nil {
			return data, true
		}
	}
	return nil, false
}
