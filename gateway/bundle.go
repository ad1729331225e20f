package gateway

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// bundleFiles are the stock client's files that a Socket.IO server has beside
// its endpoint, with their source maps.
var bundleFiles = []string{
	"socket.io.js", "socket.io.js.map",
	"socket.io.min.js", "socket.io.min.js.map",
	"socket.io.esm.min.js", "socket.io.esm.min.js.map",
	"socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
}

// bundleCDN is where the stock client comes from when no folder is given.
const bundleCDN = "https://cdn.socket.io/4.8.3/"

// bundle serves the stock client's files.
type bundle struct {
	files map[string][]byte // by name; nil: redirect to bundleCDN
}

// newBundle reads the folder, so that a wrong one is found at start and what
// is served never changes.
func newBundle(folder string) (*bundle, error) {
	if folder == "" {
		return &bundle{}, nil
	}
	b := &bundle{files: make(map[string][]byte)}
	for _, name := range bundleFiles {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if os.IsNotExist(err) && name != bundleFiles[0] {
			continue // not every version of the client has every file
		}
		if err != nil {
			return nil, fmt.Errorf("client bundle: %w", err)
		}
		b.files[name] = data
	}
	return b, nil
}

// file returns the handler of one file. Modules of pages of other origins may
// import it: it is the same for everybody, and no secret.
func (b *bundle) file(name string) http.Handler {
	content := b.content(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		content.ServeHTTP(w, r)
	})
}

func (b *bundle) content(name string) http.Handler {
	if b.files == nil {
		return http.RedirectHandler(bundleCDN+name, http.StatusFound)
	}
	data, ok := b.files[name]
	if !ok {
		return http.NotFoundHandler()
	}
	kind := "application/javascript; charset=utf-8"
	if strings.HasSuffix(name, ".map") {
		kind = "application/json; charset=utf-8"
	}
	etag := fmt.Sprintf("\"%x\"", sha256.Sum256(data))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=0")
		w.Header().Set("Content-Type", kind)
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(data)
	})
}
