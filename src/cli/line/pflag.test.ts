import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret } from "../../errors/secret.ts";
import type { Flags } from "../../kubeadm/flags/flag.ts";
import { nothingParsed, parseFlags, valuesOf } from "./pflag.ts";

const flags = {
  config: { type: "string", usage: "" },
  "dry-run": { type: "bool", usage: "" },
  force: { type: "bool", shorthand: "f", usage: "" },
  yes: { type: "bool", shorthand: "y", usage: "" },
  port: { type: "int32", default: 6443, usage: "" },
  lines: { type: "int", usage: "" },
  skip: { type: "strings", usage: "" },
  item: { type: "stringArray", usage: "" },
  ttl: { type: "duration", usage: "" },
  v: { type: "level", shorthand: "v", usage: "" },
  vmodule: { type: "moduleSpec", usage: "" },
  output: { type: "string", shorthand: "o", usage: "" },
  color: { type: "string", noOptDefault: "auto", usage: "" },
  wait: { type: "duration", noOptDefault: "10m0s", usage: "" },
  token: { type: "secret", usage: "" },
  extra: { type: "arguments", usage: "" },
} as const satisfies Flags;

const read = (...argv: string[]) => {
  const { set, args } = parseFlags(argv, flags);
  return { ...Object.fromEntries(set), args };
};

