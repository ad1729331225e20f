package main

import (
	"fmt"
	"os"
	"strings"
)

// secret is given by itself, or better in a file: command lines are seen by
// others of the same machine.
type secret struct{ value, file string }

func (s secret) given() bool { return s.value != "" || s.file != "" }

// read returns the secret; empty if none is given. Editors end files with a
// line feed that is not meant. Errors name the setting.
func (s secret) read(name string) (string, error) {
	switch {
	case s.value != "" && s.file != "":
		return "", fmt.Errorf("%s and %s-file are both given", name, name)
	case s.file == "":
		return s.value, nil
	}
	data, err := os.ReadFile(s.file)
	if err != nil {
		return "", fmt.Errorf("%s-file: %w", name, err)
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return "", fmt.Errorf("%s-file: %s is empty", name, s.file)
	}
	return text, nil
}
