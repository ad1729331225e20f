package engineio

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// respond sends a response as a whole and gives the client bounded time to
// take it. A nil error means that the kernel has it.
func (s *Server) respond(w http.ResponseWriter, status int, contentType string, body []byte) error {
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Now().Add(responseTimeout))
	defer control.SetWriteDeadline(time.Time{})
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return err
	}
	if err := control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// respondPoll sends a polling payload, compressed where that is worth it.
func (s *Server) respondPoll(w http.ResponseWriter, r *http.Request, payload []byte) error {
	least := s.config.CompressBytesMin
	if least >= 0 && len(payload) >= least && acceptsGzip(r.Header) {
		w.Header().Set("Content-Encoding", "gzip")
		payload = compress(payload)
	}
	return s.respond(w, http.StatusOK, "text/plain; charset=UTF-8", payload)
}

// A gzip.Writer is about a megabyte: those there are get used again.
var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	return w
}}

func compress(payload []byte) []byte {
	var compressed bytes.Buffer
	w := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(w)
	w.Reset(&compressed)
	w.Write(payload) // to memory: can't fail
	w.Close()
	return compressed.Bytes()
}

// acceptsGzip reads the Accept-Encoding header (RFC 9110, 12.5.3).
func acceptsGzip(header http.Header) bool {
	accepted := false
	for _, line := range header.Values("Accept-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			name, parameter, _ := strings.Cut(coding, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "gzip":
				return qualityPositive(parameter)
			case "*":
				accepted = qualityPositive(parameter)
			}
		}
	}
	return accepted
}

// qualityPositive reads "q=0.5"; without one a coding is welcome.
func qualityPositive(parameter string) bool {
	name, value, found := strings.Cut(strings.TrimSpace(parameter), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}
	quality, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && quality > 0
}