describe("flags", () => {
  it.each<[string, string[], Record<string, unknown>]>([
    ["take a value behind =", ["--config=a=b"], { config: "a=b" }],
    ["take the next word as the value", ["--config", "a"], { config: "a" }],
    ["take the next word even if it looks like a flag", ["--config", "--dry-run"], { config: "--dry-run" }],
    ["may be empty", ["--config="], { config: "" }],
    [
      "stand before, between and after arguments",
      ["a", "--dry-run", "b", "--port", "1"],
      { "dry-run": true, port: 1, args: ["a", "b"] },
    ],
    [
      "are pairs of name and value: listed, repeated, and of one name several",
      ["--extra", "a=1,b=", "--extra=a=2"],
      {
        extra: [
          { name: "a", value: "1" },
          { name: "b", value: "" },
          { name: "a", value: "2" },
        ],
      },
    ],
    ["end at --", ["--dry-run", "--", "--config", "-v"], { "dry-run": true, args: ["--config", "-v"] }],
    ["leave a single dash and an empty word as arguments", ["-", ""], { args: ["-", ""] }],
    ["that are bools need no value", ["--dry-run", "false"], { "dry-run": true, args: ["false"] }],
    ["that are bools take a value behind =", ["--dry-run=F"], { "dry-run": false }],
    ["count the last one", ["--port=1", "--port=2"], { port: 2 }],
    ["read -v=5", ["-v=5"], { v: 5 }],
    ["read -v5", ["-v5"], { v: 5 }],
    ["read -v 5", ["-v", "5"], { v: 5 }],
    ["read --v 5", ["--v", "5"], { v: 5 }],
    ["combine shorthands", ["-fyv3"], { force: true, yes: true, v: 3 }],
    ["combine shorthands, the last with the next word", ["-fo", "json"], { force: true, output: "json" }],
    ["read -f=false", ["-f=false"], { force: false }],
    ["read lists with commas, quotes and repetition", ["--skip=a,b", "--skip", '"c,d"'], { skip: ["a", "b", "c,d"] }],
    ["read an empty list", ["--skip", ""], { skip: [] }],
    ["keep commas where the flag is an array", ["--item=a,b", "--item=c"], { item: ["a,b", "c"] }],
    ["read integers in Go's notations", ["--port=0x1F", "--lines=1_000"], { port: 31, lines: 1000 }],
    ["read a leading zero as octal", ["--port=017"], { port: 15 }],
    ["read negative numbers", ["--port", "-1"], { port: -1 }],
    ["read durations", ["--ttl", "1h30m"], { ttl: 5_400_000 }],
    ["read vmodule patterns and drop zeros", ["--vmodule=join=3,a=0,"], { vmodule: [{ pattern: "join", level: 3 }] }],
    ["have a meaning without a value where they say so", ["--color", "red"], { color: "auto", args: ["red"] }],
    ["that are secrets are wrapped immediately", ["--token=x"], { token: new Secret("x") }],
  ])("%s", (_, argv, expected) => {
    expect(read(...argv)).toEqual({ args: [], ...expected });
  });

  it.each<[string[], string]>([
    [["--x"], "unknown flag: --x"],
    [["--dry_run"], "unknown flag: --dry_run"],
    [["--x=secret"], "unknown flag: --x"],
    [["--constructor"], "unknown flag: --constructor"],
    [["-x"], "unknown shorthand flag: 'x' in -x"],
    [["-fxyz"], "unknown shorthand flag: 'x' in -xyz"],
    [["-'"], "unknown shorthand flag: '\\'' in -'"],
    [["-f="], "unknown shorthand flag: '=' in -="],
    [["---x"], "bad flag syntax: ---x"],
    [["--=x"], "bad flag syntax: --=x"],
    [["--config"], "flag needs an argument: --config"],
    [["-v"], "flag needs an argument: 'v' in -v"],
    [["--port", "x"], 'invalid argument "x" for "--port" flag: strconv.ParseInt: parsing "x": invalid syntax'],
    [["--port="], 'invalid argument "" for "--port" flag: strconv.ParseInt: parsing "": invalid syntax'],
    [["--port=08"], 'invalid argument "08" for "--port" flag: strconv.ParseInt: parsing "08": invalid syntax'],
    [
      ["--port=2147483648"],
      'invalid argument "2147483648" for "--port" flag: strconv.ParseInt: parsing "2147483648": value out of range',
    ],
    [["-v=abc"], 'invalid argument "abc" for "-v, --v" flag: strconv.ParseInt: parsing "abc": invalid syntax'],
    [["-v=0x1"], 'invalid argument "0x1" for "-v, --v" flag: strconv.ParseInt: parsing "0x1": invalid syntax'],
    [["-v="], 'invalid argument "=" for "-v, --v" flag: strconv.ParseInt: parsing "=": invalid syntax'],
    [
      ["--dry-run=maybe"],
      'invalid argument "maybe" for "--dry-run" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [["--ttl=soon"], 'invalid argument "soon" for "--ttl" flag: time: invalid duration "soon"'],
    [
      ["--skip", 'a"b'],
      'invalid argument "a\\"b" for "--skip" flag: parse error on line 1, column 2: bare " in non-quoted field',
    ],
    [
      ["--vmodule=x"],
      'invalid argument "x" for "--vmodule" flag: syntax error: expect comma-separated list of filename=N',
    ],
    [
      ["--vmodule=x=y"],
      'invalid argument "x=y" for "--vmodule" flag: syntax error: expect comma-separated list of filename=N',
    ],
    [["--vmodule=x=-1"], 'invalid argument "x=-1" for "--vmodule" flag: negative value for vmodule level'],
  ])("%j is refused in upstream's words", (argv, message) => {
    expect(() => read(...argv)).toThrow(expect.objectContaining({ code: "USAGE", message }));
  });

  it("names the flag that was probably meant, as the remedy", () => {
    expect(() => read("--dry-rnu")).toThrow(expect.objectContaining({ remedy: expect.stringContaining("--dry-run") }));
  });

  it.each(["1s", "1h30m", "0", "30"])(
    "refuses a value of a flag that may stand alone in a word of its own: --wait %s",
    (word) => {
      expect(() => read("--wait", word)).toThrow(
        expect.objectContaining({
          code: "USAGE",
          message: `the value of --wait must be in the same word: "${word}" would be ignored`,
          remedy: `Use --wait=${word}, or --wait alone for 10m0s.`,
        }),
      );
    },
  );

  it.each(["10.0.0.1:6443", "v1.37.2", "kubelet-running", "1.37"])(
    "lets a flag that may stand alone precede %s",
    (word) => {
      expect(read("--wait", word)).toEqual({ wait: 600_000, args: [word] });
    },
  );

  it("keeps what was read before an error", () => {
    const parsed = nothingParsed();
    expect(() => parseFlags(["-v=5", "--bogus"], flags, parsed)).toThrow("unknown flag: --bogus");
    expect(parsed.set.get("v")).toBe(5);
  });

  it("gives defaults and zero values for what is not set", () => {
    expect(valuesOf(flags, nothingParsed())).toMatchObject({
      port: 6443,
      config: "",
      skip: [],
      "dry-run": false,
      v: 0,
    });
  });
});

describe("any command line", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "=", ",", "-", "1", " ") });
  const argument = word.filter((text) => !text.startsWith("-") || text === "-");

  it("means the same with --flag=value and --flag value, and wherever the flag is", () => {
    fc.assert(
      fc.property(word, fc.array(argument), fc.nat(), (value, args, place) => {
        const at = args.length === 0 ? 0 : place % (args.length + 1);
        const joined = args.toSpliced(at, 0, `--config=${value}`);
        const apart = args.toSpliced(at, 0, "--config", value);
        expect(read(...joined)).toEqual({ config: value, args });
        expect(read(...apart)).toEqual({ config: value, args });
      }),
    );
  });

  it("is arguments only behind --", () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (args) => {
        expect(read("--", ...args)).toEqual({ args });
      }),
    );
  });

  it("is either understood or refused with a usage error, never anything else", () => {
    const token = fc.oneof(
      fc.constantFrom("--config", "--port", "--dry-run", "-v", "-f", "--skip=", "--ttl=", "-", "--", "--="),
      fc.string({ unit: fc.constantFrom("-", "=", "f", "v", '"', ",", "1", "\n", "é") }),
    );
    fc.assert(
      fc.property(fc.array(token), (argv) => {
        try {
          expect(read(...argv).args).toBeInstanceOf(Array);
        } catch (error) {
          expect(error).toMatchObject({ code: "USAGE" });
        }
      }),
    );
  });

  it("gives back every 32-bit number", () => {
    fc.assert(
      fc.property(fc.integer(), (port) => {
        expect(read(`--port=${port}`)).toEqual({ port, args: [] });
      }),
    );
  });
});
