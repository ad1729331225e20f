package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"roomd/gateway/token"
)

// tokenSecretText is the server's secret.
const tokenSecretText = "0123456789abcdef0123456789abcdef"

// TestToken: what is printed is accepted by a server with the same settings.
func TestToken(t *testing.T) {
	file := writeFile(t, "secret", tokenSecretText+"\n")
	for _, c := range []struct {
		args, env string
		want      token.Claims
		ttl       time.Duration
	}{
		{"--secret=" + tokenSecretText + " --sub anna", "", token.Claims{Subject: "anna"}, time.Hour},
		{"--sub anna", "ROOMD_TOKEN_SECRET=" + tokenSecretText, token.Claims{Subject: "anna"}, time.Hour},
		{"--sub anna", "ROOMD_TOKEN_SECRET_FILE=" + file, token.Claims{Subject: "anna"}, time.Hour},
		{"--sub anna --secret-file " + file, "ROOMD_TOKEN_SECRET=other", token.Claims{Subject: "anna"}, time.Hour},
		{"--sub anna --name Anna --admin --ttl 2m --secret-file " + file, "", token.Claims{Subject: "anna", Name: "Anna", Admin: true}, 2 * time.Minute},
		{"--sub anna --ttl 0 --secret-file " + file, "", token.Claims{Subject: "anna"}, 0},
		{
			"--sub anna --join a*,b --create= --send=lobby --secret-file " + file, "",
			token.Claims{Subject: "anna", Join: token.Patterns{"a*", "b"}, Create: token.Patterns{}, Send: token.Patterns{"lobby"}}, time.Hour,
		},
	} {
		t.Run(c.args+" "+c.env, func(t *testing.T) {
			start := time.Now()
			run := runCommand(t, []string{c.env}, append([]string{"token"}, strings.Fields(c.args)...)...)
			minted, rest, _ := strings.Cut(run.stdout, "\n")
			if run.code != 0 || run.stderr != "" || rest != "" {
				t.Fatalf("%+v", run)
			}
			got := verifyToken(t, token.Config{}, minted)
			if c.ttl > 0 && (got.Expires.Before(start.Add(c.ttl)) || got.Expires.After(time.Now().Add(c.ttl+time.Second))) {
				t.Errorf("expires %s, minted at %s", got.Expires, start)
			}
			if c.ttl > 0 {
				got.Expires = time.Time{}
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestTokenOfAnIssuer(t *testing.T) {
	config := token.Config{Issuer: "dev", Audience: "rooms"}
	for _, c := range []struct {
		args    string
		environ []string
	}{
		{"--issuer dev --audience rooms", nil},
		{"", []string{"ROOMD_TOKEN_ISSUER=dev", "ROOMD_TOKEN_AUDIENCE=rooms"}},
	} {
		environ := append(c.environ, "ROOMD_TOKEN_SECRET="+tokenSecretText)
		run := runCommand(t, environ, append([]string{"token", "--sub", "anna"}, strings.Fields(c.args)...)...)
		verifyToken(t, config, strings.TrimSpace(run.stdout))
	}
}

// verifyToken returns what a token of the tests' secret says.
func verifyToken(t *testing.T, config token.Config, minted string) token.Claims {
	t.Helper()
	config.Secret = []byte(tokenSecretText)
	verifier, err := token.NewVerifier(config)
	if err != nil {
		t.Fatal(err)
	}
	defer verifier.Close()
	claims, err := verifier.Verify(t.Context(), minted)
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestMistakesWithTokens(t *testing.T) {
	empty := writeFile(t, "empty", "\n")
	for _, c := range []struct {
		args, env string
		words     []string
	}{
		{"", "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"sub"}},
		{"--sub anna", "", []string{"no secret", "ROOMD_TOKEN_SECRET"}},
		{"--sub anna", "ROOMD_TOKEN_SECRET=short", []string{"5 bytes", "32"}},
		{"--sub anna --secret x --secret-file y", "", []string{"both"}},
		{"--sub anna --secret-file nowhere", "", []string{"secret-file", "nowhere"}},
		{"--sub anna --secret-file " + empty, "", []string{"secret-file", "empty"}},
		{"--sub " + strings.Repeat("x", 5000), "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"sub"}},
		{"--sub anna --name " + strings.Repeat("x", 5000), "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"name"}},
		{"--sub anna --join " + strings.Repeat("x", 300), "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"join", "300 bytes"}},
		{"--sub anna --ttl soon", "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"ttl", "soon"}},
		{"--sub anna --ttl -1s", "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"ttl", "-1s"}},
		{"--sub anna --rooms x", "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"rooms"}},
		{"--sub anna ben", "ROOMD_TOKEN_SECRET=" + tokenSecretText, []string{"unexpected argument", `"ben"`}},
	} {
		t.Run(c.args[:min(len(c.args), 60)], func(t *testing.T) {
			run := runCommand(t, []string{c.env}, append([]string{"token"}, strings.Fields(c.args)...)...)
			assertRefused(t, run, c.words...)
			if strings.Contains(run.stderr, tokenSecretText) {
				t.Errorf("%q shows the secret", run.stderr)
			}
		})
	}
}

func TestTokenHelp(t *testing.T) {
	run := runCommand(t, []string{"ROOMD_TOKEN_SECRET=" + tokenSecretText}, "token", "--help")
	for _, name := range []string{"secret", "secret-file", "issuer", "audience", "sub", "name", "admin", "ttl", "join", "create", "send"} {
		if run.code != 0 || !strings.Contains(run.stderr, "  -"+name) || strings.Contains(run.stderr, tokenSecretText) {
			t.Errorf("--help and --%s: %+v", name, run)
		}
	}
}
