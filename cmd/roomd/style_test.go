package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a person can take in at once.
const (
	fileLinesMax     = 450
	functionLinesMax = 70
)

func TestSizes(t *testing.T) {
	for _, path := range goFiles(t) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join(repository, path), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if lines := files.File(file.Pos()).LineCount(); lines > fileLinesMax {
			t.Errorf("%s has %d lines, of at most %d", path, lines, fileLinesMax)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if !ok {
				return true
			}
			if lines := files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1; lines > functionLinesMax {
				t.Errorf("%s: %s has %d lines, of at most %d", path, f.Name, lines, functionLinesMax)
			}
			return true
		})
	}
}

// topLevel is all there is at the top of the repository, beside files that
// begin with a dot and what is never committed.
var topLevel = []string{
	"LICENSE", "README.md", "actors", "bench", "cmd", "gateway", "go.mod", "go.sum", "persistence",
}

func TestTopLevel(t *testing.T) {
	ignored, err := os.ReadFile(filepath.Join(repository, ".gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(repository)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, entry := range entries {
		name := entry.Name()
		uncommitted := regexp.MustCompile(`(?m)^/` + regexp.QuoteMeta(name) + `/?$`).Match(ignored)
		if !strings.HasPrefix(name, ".") && !uncommitted {
			there = append(there, name)
		}
	}
	if !slices.Equal(there, topLevel) {
		t.Errorf("the top level has %q, want %q", there, topLevel)
	}
}

// TestPackagesArePinned: the stock client and the rest are exact versions, of
// which the lock file says what they contain, but not where they come from.
func TestPackagesArePinned(t *testing.T) {
	var manifest struct {
		Dependencies map[string]string `json:"dependencies"`
	}
	readJSON(t, "package.json", &manifest)
	for name, version := range manifest.Dependencies {
		if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
			t.Errorf("%s is %s, which is not one version", name, version)
		}
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity, Resolved string } `json:"packages"`
	}
	readJSON(t, "package-lock.json", &lock)
	for name, p := range lock.Packages {
		if name != "" && (p.Version == "" || p.Integrity == "") || p.Resolved != "" {
			t.Errorf("%q in the lock file: %+v", name, p)
		}
	}
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(nodeFolder, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}
