package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// remoteKeys are the keys behind a URL. One goroutine fetches them: at the
// start, at intervals, and when somebody waits. The last good set stays.
type remoteKeys struct {
	url    *url.URL
	client *http.Client
	log    *slog.Logger
	asked  chan struct{} // has one if a fetch is wanted before its time
	cancel context.CancelFunc
	ended  chan struct{} // closed at the goroutine's end

	mu       sync.Mutex
	keys     []key         // the last good set, never changed but replaced
	err      error         // why the last fetch failed
	loaded   bool          // there has been a good set
	tried    time.Time     // the last fetch's end
	underWay chan struct{} // closed at the end of the fetch that is under way or asked for; else nil
}

var errNotFetched = errors.New("the JWKS URL has not answered with keys; the log says why")

// startRemoteKeys begins to fetch. The caller closes it.
func startRemoteKeys(address string, log *slog.Logger) (*remoteKeys, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = responseHeaderBytesMax
	return startRemoteKeysOver(transport, address, log)
}

func startRemoteKeysOver(transport http.RoundTripper, address string, log *slog.Logger) (*remoteKeys, error) {
	location, err := url.Parse(address)
	if err != nil || location.Scheme != "http" && location.Scheme != "https" || location.Host == "" {
		return nil, errors.New("must be http://… or https://…") // and is not repeated: it may hold a password
	}
	if location.Scheme == "http" {
		log.Warn("keys are fetched without encryption: whoever controls the network can be anybody", "url", location.Redacted())
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &remoteKeys{
		url:    location,
		client: &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		log:    log.With("url", location.Redacted()),
		asked:  make(chan struct{}, 1),
		cancel: cancel,
		ended:  make(chan struct{}),
	}
	go r.run(ctx)
	return r, nil
}

func (r *remoteKeys) close() {
	r.cancel()
	<-r.ended
	r.client.CloseIdleConnections()
}

// current returns the last good set. Known says that there is no reason to fetch
// for a token of this key id: the set has it, or the token has none.
func (r *remoteKeys) current(keyID string) (keys []key, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	isIt := func(k key) bool { return k.id == keyID }
	return r.keys, r.loaded && (keyID == "" || slices.ContainsFunc(r.keys, isIt))
}

// await returns the keys after the fetch that is under way, or after a new one
// if the last is long enough ago. An error says that nobody knows which keys
// there are now.
func (r *remoteKeys) await(ctx context.Context) ([]key, error) {
	if done := r.ask(); done != nil {
		select {
		case <-done:
		case <-r.ended:
			return nil, errors.New("closed")
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return nil, errNotFetched
	}
	return r.keys, nil
}

// ask returns what is closed at the end of the next fetch, or nil if it is too
// early for one.
func (r *remoteKeys) ask() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.underWay == nil && time.Since(r.tried) >= fetchIntervalMin {
		r.underWay = make(chan struct{})
		r.asked <- struct{}{} // has room: begin has emptied it
	}
	return r.underWay
}

func (r *remoteKeys) run(ctx context.Context) {
	defer close(r.ended)
	for ctx.Err() == nil {
		r.begin()
		keys, err := r.fetch(ctx)
		r.finish(keys, err)
		wait := refreshInterval
		if err != nil && ctx.Err() == nil {
			r.log.Warn("keys could not be fetched; those of the last time stay in use", "error", err)
			wait = retryInterval
		}
		select {
		case <-ctx.Done():
		case <-r.asked:
		case <-time.After(wait):
		}
	}
}

// begin makes the fetch that is about to start the one that all wait for.
func (r *remoteKeys) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.underWay == nil {
		r.underWay = make(chan struct{})
	}
	select {
	case <-r.asked:
	default:
	}
}

func (r *remoteKeys) finish(keys []key, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.tried = err, time.Now()
	if err == nil {
		r.keys, r.loaded = keys, true
	}
	close(r.underWay)
	r.underWay = nil
}

// fetch returns the keys that the issuer publishes now.
func (r *remoteKeys) fetch(ctx context.Context) ([]key, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.url.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s", response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, keySetBytesMax+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > keySetBytesMax:
		return nil, fmt.Errorf("more than %d bytes", keySetBytesMax)
	}
	keys, ignored, err := parseKeySet(data)
	if err != nil {
		return nil, err
	}
	r.log.Debug("keys fetched", "keys", len(keys), "ignored", ignored)
	if len(keys) == 0 {
		// Still the issuer's word: it may have withdrawn them all.
		r.log.Warn("the JWKS URL has no keys that are of use here", "ignored", ignored)
	}
	return keys, nil
}

// checkRedirect bounds redirects, and lets none give up encryption.
func checkRedirect(request *http.Request, via []*http.Request) error {
	switch last := via[len(via)-1]; {
	case len(via) > redirectsMax:
		return fmt.Errorf("more than %d redirects", redirectsMax)
	case last.URL.Scheme == "https" && request.URL.Scheme != "https":
		return errors.New("a redirect from https to http")
	}
	return nil
}
