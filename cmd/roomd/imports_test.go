package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is this repository's, as go.mod has it.
const module = "roomd"

// mayImport is the direction of imports: what each package may import of ours,
// beside itself in tests. A package that is not here may not be there.
var mayImport = map[string][]string{
	"actors/room":                 {},
	"actors/user":                 {"actors/room"},
	"actors":                      {"actors/room", "actors/user", "persistence"},
	"gateway/engineio":            {},
	"gateway/socketio":            {"gateway/engineio"},
	"gateway/ratelimit":           {"gateway/engineio"}, // for what counts as one address
	"gateway/token":               {},
	"gateway/web":                 {},
	"gateway":                     {"actors/room", "actors/user", "gateway/engineio", "gateway/ratelimit", "gateway/socketio", "gateway/token", "gateway/web"},
	"persistence":                 {},
	"persistence/persistencetest": {"persistence"},
	"bench":                       {}, // shares nothing with what it measures
	"bench/floor":                 {"bench"},
	"cmd/echo":                    {"gateway/engineio", "gateway/socketio"},
	"cmd/roombench":               {"bench", "bench/floor"},
	"cmd/roomd":                   {"actors", "actors/room", "actors/user", "gateway", "gateway/engineio", "gateway/ratelimit", "gateway/token", "persistence"},
}

// testsMayImport is what the tests of a package may import on top.
var testsMayImport = map[string][]string{
	"bench":       {"bench/floor"},
	"persistence": {"persistence/persistencetest"},
}

// owners are the packages that may import each library. What is not here may
// not be used.
var owners = map[string][]string{
	"github.com/asynkron/protoactor-go":       {"actors"},
	"github.com/go-jose/go-jose/v4":           {"gateway/token"},
	"github.com/go-json-experiment/json":      {"actors/room"},
	"github.com/orcaman/concurrent-map":       {"actors"}, // one setting of it
	"github.com/tidwall/btree":                {"actors"},
	"github.com/gobwas/ws":                    {"gateway/engineio", "bench", "bench/floor"},
	"go.etcd.io/bbolt":                        {"persistence"},
	"golang.org/x/crypto":                     {"actors"},
	"golang.org/x/time":                       {"gateway/ratelimit"},
	"github.com/peterbourgon/ff/v3":           {"cmd/roomd"},
	"github.com/prometheus/client_golang":     {"cmd/roomd"},
	"github.com/HdrHistogram/hdrhistogram-go": {"bench"},
	"gonum.org/v1/plot":                       {"bench"},
}

// testLibraries may be imported by any test, and by nothing else.
var testLibraries = []string{"go.uber.org/goleak", "testing"}

// pure packages are rules without a clock, IO or goroutines. time is there for
// the type; they get the time of day from their callers.
var pure = []string{"actors/room", "actors/user"}

var impure = []string{
	"context", "crypto/rand", "io/fs", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "sync",
	"sync/atomic", "syscall",
}

// source is one Go file of the repository.
type source struct {
	path    string // within the repository
	imports []string
}

func (s source) pkg() string  { return filepath.ToSlash(filepath.Dir(s.path)) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// violations says what is wrong with a file's imports.
func (s source) violations() []string {
	var wrong []string
	allowed, known := mayImport[s.pkg()]
	if !known {
		wrong = append(wrong, fmt.Sprintf("%s: package %s is not in the layout", s.path, s.pkg()))
	}
	if s.isTest() {
		allowed = append(append(slices.Clone(allowed), testsMayImport[s.pkg()]...), s.pkg())
	}
	for _, path := range s.imports {
		if why := s.violation(path, allowed); why != "" {
			wrong = append(wrong, fmt.Sprintf("%s: imports %s: %s", s.path, path, why))
		}
	}
	return wrong
}

func (s source) violation(path string, allowed []string) string {
	ours, isOurs := strings.CutPrefix(path, module+"/")
	standard := !strings.Contains(strings.SplitN(path, "/", 2)[0], ".")
	switch {
	case isOurs && !slices.Contains(allowed, ours):
		return "against the direction of imports"
	case isOurs:
		return ""
	case isOneOf(path, testLibraries):
		if !s.isTest() && s.pkg() != "persistence/persistencetest" {
			return "for tests only"
		}
	case standard && !s.isTest() && slices.Contains(pure, s.pkg()) && slices.Contains(impure, path):
		return "rules have no clock, IO or goroutines"
	case !standard && !slices.ContainsFunc(ownedBy(path), func(owner string) bool { return owner == s.pkg() }):
		return "the library belongs to " + fmt.Sprint(ownedBy(path))
	}
	return ""
}

func ownedBy(path string) []string {
	for library, packages := range owners {
		if isOneOf(path, []string{library}) {
			return packages
		}
	}
	return nil
}

// isOneOf reports whether a package is of one of these modules.
func isOneOf(path string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
}

func TestImportPolicy(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range sources(t) {
		seen[s.pkg()] = true
		for _, wrong := range s.violations() {
			t.Error(wrong)
		}
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("package %s of the layout is not there", pkg)
		}
	}
}

