package room

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPure holds the package to what its comment says: no clock, no IO, no
// actor. It may import what can't do any of that, read no clock, and start no
// goroutine.
func TestPure(t *testing.T) {
	allowed := []string{
		"bytes", "cmp", "encoding/json", "errors", "fmt", "maps", "slices", "sort", "strconv", "strings", "time",
		"unicode", "unicode/utf8", "github.com/go-json-experiment/json",
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	if len(names) == 0 {
		t.Fatal("no files to look at")
	}
	files := token.NewFileSet()
	for _, name := range names {
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); !slices.Contains(allowed, path) {
				t.Errorf("%s: imports %s", files.Position(i.Pos()), path)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if what := impurity(n); what != "" {
				t.Errorf("%s: %s", files.Position(n.Pos()), what)
			}
			return true
		})
	}
}

// impurity says what makes this piece of code depend on more than its input.
func impurity(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "starts a goroutine"
	case *ast.SelectorExpr:
		of, ok := n.X.(*ast.Ident)
		harmless := []string{"Time", "Duration", "Hour"}
		if ok && of.Name == "time" && !slices.Contains(harmless, n.Sel.Name) {
			return "uses time." + n.Sel.Name
		}
	}
	return ""
}
