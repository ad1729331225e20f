package floor

import "time"

const (
	// connectionsMax is more than one machine's loopback ports to one address.
	connectionsMax = 65_536
	// packetBytesMax is Socket.IO's usual limit, told to clients as maxPayload.
	packetBytesMax = 1_000_000
	// readBufferBytes holds a usual sendMessage, so that it takes one read.
	readBufferBytes = 512
	// handshakeTimeout ends a connection that sends no upgrade request.
	handshakeTimeout = 10 * time.Second
	// pingInterval and pingTimeout are Socket.IO's defaults.
	pingInterval = 25 * time.Second
	pingTimeout  = 20 * time.Second
	// acceptPause is the wait after a failed accept.
	acceptPause = 50 * time.Millisecond
)
