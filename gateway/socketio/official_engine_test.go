package socketio

import (
	"net/http"
	"time"
)

// status400 checks that a GET with each query is refused.
func (h *host) status400(queries ...string) {
	h.t.Helper()
	for _, query := range queries {
		status, body := h.get(query)
		h.wantStatus(http.StatusBadRequest, status, body)
	}
}

func (h *host) webSocketRefused(queries ...string) {
	h.t.Helper()
	for _, query := range queries {
		if _, status := h.webSocket(query); status == http.StatusSwitchingProtocols {
			h.t.Errorf("a WebSocket with %q was accepted", query)
		}
	}
}

var officialHandshakePolling = []officialCase{
	{name: "should successfully open a session", run: func(h *host) {
		status, body := h.get("EIO=4&transport=polling")
		h.wantStatus(http.StatusOK, status, body)
		h.wantHandshake(body, "websocket")
	}},
	{name: "should fail with an invalid 'EIO' query parameter", run: func(h *host) {
		h.status400("transport=polling", "EIO=abc&transport=polling")
	}},
	{name: "should fail with an invalid 'transport' query parameter", run: func(h *host) {
		h.status400("EIO=4", "EIO=4&transport=abc")
	}},
	{name: "should fail with an invalid request method", run: func(h *host) {
		status, body := h.post("EIO=4&transport=polling", "")
		h.wantStatus(http.StatusBadRequest, status, body)
		status, body = h.request(http.MethodPut, "EIO=4&transport=polling", "")
		h.wantStatus(http.StatusBadRequest, status, body)
	}},
}

var officialHandshakeWebSocket = []officialCase{
	{name: "should successfully open a session", run: func(h *host) {
		ws, status := h.webSocket("EIO=4&transport=websocket")
		h.wantStatus(http.StatusSwitchingProtocols, status, "")
		open, err := ws.receive()
		if err != nil {
			h.t.Fatal(err)
		}
		h.wantHandshake(open.text)
	}},
	{name: "should fail with an invalid 'EIO' query parameter", run: func(h *host) {
		h.webSocketRefused("transport=websocket", "EIO=abc&transport=websocket")
	}},
	{name: "should fail with an invalid 'transport' query parameter", run: func(h *host) {
		h.webSocketRefused("EIO=4", "EIO=4&transport=abc")
	}},
}

var officialHeartbeatPolling = []officialCase{
	{name: "should send ping/pong packets", bubble: true, run: func(h *host) {
		h.run(h.openPolling(), nil, `
			< 2
			> 3
			< 2
			> 3
			< 2
			> 3`)
	}},
	{name: "should close the session upon ping timeout", bubble: true, run: func(h *host) {
		sid := h.openSession()
		time.Sleep(officialPingInterval + officialPingTimeout)
		h.status400("EIO=4&transport=polling&sid=" + sid)
	}},
}

var officialHeartbeatWebSocket = []officialCase{
	{name: "should send ping/pong packets", bubble: true, run: func(h *host) {
		h.script(`
			< 2
			> 3
			< 2
			> 3
			< 2
			> 3`)
	}},
	{name: "should close the session upon ping timeout", bubble: true, run: func(h *host) {
		h.script(`
			< 2
			closed`)
	}},
}

var officialClosePolling = []officialCase{
	{name: "should forcefully close the session", bubble: true, run: func(h *host) { // the poll may come second, in the grace
		query := "EIO=4&transport=polling&sid=" + h.openSession()
		closed := make(chan int)
		go func() {
			status, _ := h.post(query, "1")
			closed <- status
		}()
		status, body := h.get(query)
		h.wantStatus(http.StatusOK, status, body)
		if body != "6" {
			h.t.Errorf("the pending poll got %q", body)
		}
		h.wantStatus(http.StatusOK, <-closed, "")
		h.status400(query)
	}},
}

var officialCloseWebSocket = []officialCase{
	{name: "should forcefully close the session", run: func(h *host) {
		h.script(`
			> 1
			closed`)
	}},
}

// upgrade upgrades a polling session and returns its sid.
func (h *host) upgrade() (sid string) {
	h.t.Helper()
	sid = h.openSession()
	ws, status := h.webSocket("EIO=4&transport=websocket&sid=" + sid)
	h.wantStatus(http.StatusSwitchingProtocols, status, "")
	h.run(ws, nil, `
		> 2probe
		< 3probe
		> 5`)
	return sid
}

var officialUpgrade = []officialCase{
	{name: "should successfully upgrade from HTTP long-polling to WebSocket", run: func(h *host) {
		h.upgrade()
	}},
	{name: "should ignore HTTP requests with same sid after upgrade", run: func(h *host) {
		h.status400("EIO=4&transport=polling&sid=" + h.upgrade())
	}},
	{name: "should ignore WebSocket connection with same sid after upgrade", run: func(h *host) {
		ws, status := h.webSocket("EIO=4&transport=websocket&sid=" + h.upgrade())
		if status == http.StatusSwitchingProtocols {
			h.run(ws, nil, `closed`)
		}
	}},
}
