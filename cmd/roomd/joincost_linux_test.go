package main

import (
	"flag"
	"testing"
)

var fullSize = flag.Bool("full-size", false, "measure joins with 10,000 rooms and 5,000 connections, not a tenth of that")

// TestJoinCost measures the CPU time of the server. That of a process can be
// read on Linux only.
func TestJoinCost(t *testing.T) {
	rooms, connections := "1000", "500"
	if *fullSize {
		rooms, connections = "10000", "5000"
	}
	runNodeWithRestarts(t, "joincost.test.js", nil, "ROOMS="+rooms, "CONNECTIONS="+connections)
}
