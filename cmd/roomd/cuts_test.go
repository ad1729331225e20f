package main

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

var (
	cutsDuration = flag.Duration("cuts-duration", 8*time.Second, "how long TestCuts cuts connections")
	cutsClients  = flag.Int("cuts-clients", 60, "whose connections TestCuts cuts")
	cutsRestarts = flag.Int("cuts-restarts", 2, "how often TestCuts ends the server in each way")
	cutsSeed     = flag.Uint("cuts-seed", 0, "of what TestCuts does; 0: a new one")
)

// TestCuts has clients lose their connections all the time, both ends of them
// or one, and the server end beside. The full size is 60 s, 200 clients and 5
// restarts. The seed gives what is done, but not when it happens.
func TestCuts(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]string{"running": "", "stopped": "SIGTERM", "killed": "SIGKILL"} {
		t.Run(name, func(t *testing.T) {
			seed := uint32(*cutsSeed)
			if seed == 0 {
				seed = rand.Uint32()
			}
			environ := []string{
				"SEED=" + strconv.Itoa(int(seed)),
				"CLIENTS=" + strconv.Itoa(*cutsClients),
				"SECONDS=" + strconv.FormatFloat(cutsDuration.Seconds(), 'f', 1, 64),
			}
			restarts := ""
			for i := range *cutsRestarts {
				if signal != "" && i > 0 {
					restarts += ","
				}
				restarts += signal
			}
			// A client that alone still thinks it is connected must find out soon.
			flags := []string{"--ping-interval", "500ms", "--ping-timeout", "2500ms"}
			runNodeWithRestarts(t, "cuts.js", flags, append(environ, "RESTARTS="+restarts)...)
		})
	}
}
