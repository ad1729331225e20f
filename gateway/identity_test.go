package gateway

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roomd/actors/room"
	"roomd/gateway/token"
)

var testTokens = token.Config{Secret: []byte("a secret of more than thirty-two bytes")}

// withTokens is a gateway outside development mode.
func withTokens(t *testing.T) func(*Config) {
	return func(c *Config) {
		verifier, err := token.NewVerifier(testTokens)
		if err != nil {
			t.Fatal(err)
		}
		c.Tokens, c.Development = verifier, false
	}
}

func mint(t *testing.T, claims token.Claims, ttl time.Duration) string {
	t.Helper()
	text, err := token.Mint(testTokens, claims, ttl)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func auth(text string) string { return dump(map[string]string{"token": text}) }

func TestTokensIdentify(t *testing.T) {
	longID := strings.Repeat("x", room.IDBytesMax)
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		for _, c := range []struct {
			claims token.Claims
			want   room.User
		}{
			{token.Claims{Subject: "anna", Name: "Anna"}, room.User{ID: "anna", Name: "Anna"}},
			{token.Claims{Subject: "anna"}, room.User{ID: "anna", Name: "anna"}},
			{token.Claims{Subject: longID}, room.User{ID: longID, Name: longID[:100]}},
		} {
			// What the client says of itself counts for nothing.
			said := `{"token":"` + mint(t, c.claims, 0) + `","userId":"ben","username":7}`
			if _, answer := w.connect(said); !strings.HasPrefix(answer, `40{"sid":`) || w.node.user != c.want {
				t.Errorf("%+v: %s, user %+v", c.claims, answer, w.node.user)
			}
		}
	})
}

func TestTokensRefuse(t *testing.T) {
	const (
		required = `44{"message":"Authentication required","data":{"code":"authentication_required"}}`
		invalid  = `44{"message":"Invalid token","data":{"code":"invalid_token"}}`
	)
	inBubble(t, withTokens(t), func(t *testing.T, w *world) {
		good := mint(t, token.Claims{Subject: "anna"}, time.Hour)
		for _, c := range []struct{ auth, want string }{
			{``, required},
			{`{}`, required},
			{`{"userId":"anna"}`, required},
			{`{"token":null}`, required},
			{`{"token":""}`, required},
			{`{"token":7}`, `44{"message":"Invalid token","data":{"code":"invalid_token","message":"token must be a string"}}`},
			{auth("x"), invalid},
			{auth(good + "x"), invalid},
			{auth(good[:len(good)-10]), invalid},
			{auth(strings.Repeat("x", 20_000)), invalid},
			{auth(mint(t, token.Claims{Subject: "a\nb"}, 0)),
				`44{"message":"Authentication failed","data":{"code":"authentication_failed","message":"sub must not contain control characters"}}`},
			{auth(mint(t, token.Claims{Subject: strings.Repeat("x", 129)}, 0)),
				`44{"message":"Authentication failed","data":{"code":"authentication_failed","message":"sub is limited to 128 bytes"}}`},
			{auth(mint(t, token.Claims{Subject: "anna", Name: long}, 0)),
				`44{"message":"Authentication failed","data":{"code":"authentication_failed","message":"name is limited to 100 characters"}}`},
		} {
			if _, answer := w.connect(c.auth); answer != c.want {
				t.Errorf("%.60s\n got %s\nwant %s", c.auth, answer, c.want)
			}
		}
		synctest.Wait()
		if strings.Contains(w.log.String(), good) {
			t.Error("a token is in the log")
		}
	})
}

