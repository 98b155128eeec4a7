// Prints what Go sources state, as JSON: constants, fields, checks, texts and functions. Arguments: PREFIX=FOLDER …; names
// begin with the prefix and the path in the folder.
package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

type facts struct {
	// Constants and variables of packages: name → expression. Entries of maps and lists have a name each.
	Values map[string]string `json:"values"`
	// Struct.Field → name in a file, type and tag.
	Fields map[string]string `json:"fields"`
	// Types with a method Check → what it names itself, and the code of the method.
	Checks map[string]string `json:"checks"`
	// Package: text → the functions that it stands in.
	Texts map[string]string `json:"texts"`
	// Name → code without comments.
	Functions map[string]string `json:"functions"`
}

var (
	found = facts{map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}, map[string]string{}}
	files = token.NewFileSet()
	// Generated code follows from the types; other systems' code is not ours.
	skipped = regexp.MustCompile(`_test\.go$|zz_generated|_windows\.go$|_others?\.go$|_unsupported\.go$`)
	blanks  = regexp.MustCompile(`\s+`)
)

func main() {
	for _, argument := range os.Args[1:] {
		prefix, folder, _ := strings.Cut(argument, "=")
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "testing" || entry.Name() == "fuzzer") {
				return filepath.SkipDir
			}
			if entry.IsDir() || !strings.HasSuffix(path, ".go") || skipped.MatchString(path) {
				return nil
			}
			relative, err := filepath.Rel(folder, filepath.Dir(path))
			if err != nil {
				return err
			}
			return read(path, filepath.Join(prefix, relative))
		})
		if err != nil {
			panic(err)
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		panic(err)
	}
}

func read(path, name string) error {
	file, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		return err
	}
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			function(name, declared)
		case *ast.GenDecl:
			general(name, declared)
		}
	}
	return nil
}

func function(folder string, declared *ast.FuncDecl) {
	name := declared.Name.Name
	receiver := ""
	if declared.Recv != nil && len(declared.Recv.List) == 1 {
		receiver = strings.TrimPrefix(code(declared.Recv.List[0].Type), "*")
		name = receiver + "." + name
	}
	text := code(declared)
	// Several files of a package may have a function init.
	key := folder + "." + name
	found.Functions[key] += text
	if receiver != "" && (declared.Name.Name == "Check" || declared.Name.Name == "Name") && declared.Body != nil {
		found.Checks[folder+"."+receiver] += " " + oneLine(code(declared.Body))
	}
	texts(folder, name, declared)
}

func general(folder string, declared *ast.GenDecl) {
	for _, spec := range declared.Specs {
		switch each := spec.(type) {
		case *ast.TypeSpec:
			if structure, is := each.Type.(*ast.StructType); is {
				fields(folder+"."+each.Name.Name, structure)
			}
		case *ast.ValueSpec:
			for index, name := range each.Names {
				if index >= len(each.Values) || name.Name == "_" {
					continue
				}
				value(folder+"."+name.Name, each.Values[index])
				texts(folder, name.Name, each.Values[index])
			}
		}
	}
}

func fields(name string, structure *ast.StructType) {
	for _, field := range structure.Fields.List {
		text := code(field.Type)
		if field.Tag != nil {
			// encoding/json does not know the option.
			text += " " + strings.Replace(field.Tag.Value, `",inline"`, `""`, 1)
		}
		names := []string{code(field.Type)}
		if len(field.Names) > 0 {
			names = nil
			for _, each := range field.Names {
				names = append(names, each.Name)
			}
		}
		for _, each := range names {
			found.Fields[name+"."+each] = text
		}
	}
}

func value(name string, expression ast.Expr) {
	literal, is := expression.(*ast.CompositeLit)
	if !is || len(literal.Elts) == 0 {
		found.Values[name] = oneLine(code(expression))
		return
	}
	for _, element := range literal.Elts {
		if entry, is := element.(*ast.KeyValueExpr); is {
			found.Values[name+"["+oneLine(code(entry.Key))+"]"] = oneLine(code(entry.Value))
		} else {
			found.Values[name+"[]"+oneLine(code(element))] = "listed"
		}
	}
}

// texts notes the texts in a node; those that are put together from several are one.
func texts(folder, where string, node ast.Node) {
	ast.Inspect(node, func(each ast.Node) bool {
		switch expression := each.(type) {
		case *ast.BinaryExpr:
			if text, is := joined(expression); is {
				note(folder, where, text)
				return false
			}
		case *ast.BasicLit:
			if text, is := joined(expression); is {
				note(folder, where, text)
			}
		case *ast.Field:
			// Of a function's signature, or with a tag.
			return false
		}
		return true
	})
}

func note(folder, where, text string) {
	if len(strings.TrimSpace(text)) < 3 {
		return
	}
	key := folder + ": " + strconv.Quote(text)
	if !strings.Contains(", "+found.Texts[key]+",", ", "+where+",") {
		found.Texts[key] = strings.TrimPrefix(found.Texts[key]+", "+where, ", ")
	}
}

func joined(expression ast.Expr) (string, bool) {
	switch each := expression.(type) {
	case *ast.BasicLit:
		if each.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(each.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, isLeft := joined(each.X)
		right, isRight := joined(each.Y)
		return left + right, each.Op == token.ADD && isLeft && isRight
	}
	return "", false
}

func code(node any) string {
	var text bytes.Buffer
	if err := printer.Fprint(&text, files, node); err != nil {
		panic(err)
	}
	return text.String()
}

func oneLine(text string) string {
	return strings.TrimSpace(blanks.ReplaceAllString(text, " "))
}
