import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shell } from "../values/shell.ts";
import { KubeadmError, withContext } from "./kubeadm-error.ts";
import { contentLines, foreignText, linesText, oneLine, printable, printableCommands } from "./printable-text.ts";

describe("printable", () => {
  it.each([
    ["a plain text stays", "Pod web-0 is pending: näö ✓ 日本 ⚠️", "Pod web-0 is pending: näö ✓ 日本 ⚠️"],
    ["line breaks and tabs stay", "a\n\tb", "a\n\tb"],
    ["an escape sequence", "\u001b[2J\u001b]0;title\u0007", "\\u001b[2J\\u001b]0;title\\u0007"],
    ["a carriage return", "good\rbad", "good\\rbad"],
    ["a C1 control sequence", "\u009b31mred", "\\u009b31mred"],
    ["DEL and NEL", "\u007f\u0085", "\\u007f\\u0085"],
    ["line and paragraph separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["a bidirectional override", "exe.\u202etxt\u202c", "exe.\\u202etxt\\u202c"],
    ["zero-width characters", "ad\u200bmin\ufeff\u2060", "ad\\u200bmin\\ufeff\\u2060"],
    ["invisible tags", "a\u{e0041}", "a\\udb40\\udc41"],
    ["halves of surrogate pairs", "\ud800x\udc00", "\\ud800x\\udc00"],
  ])("%s", (_, text, shown) => expect(printable(text)).toBe(shown));

  it("does not change the value of a JSON document", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3, noUnicodeString: false }), (value) => {
        expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("commands", () => {
  it.each([
    ["as it is", shell`crictl pull ${"a b"}`, "crictl pull 'a b'"],
    [
      "without its secrets",
      shell`kubeadm join --token ${"abcdef.0123456789abcdef"}`,
      "kubeadm join --token abcdef.[redacted]",
    ],
    ["on one line", shell`ls ${"a\nb\u001b"}`, "ls 'a\\nb\\u001b'"],
    ["whole or not at all", shell`ls ${"'".repeat(2_000)}`, "# a command of 8005 characters is not shown"],
  ])("are shown %s", (_, command, shown) => expect(printableCommands([command])).toEqual([shown]));

  it("are masked one by one: no secret reaches from one into the next", () => {
    const [begin, end] = ["-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"];
    const commands = [shell`ls ${begin}`, shell`ls ${end}`];
    expect(printableCommands(commands)).toEqual(commands);
  });

  it("stay what they are for a shell, whatever is masked in them", () => {
    const pieces = [
      ...[
        "://u:",
        "p",
        "@h",
        "'",
        " ",
        "-",
        ";touch x;",
        "$(x)",
        "\\n",
        "\n",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
      ],
      ...[
        "abcdef.0123456789abcdef",
        "Bearer ",
        "eyJhbGciOiJIUzI1NiJ9.eyJh",
        "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "certificate-key=",
        "\u200b",
      ],
      "0123456789abcdef".repeat(3),
    ];
    const word = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((each) => each.join(""));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 3 }), (words) => {
        const [shown = ""] = printableCommands([shell`ls ${words} --x=${words}`]);
        // What is within quotes, and the quotes of a quote.
        const outside = shown.replaceAll(/'[^']*'|\\'/g, "");
        expect(outside, shown).toMatch(/^ls [\w@%+=:,./ [\]-]*$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("lines", () => {
  it("come from a list alone", () => {
    expect(linesText("a\nremedy: b")).toBe("a\\nremedy: b");
    expect(linesText(["a\nb", "c"])).toBe("a\\nb\nc");
  });

  it("of an error stay separate when a caller adds context to the error", () => {
    const error = withContext(new KubeadmError("USAGE", ["first\nline", "second"]), "out\nside");
    expect((error as Error).message).toBe("out\\nside: first\\nline\nsecond");
  });

  it("of a file that look like our own lines are indented", () => {
    const text = "kind: Pod\nremedy: run this\n Code: X\n[ERROR Port]: no\nW1124 15:04:05 no\nerror: x";
    expect(contentLines(text)).toEqual([
      "kind: Pod",
      "\tremedy: run this",
      "\t Code: X",
      "\t[ERROR Port]: no",
      "\tW1124 15:04:05 no",
      "\terror: x",
    ]);
  });

  it("are cut where they are too long, those from outside sooner", () => {
    expect(foreignText("x".repeat(3_000))).toBe(`${"x".repeat(2_048)}… (952 more characters)`);
    expect(oneLine("x".repeat(20_000))).toBe(`${"x".repeat(16_384)}… (3616 more characters)`);
  });
});
