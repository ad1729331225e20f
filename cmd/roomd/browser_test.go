package main

import (
	"flag"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var screenshots = flag.String("screenshots", "", "`folder` for pictures of the demo page")

// pageScripts drive the page at / as a few people would.
var pageScripts = []string{"page.test.js", "page-moderation.test.js", "page-rooms.test.js", "page-talk.test.js"}

func TestDemoPage(t *testing.T) {
	t.Parallel()
	environ := browserEnvironment(t)
	flags := []string{"--grace", "2s"}   // a tab that is closed is seen to leave while somebody waits for it
	for _, script := range pageScripts { // one at a time: a browser is heavy
		t.Run(topic(script), func(t *testing.T) { runNodeWithRestarts(t, script, flags, environ...) })
	}
}

// browserEnvironment is what scripts that drive a browser need.
func browserEnvironment(t *testing.T) []string {
	t.Helper()
	environ := []string{"CHROMIUM=" + needChromium(t)}
	if *screenshots != "" {
		folder, err := filepath.Abs(*screenshots)
		if err != nil {
			t.Fatal(err)
		}
		environ = append(environ, "SCREENSHOTS="+folder)
	}
	return environ
}

// TestDemoPageWithToken has a server that takes nobody's word for who he is.
func TestDemoPageWithToken(t *testing.T) {
	t.Parallel()
	environ := browserEnvironment(t)
	needNode(t)
	mint := exec.Command(binary(t), "token", "--secret", tokenSecretText, "--sub", "anna", "--name", "Anna")
	mint.Env = cleanEnvironment()
	minted, err := mint.Output()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "--dev=false", "--token-secret", tokenSecretText, "--data", t.TempDir())
	runNode(t, tokenPageScript, s, append(environ, "TOKEN="+strings.TrimSpace(string(minted)))...)
}

const tokenPageScript = "page-token.test.js"

// TestBundleInBrowser has the stock client's own bundle served by roomd, and
// used by a page of another origin.
func TestBundleInBrowser(t *testing.T) {
	t.Parallel()
	chromium := needChromium(t)
	needNode(t)
	s := startServer(t, "--data", t.TempDir(), "--client-bundle", bundleFolder)
	runNode(t, "bundle.test.js", s, "CHROMIUM="+chromium)
}

// bundleFolder is where npm installs the stock client's bundle.
var bundleFolder = filepath.Join(nodeFolder, "node_modules", "socket.io-client", "dist")

// needChromium returns the path of the browser, or skips the test.
func needChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	skip(t, "Chromium")
	return ""
}
