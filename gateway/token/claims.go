package token

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4/json" // is strict about case and duplicates
	"github.com/go-jose/go-jose/v4/jwt"
)

// Claims are what a token says of its bearer. They must not be changed once
// they are shared.
type Claims struct {
	// Subject is the user's id (sub): never empty, otherwise unchecked.
	Subject string
	// Name is the username (name), unchecked; empty if the token has none.
	Name string
	// Admin (admin) opens the administration.
	Admin bool
	// Expires is when what the token has admitted has to end: at the token's
	// exp. Of a token that only the leeway still admitted, it is the end of the
	// leeway. Zero: never.
	Expires time.Time

	// Rooms that the bearer may join, create and send to (rooms: {join,
	// create, send}, each a list of patterns). A list that the token doesn't
	// have is nil and allows all.
	Join, Create, Send Patterns
}

// ownClaims are those that the library doesn't read, or not as strictly: the
// dates are here again to tell null from absent.
type ownClaims struct {
	Exp   json.RawMessage `json:"exp"`
	Nbf   json.RawMessage `json:"nbf"`
	Name  string          `json:"name"`
	Admin bool            `json:"admin"`
	Rooms json.RawMessage `json:"rooms"`
}

// null is a claim that an issuer's mistake leaves: NaN in JavaScript, None in
// Python. Where absent means unlimited, it must not mean absent.
const null = "null"

// readClaims returns what a payload says, if it may be used at this time.
func (c Config) readClaims(data []byte, now time.Time) (Claims, error) {
	var standard jwt.Claims
	if err := json.Unmarshal(data, &standard); err != nil {
		return Claims{}, fmt.Errorf("claims: %w", err)
	}
	var own ownClaims
	if err := json.Unmarshal(data, &own); err != nil {
		return Claims{}, fmt.Errorf("claims: %w", err)
	}
	if string(own.Exp) == null || string(own.Nbf) == null {
		return Claims{}, errors.New("exp and nbf must be numbers")
	}
	expires, err := c.checkStandard(standard, now)
	if err != nil {
		return Claims{}, err
	}
	claims := Claims{Subject: standard.Subject, Name: own.Name, Admin: own.Admin, Expires: expires}
	if claims.Subject == "" {
		return Claims{}, errors.New("sub must be the user's id")
	}
	if err := claims.readRooms(own.Rooms); err != nil {
		return Claims{}, fmt.Errorf("rooms: %w", err)
	}
	return claims, nil
}

// checkStandard checks iss, aud and the dates, and returns when the token ends.
func (c Config) checkStandard(standard jwt.Claims, now time.Time) (expires time.Time, err error) {
	expected := jwt.Expected{Issuer: c.Issuer, Time: now}
	if c.Audience != "" {
		expected.AnyAudience = jwt.Audience{c.Audience}
	}
	if err := standard.ValidateWithLeeway(expected, c.Leeway); err != nil {
		return time.Time{}, err
	}
	if standard.Expiry == nil {
		return time.Time{}, nil
	}
	if *standard.Expiry > dateMax {
		return time.Time{}, errors.New("exp must be in seconds")
	}
	expires = standard.Expiry.Time()
	if now.Before(expires) {
		return expires, nil
	}
	expires = expires.Add(c.Leeway)
	if !now.Before(expires) {
		// The library accepts the moment itself, in which the connection would
		// have to end.
		return time.Time{}, jwt.ErrExpired
	}
	return expires, nil
}

// readRooms reads what narrows. What it doesn't know could be a list misspelt,
// and would allow what it was meant to forbid.
func (c *Claims) readRooms(data json.RawMessage) error {
	if data == nil {
		return nil
	}
	var lists map[string]json.RawMessage
	if err := json.Unmarshal(data, &lists); err != nil {
		return err
	}
	if lists == nil {
		return errors.New("must be an object")
	}
	for name, list := range lists {
		patterns, known := c.lists()[name]
		if !known {
			return fmt.Errorf("%q is none of join, create and send", name)
		}
		if err := json.Unmarshal(list, patterns); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if *patterns == nil {
			return fmt.Errorf("%s: must be a list", name)
		}
		if err := patterns.check(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// lists are the patterns by their names in tokens.
func (c *Claims) lists() map[string]*Patterns {
	return map[string]*Patterns{"join": &c.Join, "create": &c.Create, "send": &c.Send}
}