// TestImportPolicyFails: what is forbidden is found.
func TestImportPolicyFails(t *testing.T) {
	for _, c := range []struct {
		path, imports string
		forbidden     bool
	}{
		{"actors/room/room.go", "roomd/persistence", true},
		{"actors/room/room.go", "os", true},
		{"actors/room/room.go", "time", false},
		{"actors/room/room_test.go", "os", false},
		{"actors/room/room.go", "roomd/actors/user", true},
		{"actors/user/account.go", "roomd/actors/room", false},
		{"actors/user/account.go", "os", true},
		{"actors/node.go", "roomd/gateway", true},
		{"actors/node.go", "github.com/asynkron/protoactor-go/actor", false},
		{"actors/room/room.go", "github.com/asynkron/protoactor-go/actor", true},
		{"gateway/gateway.go", "roomd/actors", true},
		{"gateway/gateway_test.go", "roomd/actors", true},
		{"gateway/gateway.go", "roomd/actors/room", false},
		{"gateway/gateway.go", "github.com/gobwas/ws", true},
		{"gateway/engineio/session.go", "github.com/gobwas/ws/wsutil", false},
		{"gateway/engineio/session.go", "roomd/gateway/socketio", true},
		{"gateway/socketio/server.go", "roomd/actors/room", true},
		{"gateway/token/verifier.go", "github.com/go-jose/go-jose/v4/jwt", false},
		{"gateway/token/verifier.go", "roomd/actors/room", true},
		{"gateway/session.go", "github.com/go-jose/go-jose/v4", true},
		{"persistence/bolt.go", "go.etcd.io/bbolt", false},
		{"persistence/bolt.go", "roomd/actors/room", true},
		{"actors/journal.go", "go.etcd.io/bbolt", true},
		{"bench/crowd.go", "roomd/gateway/engineio", true},
		{"cmd/roomd/main.go", "example.com/library", true},
		{"cmd/roomd/main.go", "testing", true},
		{"cmd/roomd/main_test.go", "go.uber.org/goleak", false},
		{"utils/utils.go", "fmt", true},
	} {
		got := source{c.path, []string{c.imports}}.violations()
		if (len(got) > 0) != c.forbidden {
			t.Errorf("%s imports %s: got %q, want forbidden: %t", c.path, c.imports, got, c.forbidden)
		}
	}
}

// repository is its path from here.
const repository = "../.."

// sources returns every Go file of the repository, whatever system it is for.
func sources(t *testing.T) []source {
	t.Helper()
	var list []source
	for _, path := range goFiles(t) {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(repository, path), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		s := source{path: path}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			s.imports = append(s.imports, imported)
		}
		list = append(list, s)
	}
	return list
}

// goFiles returns the paths of all Go files within the repository.
func goFiles(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(repository, func(path string, entry os.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && name != ".."):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(name, ".go"):
			within, err := filepath.Rel(repository, path)
			paths = append(paths, filepath.ToSlash(within))
			return err
		}
		return nil
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d Go files: %v", len(paths), err)
	}
	return paths
}
