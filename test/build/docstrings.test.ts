import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { checkout } from "./artifact.ts";
import { exportsOf, undocumented } from "./docstrings.ts";

const entries = ["src/index.ts", "src/embedded/index.ts", "src/embedded/control-plane/index.ts"];

describe("the library's docstrings", () => {
  it("explain every export of its three entries, and say what its functions throw", () => {
    const paths = entries.map((path) => join(checkout, path));
    const exported = exportsOf(programOf(paths), paths);
    expect(exported.length).toBeGreaterThan(100);
    expect(undocumented(exported)).toEqual([]);
  }, 120_000);

  it.each([
    { what: "an export without a docstring", lines: ["export const one = 1;"], problems: ["one has no docstring"] },
    { what: "an export with one", lines: ["/** The number 1. */", "export const one = 1;"], problems: [] },
    {
      what: "an interface without one",
      lines: ["export interface Flags { readonly a?: string }"],
      problems: ["Flags has no docstring"],
    },
    {
      what: "a constant that is exported under another name",
      lines: ["const one = 1;", "export { one as two };"],
      problems: ["one has no docstring"],
    },
    {
      what: "a function that throws",
      lines: ["/** Fails. */", "export function fail() { throw new Error(); }"],
      problems: ["fail does not say what it throws"],
    },
    {
      what: "a function that says what it throws",
      lines: ["/** Throws Error. */", "export function fail() { throw new Error(); }"],
      problems: [],
    },
    {
      what: "a constant function that throws",
      lines: ["/** Fails. */", "export const fail = () => { throw new Error(); };"],
      problems: ["fail does not say what it throws"],
    },
    {
      what: "a function that calls one that throws",
      lines: ["function inner() { throw new Error(); }", "/** Calls. */", "export function outer() { inner(); }"],
      problems: ["outer does not say what it throws"],
    },
    {
      what: "a function that catches the errors of one that it calls",
      lines: [
        "function inner() { throw new Error(); }",
        "/** Calls. */",
        "export function outer() { try { inner(); } catch {} }",
      ],
      problems: [],
    },
    {
      what: "a function that returns one that throws",
      lines: ["/** Returns. */", "export function outer() { return () => { throw new Error(); }; }"],
      problems: [],
    },
    {
      what: "a method of a class that throws",
      lines: ["/** A class. */", "export class Store {", "  /** Gets. */", "  get() { throw new Error(); }", "}"],
      problems: ["Store.get does not say what it throws"],
    },
    {
      what: "a function that calls a port that throws",
      lines: [
        "interface Files {",
        "  /** Throws FileError. */",
        "  read(): void;",
        "}",
        "/** Reads. */",
        "export function read(files: Files) { files.read(); }",
      ],
      problems: ["read does not say what it throws"],
    },
  ])("are checked on $what", ({ lines, problems }) => {
    expect(undocumented(exportsOf(programWith(lines.join("\n")), ["/module.ts"]))).toEqual(problems);
  });
});

function programOf(paths: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(checkout, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: paths }, ts.sys, checkout);
  return ts.createProgram(paths, options);
}

/** A program of one module, without the library's types. */
function programWith(source: string): ts.Program {
  const options: ts.CompilerOptions = { noLib: true, types: [], target: ts.ScriptTarget.Latest };
  const host = ts.createCompilerHost(options, true);
  const read = host.getSourceFile.bind(host);
  const file = ts.createSourceFile("/module.ts", source, ts.ScriptTarget.Latest, true);
  return ts.createProgram(["/module.ts"], options, {
    ...host,
    getSourceFile: (path, ...rest) => (path === "/module.ts" ? file : read(path, ...rest)),
  });
}
