package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// scriptTimeout ends a script that hangs; they take about a second on an idle machine.
const scriptTimeout = 3 * time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func request(method, target string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	Handler(true).ServeHTTP(w, r)
	return w
}

func TestServes(t *testing.T) {
	tests := []struct{ path, contentType, contains string }{
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/style.css", "text/css; charset=utf-8", ":root {"},
		{"/room.css", "text/css; charset=utf-8", "#composer {"},
		{"/people.css", "text/css; charset=utf-8", "#people {"},
		{"/dialogs.css", "text/css; charset=utf-8", "dialog {"},
		{"/app.js", "text/javascript; charset=utf-8", "import "},
		{"/client.js", "text/javascript; charset=utf-8", "export class Client"},
		{"/icon.svg", "image/svg+xml", "<svg "},
		{"/admin", "text/html; charset=utf-8", `src="/admin.js"`},
		{"/admin.js", "text/javascript; charset=utf-8", "import "},
		{"/?anything", "text/html; charset=utf-8", "<!doctype html>"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got := request("GET", tt.path, nil)
			if got.Code != http.StatusOK {
				t.Fatalf("status %d, want 200", got.Code)
			}
			if ct := got.Header().Get("Content-Type"); ct != tt.contentType {
				t.Errorf("Content-Type %q, want %q", ct, tt.contentType)
			}
			if !strings.Contains(got.Body.String(), tt.contains) {
				t.Errorf("the body lacks %q", tt.contains)
			}
			head := request("HEAD", tt.path, nil)
			if head.Code != http.StatusOK || head.Body.Len() != 0 {
				t.Errorf("HEAD: status %d with %d bytes, want 200 with none", head.Code, head.Body.Len())
			}
			if l := head.Header().Get("Content-Length"); l != got.Header().Get("Content-Length") || l == "" {
				t.Errorf("HEAD: Content-Length %q, GET has %q", l, got.Header().Get("Content-Length"))
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	tests := []struct {
		method, path string
		want         int
	}{
		{"GET", "/nothing", http.StatusNotFound},
		{"GET", "/index.html", http.StatusNotFound},
		{"GET", "/admin.html", http.StatusNotFound},
		{"GET", "/admin_off.html", http.StatusNotFound},
		{"GET", "/admin/", http.StatusNotFound},
		{"GET", "/web.go", http.StatusNotFound},
		{"GET", "/testdata/client_test.mjs", http.StatusNotFound},
		{"GET", "/app.js/", http.StatusNotFound},
		{"GET", "/../web.go", http.StatusNotFound},
		{"GET", "//", http.StatusNotFound},
		{"POST", "/nothing", http.StatusNotFound},
		{"POST", "/", http.StatusMethodNotAllowed},
		{"DELETE", "/app.js", http.StatusMethodNotAllowed},
		{"OPTIONS", "/", http.StatusMethodNotAllowed},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			got := request(tt.method, tt.path, nil)
			if got.Code != tt.want {
				t.Errorf("status %d, want %d", got.Code, tt.want)
			}
			allow := got.Header().Get("Allow")
			if (allow == "GET, HEAD") != (tt.want == http.StatusMethodNotAllowed) {
				t.Errorf("Allow %q with status %d", allow, got.Code)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	for _, target := range []string{"/", "/app.js", "/nothing"} {
		got := request("GET", target, nil).Header()
		csp := got.Get("Content-Security-Policy")
		for _, directive := range []string{"default-src 'self'", "connect-src 'self' ws: wss:", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, directive) {
				t.Errorf("%s: the policy %q lacks %q", target, csp, directive)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy %q allows something unsafe", target, csp)
		}
		if v := got.Get("X-Content-Type-Options"); v != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", target, v)
		}
		if v := got.Get("Referrer-Policy"); v != "no-referrer" {
			t.Errorf("%s: Referrer-Policy %q", target, v)
		}
	}
}

func TestCaching(t *testing.T) {
	first := request("GET", "/app.js", nil)
	etag := first.Header().Get("ETag")
	if v := first.Header().Get("Cache-Control"); v != "no-cache" {
		t.Errorf("Cache-Control %q, want no-cache", v)
	}
	again := request("GET", "/app.js", http.Header{"If-None-Match": {etag}})
	if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
		t.Errorf("with the ETag: status %d, %d bytes, want 304 and none", again.Code, again.Body.Len())
	}
	other := request("GET", "/client.js", http.Header{"If-None-Match": {etag}})
	if other.Code != http.StatusOK {
		t.Errorf("with another file's ETag: status %d, want 200", other.Code)
	}
}

// references are the ways in which one of the page's files names another.
var references = map[string]*regexp.Regexp{
	".html": regexp.MustCompile(`(?:src|href)="([^"]*)"`),
	".js":   regexp.MustCompile(`(?:from|import|import\() ?'([^']*)'`),
	".css":  regexp.MustCompile(`(?:url\(|@import )([^)\s;]*)`),
	".svg":  regexp.MustCompile(`href="([^"]*)"`),
}

// Whatever the page needs is served by the handler, so it works without a network.
func TestNeedsNoOtherHost(t *testing.T) {
	files := allFiles()
	found := 0
	for name, f := range files {
		for _, match := range references[extension(name)].FindAllStringSubmatch(string(f.content), -1) {
			target := match[1]
			if strings.HasPrefix(target, "#") {
				continue
			}
			found++
			if _, ok := files[path.Join("/", target)]; !ok {
				t.Errorf("%s needs %q, which isn't served", name, target)
			}
		}
	}
	for name, f := range files {
		for _, address := range regexp.MustCompile(`https?://[^\s'"]*`).FindAllString(string(f.content), -1) {
			// The names of XML namespaces are never fetched.
			if !strings.HasPrefix(address, "http://www.w3.org/") {
				t.Errorf("%s names another host: %s", name, address)
			}
		}
	}
	if found < len(files) {
		t.Errorf("found %d references in %d files: the patterns miss some", found, len(files))
	}
}

// What the content security policy would refuse isn't there to begin with, and no string is ever
// read as markup, so nothing that a user writes can become any.
func TestHasNoInlineCodeOrMarkupFromStrings(t *testing.T) {
	forbidden := map[string]*regexp.Regexp{
		".html": regexp.MustCompile(`<style|<script>|\sstyle=|\son\w+=|javascript:`),
		".js": regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|DOMParser|` +
			`createContextualFragment|srcdoc|\beval\(|new Function|javascript:`),
		".css": regexp.MustCompile(`expression\(|javascript:`),
		".svg": regexp.MustCompile(`<script|\son\w+=|javascript:`),
	}
	for name, f := range allFiles() {
		for _, bad := range forbidden[extension(name)].FindAllString(string(f.content), -1) {
			t.Errorf("%s contains %q", name, bad)
		}
	}
}

func extension(name string) string {
	if path.Ext(name) == "" {
		return ".html"
	}
	return path.Ext(name)
}

// allFiles are those of a server that can be administered, and the page of one
// that can't.
func allFiles() map[string]file {
	files := load(pages)
	files["/off"] = load(offPages)["/admin"]
	return files
}

// TestAdministrationOff: the page says so, and has no script to ask anybody.
func TestAdministrationOff(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(false).ServeHTTP(w, httptest.NewRequest("GET", "/admin", nil))
	body := w.Body.String()
	if w.Code != http.StatusOK || !strings.Contains(body, "No admin token is configured") || strings.Contains(body, "<script") {
		t.Errorf("status %d: %s", w.Code, body)
	}
}

// TestScripts runs the tests of the page's own modules, which need Node.
func TestScripts(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("Node is not installed, and under CI nothing may be skipped for want of a tool")
	}
	if err != nil {
		t.Skip("Node is not installed: the page's modules were NOT tested")
	}
	dir := t.TempDir()
	copyInto(t, dir, "*.js", "testdata/*.mjs")
	// Says that .js files are modules, as they are in a browser.
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"type":"module"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/*_test.mjs")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("scripts: %v %v", scripts, err)
	}
	for _, path := range scripts {
		script := filepath.Base(path)
		t.Run(script, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), scriptTimeout)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, "--test", script)
			cmd.Dir = dir
			if output, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

func copyInto(t *testing.T, dir string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("files %s: found %d, %v", pattern, len(names), err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
