package main

import "testing"

const adminToken = "an admin token for tests"

// adminScripts drive the administration: the page at /admin, of a server with a
// token and of one without, and the stock Admin UI.
var adminScripts = []struct {
	script string
	flags  []string
}{
	{"admin.test.js", []string{"--admin-token", adminToken}},
	{"admin-ui.test.js", []string{"--admin-token", adminToken}},
	{"admin-off.test.js", nil},
}

func TestAdministration(t *testing.T) {
	t.Parallel()
	environ := append(browserEnvironment(t), "ADMIN_TOKEN="+adminToken)
	for _, c := range adminScripts { // one at a time: a browser is heavy
		t.Run(topic(c.script), func(t *testing.T) {
			runNode(t, c.script, startServer(t, append(c.flags, "--data", t.TempDir())...), environ...)
		})
	}
}
