package main

import (
	"flag"
	"os/exec"
	"path/filepath"
	"testing"
)

var screenshots = flag.String("screenshots", "", "`folder` for pictures of the demo page")

// TestDemoPage drives the page at / as two people would.
func TestDemoPage(t *testing.T) {
	t.Parallel()
	environ := []string{"CHROMIUM=" + needChromium(t)}
	if *screenshots != "" {
		folder, err := filepath.Abs(*screenshots)
		if err != nil {
			t.Fatal(err)
		}
		environ = append(environ, "SCREENSHOTS="+folder)
	}
	runNodeWithRestarts(t, "page.test.js", environ...)
}

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
