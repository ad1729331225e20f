package main

import (
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// readPlainHead reads the head of a request for a WebSocket as stock clients and
// browsers send it, into memory that is used again: the request is for the time of
// its handler. It makes of it what [http.ReadRequest] does, at a fifth of the cost.
// Nil: something about it is not plain, or something follows, and who decides is the
// other parser. The caller has asked isUpgrade.
func (g *greeting) readPlainHead(said []byte) *http.Request {
	text := string(said) // the one copy: said is used again, too
	head, behind, whole := strings.Cut(text, "\r\n\r\n")
	first, fields, _ := strings.Cut(head, "\r\n")
	target, version, _ := strings.Cut(strings.TrimPrefix(first, "GET "), " ")
	path, query, _ := strings.Cut(target, "?")
	if !whole || behind != "" || version != "HTTP/1.1" || path != socketPath || !isPlainQuery(query) || !g.readFields(fields) {
		return nil
	}
	host := g.header["Host"]
	if len(host) == 0 || !isPlainHost(host[0]) {
		return nil
	}
	delete(g.header, "Host")
	g.url = url.URL{Path: path, RawQuery: query}
	g.request = http.Request{
		Method: http.MethodGet, URL: &g.url, Proto: version, ProtoMajor: 1, ProtoMinor: 1,
		Header: g.header, Body: http.NoBody, Host: host[0], RequestURI: target,
	}
	return &g.request
}

// readFields reads a head's fields, each of which must be there once, and mean
// nothing for how the request is read.
func (g *greeting) readFields(fields string) bool {
	if g.header == nil {
		g.header = make(http.Header, fieldsMax)
	}
	clear(g.header)
	count := 0
	for field := range strings.SplitSeq(fields, "\r\n") {
		name, value, found := strings.Cut(field, ":")
		if !found || name == "" || count == fieldsMax {
			return false
		}
		name = canonicalName(name)
		if g.header[name] != nil {
			return false
		}
		g.values[count] = strings.Trim(value, " ")
		g.header[name] = g.values[count : count+1 : count+1]
		count++
	}
	for _, name := range notPlain {
		if g.header[name] != nil {
			return false
		}
	}
	if g.header["Pragma"] != nil && g.header["Cache-Control"] == nil { // the one stands for the other
		return false
	}
	return !hasToken([]byte(g.header.Get("Connection")), []byte("close"))
}

// notPlain are fields that change how a request is read.
var notPlain = []string{"Content-Length", "Transfer-Encoding", "Trailer", "Expect"}

// canonicalName is a field's name as [http.Header] has it.
func canonicalName(name string) string {
	switch name { // which no table has that way
	case "Sec-WebSocket-Key":
		return "Sec-Websocket-Key"
	case "Sec-WebSocket-Version":
		return "Sec-Websocket-Version"
	case "Sec-WebSocket-Extensions":
		return "Sec-Websocket-Extensions"
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// isPlainQuery reports whether a query is made of what clients' are: nothing of it
// could be read as anything else.
func isPlainQuery(query string) bool {
	return query != "" && !strings.ContainsFunc(query, func(c rune) bool {
		return isNoNamePart(c) && !strings.ContainsRune("=&_.~%+", c)
	})
}

// forget lets go of a request and its response.
func (g *greeting) forget() {
	clear(g.header)
	clear(g.values[:])
	g.request, g.url = http.Request{}, url.URL{}
	clear(g.response.header)
	g.response = upgradeResponse{header: g.response.header}
}
