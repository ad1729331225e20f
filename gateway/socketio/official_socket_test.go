package socketio

var officialConnect = []officialCase{
	{name: "should allow connection to the main namespace", run: func(h *host) {
		h.script(`
			> 40
			< 40{"sid":"*"}
			< 42["auth",{}]`)
	}},
	{name: "should allow connection to the main namespace with a payload", run: func(h *host) {
		h.script(`
			> 40{"token":"123"}
			< 40{"sid":"*"}
			< 42["auth",{"token":"123"}]`)
	}},
	{name: "should allow connection to a custom namespace", run: func(h *host) {
		h.script(`
			> 40/custom,
			< 40/custom,{"sid":"*"}
			< 42/custom,["auth",{}]`)
	}},
	{name: "should allow connection to a custom namespace with a payload", run: func(h *host) {
		h.script(`
			> 40/custom,{"token":"abc"}
			< 40/custom,{"sid":"*"}
			< 42/custom,["auth",{"token":"abc"}]`)
	}},
	{name: "should disallow connection to an unknown namespace", run: func(h *host) {
		h.script(`
			> 40/random
			< 44/random,{"message":"Invalid namespace"}`)
	}},
	{name: "should disallow connection with an invalid handshake", run: func(h *host) {
		h.script(`
			> 4abc
			closed`)
	}},
	{name: "should close the connection if no handshake is received", bubble: true, run: func(h *host) {
		h.script(`
			< 2
			closed`)
	}},
}

var officialDisconnect = []officialCase{
	{name: "should disconnect from the main namespace", bubble: true, run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 41
			< 2`)
	}},
	{name: "should connect then disconnect from a custom namespace", bubble: true, run: func(h *host) {
		h.run(h.openConnected(), nil, `
			< 2
			> 40/custom
			< 40/custom,{"sid":"*"}
			< 42/custom,["auth",{}]
			> 41/custom
			> 42["message","message to main namespace"]
			< 42["message-back","message to main namespace"]`)
	}},
}

var officialMessage = []officialCase{
	{name: "should send a plain-text packet", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 42["message",1,"2",{"3":[true]}]
			< 42["message-back",1,"2",{"3":[true]}]`)
	}},
	{name: "should send a packet with binary attachments", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 452-["message",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
			>> 010203
			>> 040506
			< 452-["message-back",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
			<< 010203
			<< 040506`)
	}},
	{name: "should send a plain-text packet with an ack", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 42456["message-with-ack",1,"2",{"3":[false]}]
			< 43456[1,"2",{"3":[false]}]`)
	}},
	{name: "should send a packet with binary attachments and an ack", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 452-789["message-with-ack",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
			>> 010203
			>> 040506
			< 462-789[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]
			<< 010203
			<< 040506`)
	}},
	{name: "should close the connection upon invalid format (unknown packet type)", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 4abc
			closed`)
	}},
	{name: "should close the connection upon invalid format (invalid payload format)", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 42{}
			closed`)
	}},
	{name: "should close the connection upon invalid format (invalid ack id)", run: func(h *host) {
		h.run(h.openConnected(), nil, `
			> 42abc["message-with-ack",1,"2",{"3":[false]}]
			closed`)
	}},
}
