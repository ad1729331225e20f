package engineio

import (
	"net/http"
	"strconv"
	"time"
)

// A Refusal is Config.Admit's answer to a client that may not begin a session
// now: 429 "Too many connections".
type Refusal struct {
	// RetryAfter is when the client may try again, told it in whole seconds,
	// one at least.
	RetryAfter time.Duration
}

// messageTooMany goes with the code of what is forbidden: the reference has
// none that is nearer, and its clients don't look.
const messageTooMany = "Too many connections"

// admit asks whether a session may begin, and if not, says so to the client. If
// so it has taken a place, which is the caller's to give back.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) bool {
	if s.isDraining() {
		s.count(&s.stats.RefusedByDrain)
		s.respondClosed(w)
		return false
	}
	client := ClientAddr(r, s.config.TrustedProxies)
	refusal := s.takePlace(client)
	if refusal == nil && s.config.Admit != nil {
		if refusal = s.config.Admit(r, client); refusal != nil {
			s.count(&s.stats.RefusedByAdmit)
			s.giveUp(client)
		}
	}
	if refusal == nil {
		return true
	}
	seconds := max(1, int64((refusal.RetryAfter-1)/time.Second)+1)
	w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	s.respondRefusal(w, r, http.StatusTooManyRequests, errorForbidden, messageTooMany)
	return false
}
