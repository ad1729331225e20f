package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"roomd/actors/room"
	"roomd/gateway/token"
)

// tokenEnvPrefix begins the names of the server's settings for tokens. Those
// that it takes to make one are read here too, so that what is minted next to a
// server is accepted by it.
const tokenEnvPrefix = envPrefix + "_TOKEN_"

// tokenOrder is what the token command can be told.
type tokenOrder struct {
	secret           secret
	issuer, audience string
	claims           token.Claims
	ttl              time.Duration
}

func newTokenFlagSet(o *tokenOrder) *flag.FlagSet {
	fs := flag.NewFlagSet("roomd token", flag.ContinueOnError)
	fs.StringVar(&o.secret.value, "secret", "", "the server's `token-secret`; on a command line, other users of the machine can see it")
	fs.StringVar(&o.secret.file, "secret-file", "", "`file` with the server's token-secret")
	fs.StringVar(&o.issuer, "issuer", "", "the server's `token-issuer`, if it has one")
	fs.StringVar(&o.audience, "audience", "", "the server's `token-audience`, if it has one")
	fs.StringVar(&o.claims.Subject, "sub", "", "`id` of the user")
	fs.StringVar(&o.claims.Name, "name", "", "the username; default: the id")
	fs.BoolVar(&o.claims.Admin, "admin", false, "the user may administrate")
	fs.DurationVar(&o.ttl, "ttl", time.Hour, "how long the token is valid; 0: for ever")
	patternsVar(fs, &o.claims.Join, "join", "the only rooms that the user may join: `patterns` with *, separated by commas, or \"\" for none; default: any")
	patternsVar(fs, &o.claims.Create, "create", "the only rooms that the user may create, as `patterns`")
	patternsVar(fs, &o.claims.Send, "send", "the only rooms that the user may send to, as `patterns`")
	return fs
}

func patternsVar(fs *flag.FlagSet, patterns *token.Patterns, name, usage string) {
	fs.Func(name, usage, func(list string) error {
		*patterns = token.Patterns{}
		if list == "" {
			return nil // not nil: nothing is allowed
		}
		for pattern := range strings.SplitSeq(list, ",") {
			*patterns = append(*patterns, strings.TrimSpace(pattern))
		}
		return nil
	})
}

// mintToken prints a token for development.
func mintToken(args, environ []string, stdout, stderr io.Writer) error {
	order, err := parseTokenOrder(args, environ, stderr)
	if err != nil {
		return err
	}
	text, err := order.secret.read("secret")
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	config := token.Config{Secret: []byte(text), Issuer: order.issuer, Audience: order.audience}
	minted, err := token.Mint(config, order.claims, order.ttl)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	_, err = fmt.Fprintln(stdout, minted)
	return err
}

func parseTokenOrder(args, environ []string, output io.Writer) (tokenOrder, error) {
	var o tokenOrder
	fs := newTokenFlagSet(&o)
	fs.SetOutput(io.Discard) // errors are printed once, by the caller
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(output)
		fmt.Fprintln(output, "Flags of roomd token (secret, secret-file, issuer and audience also as "+tokenEnvPrefix+"… in the environment):")
		fs.PrintDefaults()
		return tokenOrder{}, err
	case err != nil:
		return tokenOrder{}, fmt.Errorf("token: %w", err)
	case fs.NArg() > 0:
		return tokenOrder{}, fmt.Errorf("token: unexpected argument %q", fs.Arg(0))
	}
	o.complete(environ)
	if err := o.check(); err != nil {
		return tokenOrder{}, fmt.Errorf("token: %w", err)
	}
	return o, nil
}

// complete takes from the environment what no flag has said.
func (o *tokenOrder) complete(environ []string) {
	if !o.secret.given() {
		o.secret = secret{setting(environ, "TOKEN_SECRET", ""), setting(environ, "TOKEN_SECRET_FILE", "")}
	}
	o.issuer = cmp.Or(o.issuer, setting(environ, "TOKEN_ISSUER", ""))
	o.audience = cmp.Or(o.audience, setting(environ, "TOKEN_AUDIENCE", ""))
}

// check refuses what the server would refuse of a token's bearer.
func (o *tokenOrder) check() error {
	if !o.secret.given() {
		return errors.New("no secret is given: the server's, with secret-file, secret or " + tokenEnvPrefix + "SECRET")
	}
	if err := room.ValidateID("sub", o.claims.Subject); err != nil {
		return errors.New(err.Message)
	}
	if o.claims.Name != "" {
		if err := room.ValidateName("name", o.claims.Name); err != nil {
			return errors.New(err.Message)
		}
	}
	if o.ttl < 0 {
		return fmt.Errorf("ttl: %s is negative", o.ttl)
	}
	return nil
}
