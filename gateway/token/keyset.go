package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// parseKeySet returns the keys of a JWK set that are of use here, and why each
// of the others is not. That a set has such is normal: issuers publish keys for
// encryption, and of new kinds.
func parseKeySet(data []byte) (keys []key, ignored []error, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, nil, fmt.Errorf("not a JWK set: %w", err)
	}
	if set.Keys == nil {
		return nil, nil, errors.New("not a JWK set: it has no keys member")
	}
	if len(set.Keys) > keysMax {
		return nil, nil, fmt.Errorf("%d keys, of at most %d", len(set.Keys), keysMax)
	}
	for i, data := range set.Keys {
		k, err := parseJWK(data)
		if err != nil {
			ignored = append(ignored, fmt.Errorf("key %d: %w", i+1, err))
			continue
		}
		keys = append(keys, k)
	}
	return keys, ignored, nil
}

// parseJWK refuses a key that is no public one or that isn't meant for checking
// signatures. A symmetric one that can be read by everybody is no secret.
func parseJWK(data []byte) (key, error) {
	var meant struct {
		Operations []string `json:"key_ops"`
	}
	if err := json.Unmarshal(data, &meant); err != nil {
		return key{}, err
	}
	var jwk jose.JSONWebKey
	if err := json.Unmarshal(data, &jwk); err != nil {
		return key{}, err
	}
	k, err := newPublicKey(jwk.KeyID, jwk.Key)
	switch {
	case err != nil:
		return key{}, err
	case jwk.Use != "" && jwk.Use != "sig":
		return key{}, fmt.Errorf("is for use %.20q", jwk.Use)
	case jwk.Algorithm != "" && jwk.Algorithm != string(k.algorithm):
		return key{}, fmt.Errorf("is for algorithm %.20q", jwk.Algorithm)
	case meant.Operations != nil && !slices.Contains(meant.Operations, "verify"):
		return key{}, fmt.Errorf("is for operations %.40q", meant.Operations)
	}
	return k, nil
}
