package main

import (
	"fmt"
	"io"
	"log/slog"
)

// The values of log-format.
const (
	logFormatText = "text"
	logFormatJSON = "json"
)

// newLogger returns what the server logs with. A client's lines have the number of
// its session, and from its CONNECT on the id of its connection, which outlives the
// session; lines about a room have its id. Secrets are in none of them.
func (c config) newLogger(output io.Writer) (*slog.Logger, error) {
	level, err := parseLevel(c.logLevel)
	if err != nil {
		return nil, err
	}
	options := &slog.HandlerOptions{Level: level}
	switch c.logFormat {
	case logFormatText:
		return slog.New(slog.NewTextHandler(output, options)), nil
	case logFormatJSON:
		return slog.New(slog.NewJSONHandler(output, options)), nil
	}
	return nil, fmt.Errorf("log-format: %q is not %s or %s", c.logFormat, logFormatText, logFormatJSON)
}

func parseLevel(name string) (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return 0, fmt.Errorf("log-level: %q is not debug, info, warn or error", name)
	}
	return level, nil
}
