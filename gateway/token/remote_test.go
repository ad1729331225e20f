package token

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// issuer publishes keys, and counts who asks. It is reached without a network,
// so that tests have a clock of their own.
type issuer struct {
	mu      sync.Mutex
	answer  http.HandlerFunc
	fetches int
}

func (i *issuer) RoundTrip(request *http.Request) (*http.Response, error) {
	i.mu.Lock()
	answer := i.answer
	i.fetches++
	i.mu.Unlock()
	recorder := httptest.NewRecorder()
	answer(recorder, request)
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func (i *issuer) answers(answer http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.answer = answer
}

func (i *issuer) count() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// publish returns an answer with these keys, in pairs of a key id and a private
// key.
func publish(pairs ...any) http.HandlerFunc {
	keys := []jose.JSONWebKey{} // not nil, which would be null
	for i := 0; i < len(pairs); i += 2 {
		keys = append(keys, jose.JSONWebKey{Key: pairs[i+1].(crypto.Signer).Public(), KeyID: pairs[i].(string)})
	}
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, jwks(keys...)) }
}

func down(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// startIssuer returns an issuer, and a verifier that has its URL and a secret.
func startIssuer(t *testing.T, answer http.HandlerFunc) (*issuer, *Verifier) {
	t.Helper()
	i := &issuer{answer: answer}
	v := newTestVerifier(t, Config{Secret: secret})
	var err error
	v.remote, err = startRemoteKeysOver(i, "https://issuer.example/keys", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return i, v
}

// signedES256 returns a token by a key with this key id.
func signedES256(t *testing.T, private any, keyID string) string {
	t.Helper()
	return sign(t, jose.ES256, private, justSubject, header{"kid": keyID})
}

func assertAccepted(t *testing.T, v *Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("after %s: %v", time.Since(bubbleStart), err)
	}
}

func assertRefused(t *testing.T, v *Verifier, token string, class error) {
	t.Helper()
	_, err := v.Verify(t.Context(), token)
	assertError(t, err, class, "")
}

// bubbleStart is when the clock of each test here starts.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestRotation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, fresh := signedES256(t, ecKey, "old"), signedES256(t, ecOther, "fresh")
		issuer, v := startIssuer(t, publish("old", ecKey))
		assertAccepted(t, v, old)
		time.Sleep(fetchIntervalMin)
		if issuer.count() != 1 {
			t.Errorf("%d fetches for one key", issuer.count())
		}

		issuer.answers(publish("old", ecKey, "fresh", ecOther))
		assertAccepted(t, v, fresh) // which makes it fetch
		assertAccepted(t, v, old)
		if issuer.count() != 2 {
			t.Errorf("%d fetches for two sets", issuer.count())
		}

		issuer.answers(publish("fresh", ecOther))
		assertAccepted(t, v, old) // nothing is known yet
		time.Sleep(refreshInterval + 1)
		assertRefused(t, v, old, ErrInvalid)
		assertAccepted(t, v, fresh)

		issuer.answers(publish()) // all withdrawn
		time.Sleep(refreshInterval + 1)
		assertRefused(t, v, fresh, ErrInvalid)
	})
}

// TestKeyIDTakenByAnother: a key id doesn't make a key.
func TestKeyIDTakenByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer, v := startIssuer(t, publish("a", ecKey))
		time.Sleep(time.Minute)
		assertRefused(t, v, signedES256(t, ecOther, "a"), ErrInvalid)
		assertRefused(t, v, sign(t, jose.RS256, rsaKey, justSubject, header{"kid": "a"}), ErrInvalid)
		assertRefused(t, v, sign(t, jose.ES256, ecOther, justSubject), ErrInvalid)
		if issuer.count() != 1 {
			t.Errorf("%d fetches for what is known", issuer.count())
		}
	})
}

func TestFailedRefreshKeepsTheKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, fresh := signedES256(t, ecKey, "old"), signedES256(t, ecOther, "fresh")
		issuer, v := startIssuer(t, publish("old", ecKey))
		assertAccepted(t, v, old)
		for _, answer := range []http.HandlerFunc{
			down,
			hang,
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<html>`) },
			func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, keySetBytesMax+1)) },
		} {
			issuer.answers(answer)
			time.Sleep(time.Hour)
			assertAccepted(t, v, old)
			assertRefused(t, v, fresh, ErrUnavailable) // it may be known to the issuer
			assertRefused(t, v, signedES256(t, ecOther, "old"), ErrInvalid)
		}
		issuer.answers(publish("fresh", ecOther))
		time.Sleep(retryInterval + fetchTimeout) // nobody asks
		assertRefused(t, v, old, ErrInvalid)
		assertAccepted(t, v, fresh)
	})
}

func TestIssuerDownAtTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		token := signedES256(t, ecKey, "a")
		issuer, v := startIssuer(t, down)
		for range 100 {
			assertRefused(t, v, token, ErrUnavailable)
			assertRefused(t, v, sign(t, jose.ES256, ecKey, justSubject), ErrUnavailable)
		}
		assertAccepted(t, v, sign(t, jose.HS256, secret, justSubject))
		assertRefused(t, v, sign(t, jose.HS256, publicPEM(ecKey), justSubject), ErrInvalid)
		if issuer.count() != 1 {
			t.Errorf("%d fetches at once", issuer.count())
		}
		issuer.answers(publish("a", ecKey))
		time.Sleep(fetchIntervalMin)
		assertAccepted(t, v, token)
	})
}

// TestMadeUpKeyIDs: whatever tokens come, the issuer is asked at most once in
// fetchIntervalMin.
func TestMadeUpKeyIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer, v := startIssuer(t, publish("a", ecKey))
		for i := range 600 {
			time.Sleep(100 * time.Millisecond)
			token := rawToken(fmt.Sprintf(`{"alg":"ES256","kid":"%d"}`, i), justSubject, "x")
			assertRefused(t, v, token, ErrInvalid)
		}
		if want := int(time.Minute/fetchIntervalMin) + 1; issuer.count() != want {
			t.Errorf("%d fetches in a minute, want %d", issuer.count(), want)
		}
	})
}

// TestManyWaitForOneFetch: and each no longer than it wants.
func TestManyWaitForOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := publish("a", ecKey)
		issuer, v := startIssuer(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(2 * time.Second)
			answer(w, r)
		})
		token := signedES256(t, ecKey, "a")
		var waiting sync.WaitGroup
		for range 50 {
			waiting.Go(func() {
				assertAccepted(t, v, token)
				if took := time.Since(bubbleStart); took != 2*time.Second {
					t.Errorf("accepted after %s", took)
				}
			})
			waiting.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err := v.Verify(ctx, token)
				assertError(t, err, ErrUnavailable, "deadline")
				if took := time.Since(bubbleStart); took != time.Second {
					t.Errorf("given up after %s", took)
				}
			})
		}
		waiting.Wait()
		if issuer.count() != 1 {
			t.Errorf("%d fetches", issuer.count())
		}
	})
}

func TestHangingIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, v := startIssuer(t, hang)
		assertRefused(t, v, signedES256(t, ecKey, "a"), ErrUnavailable)
		if took := time.Since(bubbleStart); took != fetchTimeout {
			t.Errorf("waited %s", took)
		}
	})
}

func TestCloseWhileFetching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, v := startIssuer(t, hang)
		token := signedES256(t, ecKey, "a")
		var waiting sync.WaitGroup
		waiting.Go(func() { assertRefused(t, v, token, ErrUnavailable) })
		synctest.Wait()
		v.Close()
		v.Close()
		waiting.Wait()
		assertRefused(t, v, token, ErrUnavailable)
		time.Sleep(time.Hour)
		assertRefused(t, v, token, ErrUnavailable)
		assertRefused(t, v, token, ErrUnavailable)
		assertAccepted(t, v, sign(t, jose.HS256, secret, justSubject))
		if took := time.Since(bubbleStart); took != time.Hour {
			t.Errorf("waited %s", took-time.Hour)
		}
	})
}

// TestOverHTTP is with a real server.
func TestOverHTTP(t *testing.T) {
	good := publish("a", ecKey)
	mux := http.NewServeMux()
	mux.Handle("/keys", good)
	mux.HandleFunc("/symmetric", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, jwks(jose.JSONWebKey{Key: secret, KeyID: "s"}, jose.JSONWebKey{Key: &ecKey.PublicKey, KeyID: "a"}))
	})
	mux.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) {
		good(w, r) // and no end
		for chunk := []byte(strings.Repeat(" ", 64<<10)); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/largest", func(w http.ResponseWriter, r *http.Request) {
		good(w, r)
		fmt.Fprint(w, strings.Repeat(" ", keySetBytesMax-len(jwks(jose.JSONWebKey{Key: &ecKey.PublicKey, KeyID: "a"}))))
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X", strings.Repeat("x", responseHeaderBytesMax))
		good(w, r)
	})
	mux.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/nobody", http.NotFound)
	for to, from := range map[string]string{
		"/keys": "/3", "/3": "/2", "/2": "/1", "/1": "/0", "/loop": "/loop", "file:///etc/hostname": "/file",
	} {
		mux.Handle(from, http.RedirectHandler(to, http.StatusFound))
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	token := signedES256(t, ecKey, "a")
	for path, class := range map[string]error{
		"/keys": nil, "/1": nil, "/symmetric": nil, "/largest": nil, "/0": ErrUnavailable, "/loop": ErrUnavailable,
		"/file": ErrUnavailable, "/huge": ErrUnavailable, "/header": ErrUnavailable, "/broken": ErrUnavailable,
		"/nobody": ErrUnavailable,
	} {
		t.Run(path, func(t *testing.T) {
			v := newTestVerifier(t, Config{JWKSURL: server.URL + path, Logger: slog.New(slog.DiscardHandler)})
			if class == nil {
				assertAccepted(t, v, token)
				assertRefused(t, v, sign(t, jose.HS256, secret, justSubject, header{"kid": "s"}), ErrInvalid)
			} else {
				assertRefused(t, v, token, class)
			}
		})
	}
}

// TestRedirectsKeepEncryption: one to http would let the network choose the keys.
func TestRedirectsKeepEncryption(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"https://a.example", "https://b.example", true},
		{"http://a.example", "https://b.example", true},
		{"http://a.example", "http://b.example", true},
		{"https://a.example", "http://a.example", false},
	} {
		from, to := httptest.NewRequest("GET", c.from, nil), httptest.NewRequest("GET", c.to, nil)
		if err := checkRedirect(to, []*http.Request{from}); (err == nil) != c.ok {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
}

// TestLog: failures are told, and passwords and tokens are not.
func TestLog(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	var log bytes.Buffer
	v := newTestVerifier(t, Config{
		JWKSURL: strings.Replace(server.URL, "//", "//roomd:hunter2@", 1),
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	token := signedES256(t, ecKey, "a")
	assertRefused(t, v, token, ErrUnavailable)
	v.Close()
	text := log.String()
	for _, word := range []string{"status 404", "without encryption", "no audience"} {
		if !strings.Contains(text, word) {
			t.Errorf("the log does not say %q:\n%s", word, text)
		}
	}
	for _, word := range []string{"hunter2", token} {
		if strings.Contains(text, word) {
			t.Errorf("the log says %q", word)
		}
	}
}
