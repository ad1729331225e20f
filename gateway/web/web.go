// Package web is the demo chat and the administration: two pages of hand-written HTML, CSS and
// JavaScript, embedded in the binary. The first shows what the contract with clients can do, the second
// is for those who run the server.
//
// There is no build step and nothing comes from another host, so what is in this folder is what a
// browser gets, and it works offline. client.js is a Socket.IO client of our own in one file, to be
// read as an illustration of the protocol; app.js says how the other modules hang together.
//
// The pages promise that nothing a user writes becomes markup. Their modules build the document from
// text only, and the content security policy allows no inline script or style and no other host's.
//
// The package knows nothing of rooms or connections: the page speaks to /socket.io/ of the host that
// served it, which is somebody else's handler.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed *.html *.css *.js icon.svg
var embedded embed.FS

// contentTypes are those of the page's files by extension. The system's own table is not asked: on
// some machines it calls JavaScript text/plain, which browsers then refuse to run.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// headers go with every response. WebSockets are named beside 'self' because older browsers don't
// count a page's own ws: and wss: as the same origin.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"X-Content-Type-Options": "nosniff",
	"Referrer-Policy":        "no-referrer",
}

// file is one response, made when the program starts.
type file struct {
	content     []byte
	contentType string
	etag        string
}

// pages are served at paths of their own. Those that are not in here are not served.
var pages = map[string]string{"index.html": "/", "admin.html": "/admin"}

// offPages are the pages of a server that nobody can administer.
var offPages = map[string]string{"index.html": "/", "admin_off.html": "/admin"}

// Handler serves the demo chat at /, the administration at /admin, which says so if administration is
// off, and their files beside them; any other path is 404 and any method but GET and HEAD is 405. Browsers may keep the files but ask each time whether they are still good, which
// costs a 304. The handler is safe for concurrent use.
func Handler(administration bool) http.Handler {
	files := load(offPages)
	if administration {
		files = load(pages)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		f, ok := files[r.URL.Path]
		switch {
		case !ok:
			http.NotFound(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		default:
			f.serve(w, r)
		}
	})
}

func (f file) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", f.etag)
	// Embedded files have no date: the ETag alone says whether a copy is still good.
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.content))
}

// load gives the embedded files by the paths they are served at, and of the pages these. They are part of the binary, so
// failing to read them or a type that isn't listed is a mistake in this package.
func load(pages map[string]string) map[string]file {
	entries, err := embedded.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("web: reading the embedded files: %v", err))
	}
	files := make(map[string]file, len(entries))
	for _, entry := range entries {
		name := entry.Name()
		content, err := embedded.ReadFile(name)
		contentType, known := contentTypes[path.Ext(name)]
		if err != nil || !known {
			panic(fmt.Sprintf("web: embedded file %s: error %v, type known: %t", name, err, known))
		}
		place := "/" + name
		if path.Ext(name) == ".html" {
			place = pages[name]
		}
		if place != "" {
			files[place] = file{content, contentType, fmt.Sprintf("%q", fmt.Sprintf("%x", sha256.Sum256(content)))}
		}
	}
	return files
}
