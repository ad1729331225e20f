package token

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Mint returns a token that a Verifier of the same configuration accepts from
// now on and for ttl, for ever if that is 0. It is signed with HS256 and
// config's secret, for its issuer and audience, and says what claims does,
// Expires excepted. It is for development and tests: in production, the
// service that knows the users makes tokens.
func Mint(config Config, claims Claims, ttl time.Duration) (string, error) {
	secret, err := newSecretKey(config.Secret)
	if err != nil {
		return "", err
	}
	if ttl < 0 {
		return "", errors.New("ttl is negative")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: secret.algorithm, Key: secret.material},
		new(jose.SignerOptions).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	now := time.Now()
	standard := jwt.Claims{Issuer: config.Issuer, Subject: claims.Subject, IssuedAt: jwt.NewNumericDate(now)}
	if config.Audience != "" {
		standard.Audience = jwt.Audience{config.Audience}
	}
	if ttl > 0 {
		standard.Expiry = jwt.NewNumericDate(now.Add(ttl + time.Second - 1)) // which cuts off to whole seconds
	}
	minted, err := jwt.Signed(signer).Claims(standard).Claims(claims.own()).Serialize()
	if err != nil {
		return "", fmt.Errorf("signing: %w", err)
	}
	// What it refuses is not worth having: no subject, too many patterns.
	v, err := NewVerifier(Config{Secret: config.Secret, Leeway: DefaultLeeway})
	if err != nil {
		return "", err
	}
	defer v.Close()
	if _, err := v.Verify(context.Background(), minted); err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	return minted, nil
}

// own returns what the library doesn't write by itself.
func (c Claims) own() map[string]any {
	own := map[string]any{}
	if c.Name != "" {
		own["name"] = c.Name
	}
	if c.Admin {
		own["admin"] = true
	}
	rooms := map[string]Patterns{}
	for name, patterns := range c.lists() {
		if *patterns != nil {
			rooms[name] = *patterns
		}
	}
	if len(rooms) > 0 {
		own["rooms"] = rooms
	}
	return own
}
