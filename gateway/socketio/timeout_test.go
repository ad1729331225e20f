package socketio

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"roomd/gateway/engineio"
)

// inBubble runs a test on both transports, in a bubble whose clock only moves when all is waiting.
func inBubble(t *testing.T, config Config, test func(t *testing.T, h *host, client transport, app *scripted)) {
	t.Helper()
	open := map[string]func(*host) transport{"websocket": (*host).openWebSocket, "polling": (*host).openPolling}
	config.Engine.PingInterval = time.Hour // no pings among what the tests wait for
	for name, open := range open {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				app := newScripted()
				h := newPipeHost(t, config, app)
				test(t, h, open(h), app)
			})
		})
	}
}

func TestConnectTimeout(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, h *host, client transport, app *scripted) {
		time.Sleep(defaultConnectTimeout - time.Millisecond)
		synctest.Wait()
		if h.server.engine.SessionCount() != 1 {
			t.Fatal("closed before the timeout")
		}
		time.Sleep(time.Millisecond)
		h.run(client, app, "closed")
	})
}

func TestConnectTimeoutIsStoppedByConnect(t *testing.T) {
	inBubble(t, Config{ConnectTimeout: time.Second}, func(t *testing.T, h *host, client transport, app *scripted) {
		time.Sleep(time.Second - time.Millisecond)
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}`)
		time.Sleep(time.Minute)
		h.run(client, app, `
			> 42["echo"]
			< 42["echo"]`)
	})
}

// Like in the reference: the time runs once, to the first namespace.
func TestConnectTimeoutDoesNotComeBack(t *testing.T) {
	inBubble(t, Config{ConnectTimeout: time.Second}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}
			> 41`)
		time.Sleep(time.Minute)
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}`)
	})
}

func TestConnectTimeoutIsNotStoppedByARefusal(t *testing.T) {
	inBubble(t, Config{ConnectTimeout: time.Second}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40/random
			< 44/random,{"message":"Invalid namespace"}`)
		time.Sleep(time.Second)
		h.run(client, app, "closed")
	})
}

func TestAttachmentsTimeout(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}
			> 451-["echo",{"_placeholder":true,"num":0}]`)
		time.Sleep(attachmentsTimeout - time.Millisecond)
		h.run(client, app, `
			>> 01
			< 451-["echo",{"_placeholder":true,"num":0}]
			<< 01`)
		time.Sleep(attachmentsTimeout)
		h.run(client, app, `
			> 42["echo"]
			< 42["echo"]
			> 452-["echo",{"_placeholder":true,"num":0}]
			>> 01`)
		time.Sleep(attachmentsTimeout)
		h.run(client, app, `
			closed
			app connect /
			app connected /
			app event / echo [{"_placeholder":true,"num":0}]
			app event / echo []
			app disconnected / attachments timeout`)
	})
}

func TestAckTimeout(t *testing.T) {
	const timeout = time.Second
	inBubble(t, Config{AckTimeout: timeout}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}
			app connect /
			app connected /
			> 42["ask"]
			> 42["ask"]
			app event / ask []
			app event / ask []
			< 420["question"]
			< 421["question"]`)
		time.Sleep(timeout - time.Millisecond)
		h.run(client, app, `
			> 430["in time"]
			app answer ["in time"] [] <nil>`)
		time.Sleep(time.Millisecond)
		h.run(client, app, `
			app answer [] [] socketio: no acknowledgement in time
			> 431["too late"]
			> 42["echo"]
			app event / echo []
			< 42["echo"]`)
	})
}

// A timeout that the caller names is the one that counts.
func TestEmitWithAckTimeout(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}`)
		socket := <-app.sockets
		failed := make(chan error, 10)
		done := func(_ []json.RawMessage, _ [][]byte, err error) { failed <- err }
		start := time.Now()
		socket.EmitWithAck("x", nil, nil, 3*time.Second, done)
		if err := <-failed; !errors.Is(err, ErrAckTimeout) || time.Since(start) != 3*time.Second {
			t.Errorf("after %v: error %v", time.Since(start), err)
		}
		socket.CloseTransport(engineio.ReasonForcedClose)
		client.close()
		time.Sleep(time.Minute)
		socket.EmitWithAck("x", nil, nil, time.Second, done)
		if err := <-failed; !errors.Is(err, ErrDisconnected) {
			t.Errorf("after the end: error %v", err)
		}
		if len(failed) > 0 {
			t.Errorf("done was called again: error %v", <-failed)
		}
	})
}

// A panic in a callback that a timer runs costs that client, not the process.
func TestPanicOnAckTimeout(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}
			app connect /
			app connected /`)
		socket := <-app.sockets
		socket.EmitWithAck("x", nil, nil, time.Second, func([]json.RawMessage, [][]byte, error) { panic("done") })
		h.run(client, app, `
			< 420["x"]
			closed
			app disconnected / internal error`)
	})
}

// A packet of very many values, here an ack that nobody waits for, keeps its own client waiting.
func TestReaderRestsForOthers(t *testing.T) {
	inBubble(t, Config{}, func(t *testing.T, h *host, client transport, app *scripted) {
		h.run(client, app, `
			> 40
			< 40{"sid":"*"}`)
		for _, rests := range []int{0, 1, 3} {
			wide := wideArray(max(1, rests*restValues))
			begin := time.Now()
			h.run(client, app, `
				> 43[`+wide+`]
				> 42["echo"]
				< 42["echo"]`)
			if got, want := time.Since(begin), time.Duration(rests)*restTime; got != want {
				t.Errorf("%d values: rested for %v, want %v", rests*restValues, got, want)
			}
		}
	})
}
