// Package token is identity by JSON Web Token: it says whether a token was
// signed by somebody whose keys this server trusts, who its bearer is, and what
// the bearer may do.
//
// Nouns: a Verifier checks tokens; Claims are what a valid one says; a key is
// what a signature is checked with, and has exactly one algorithm; Patterns
// narrow the rooms in which something is allowed. Keys are a secret shared with
// the issuer (HS256), public keys in PEM (RS256, ES256, EdDSA), and a set of
// public keys behind a URL (JWKS), which is fetched and kept fresh. All that are
// configured count together: a token is valid if one of them signed it.
//
// Promises: a key's algorithm follows from its type, never from the token, so
// that no public key can pass as a secret, and "none" is no algorithm. A token
// that is encrypted, over the length limit, or that asks for extensions (crit)
// is refused; so is one with a claim that could be understood in two ways, when
// one of them would allow more. What an unknown token can cost is bounded: its
// length, the keys it is tried with, and the fetches it can cause.
//
// Not promised: the user id and name are as the issuer wrote them, of any
// length and characters: the caller checks them. A certificate counts as its
// public key; who signed it and until when is not looked at. Tokens can't be
// revoked one by one; keep their lives short. Keys from a URL stay in use while
// it can't be reached.
package token