// TestKeysAreUnavailable: that is no fault of the token.
func TestKeysAreUnavailable(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	verifier, err := token.NewVerifier(token.Config{
		JWKSURL: gone.URL, Audience: "x", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer verifier.Close()
	g := &Gateway{tokens: verifier}
	// Signed by nobody that counts, but how should the server know?
	text := "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJhbm5hIn0." + strings.Repeat("A", 86)
	_, _, err = g.identify(readCredentials(json.RawMessage(auth(text))), noQuery)
	if want := authenticationFailed("try again: the token can't be checked now"); !reflect.DeepEqual(err, want) {
		t.Errorf("got %+v, want %+v", err, want)
	}
	s := &session{gateway: g, claims: noClaims}
	if _, err := s.verifyAgain(text); err == nil || err.Code != room.CodeUnavailable {
		t.Errorf("refreshToken: %v", err)
	}
}

// TestDevelopmentTakesTokensToo: where it has keys. Without, it doesn't look at
// them.
func TestDevelopmentTakesTokensToo(t *testing.T) {
	both := func(c *Config) { withTokens(t)(c); c.Development = true }
	inBubble(t, both, func(t *testing.T, w *world) {
		text := mint(t, token.Claims{Subject: "anna"}, 0)
		if _, answer := w.connect(auth(text)); !strings.HasPrefix(answer, "40") || w.node.user.ID != "anna" {
			t.Errorf("token: %s %+v", answer, w.node.user)
		}
		if _, answer := w.connect(`{"userId":"ben"}`); !strings.HasPrefix(answer, "40") || w.node.user.ID != "ben" {
			t.Errorf("userId: %s %+v", answer, w.node.user)
		}
		if _, answer := w.connect(auth("x")); !strings.Contains(answer, codeInvalidToken) {
			t.Errorf("bad token: %s", answer)
		}
	})
	inBubble(t, nil, func(t *testing.T, w *world) {
		if _, answer := w.connect(`{"token":"x.y.z","userId":"ben"}`); !strings.HasPrefix(answer, "40") || w.node.user.ID != "ben" {
			t.Errorf("no keys: %s %+v", answer, w.node.user)
		}
	})
}

func TestIdentifyClaimed(t *testing.T) {
	longID := strings.Repeat("x", room.IDBytesMax)
	for _, c := range []struct {
		name, auth, query string
		want              room.User
	}{
		{"auth", `{"userId":"anna","username":"Anna"}`, "userId=other", room.User{ID: "anna", Name: "Anna"}},
		{"query", `{}`, "userId=anna&username=Anna", room.User{ID: "anna", Name: "Anna"}},
		{"id for a name", ``, "userId=anna", room.User{ID: "anna", Name: "anna"}},
		{"long id for a name", ``, "userId=" + longID, room.User{ID: longID, Name: longID[:100]}},
	} {
		query, _ := url.ParseQuery(c.query)
		got, err := identifyClaimed(readCredentials(json.RawMessage(c.auth)), query.Get)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v %v, want %v", c.name, got, err, c.want)
		}
	}
}

func TestIdentifyMakesGuests(t *testing.T) {
	a, errA := identifyClaimed(credentials{}, noQuery)
	b, errB := identifyClaimed(credentials{}, noQuery)
	if errA != nil || errB != nil || !strings.HasPrefix(a.ID, "guest-") || a.ID == b.ID || a.Name != a.ID {
		t.Errorf("guests %v and %v (%v, %v)", a, b, errA, errB)
	}
}

func TestIdentifyRefuses(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		for _, auth := range []string{
			`{"userId":7}`, `{"userId":"a\nb"}`, `{"userId":"` + strings.Repeat("x", 129) + `"}`, `{"userId":"a","username":"\u0000"}`,
		} {
			_, answer := w.connect(auth)
			if !strings.HasPrefix(answer, `44{"message":"Authentication failed","data":{"code":"authentication_failed","message":"user`) {
				t.Errorf("%.40s: %s", auth, answer)
			}
		}
	})
}

func TestOtherNamespaces(t *testing.T) {
	inBubble(t, nil, func(t *testing.T, w *world) {
		c := w.open()
		c.send(`40/nowhere,{"userId":"anna"}`)
		if got := c.next(); got != `44/nowhere,{"message":"Invalid namespace"}` {
			t.Error(got)
		}
	})
}

func noQuery(string) string { return "" }
