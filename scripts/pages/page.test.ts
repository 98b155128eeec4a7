import { describe, expect, it } from "vitest";
import { readGuides } from "./guides.ts";
import { parsePage, type ScriptExpectations, unmetExpectation, withValues } from "./page.ts";

const page = (...lines: readonly string[]) => parsePage(["# Title", "<!-- lab: hosts cp1 w1 -->", ...lines].join("\n"));
const stepsOf = (...lines: readonly string[]) => page(...lines).sections.flatMap(({ steps }) => steps);
const nothing: ScriptExpectations = { prints: [], lacks: [], captures: new Map(), exit: "success", retrySeconds: 0 };

describe("a page", () => {
  it("is a script, section by section", () => {
    const { title, hosts, families, sections } = page(
      "<!-- lab: cluster cp1 -->",
      "## First",
      "<!-- lab: on cp1 w1",
      "prints a b",
      "lacks c",
      "captures id ^(\\d+) x",
      "retries 5",
      "fails",
      "-->",
      "```sh",
      "false",
      "```",
      "## Second",
      "<!-- lab: file /etc/x on w1 -->",
      "```",
      "text <token>",
      "```",
      "<!-- lab: copy from cp1 to w1 -->",
      "```",
      "/a",
      "/b",
      "```",
      "<!-- lab: not run: no reason -->",
      "```sh",
      "true",
      "```",
    );
    expect({ title, hosts, families }).toEqual({ title: "Title", hosts: ["cp1", "w1"], families: "ipv4" });
    expect(sections).toEqual([
      { title: "Title", steps: [{ kind: "event", line: 3, text: "cluster cp1" }] },
      {
        title: "First",
        steps: [
          {
            kind: "script",
            line: 5,
            hosts: ["cp1", "w1"],
            text: "false\n",
            expectations: {
              prints: ["a b"],
              lacks: ["c"],
              captures: new Map([["id", "^(\\d+) x"]]),
              exit: "failure",
              retrySeconds: 5,
            },
          },
        ],
      },
      {
        title: "Second",
        steps: [
          { kind: "file", line: 16, path: "/etc/x", hosts: ["w1"], text: "text <token>\n" },
          { kind: "copy", line: 20, from: "cp1", to: ["w1"], paths: ["/a", "/b"] },
          { kind: "skipped", line: 25, reason: "no reason", text: "true\n" },
        ],
      },
    ]);
  });

  it("may have its blocks in lists", () => {
    expect(
      stepsOf("1. x", "", "   <!-- lab: on w1", "   prints y", "   -->", "   ```sh", "   a \\", "       b", "   ```"),
    ).toEqual([
      {
        kind: "script",
        line: 5,
        hosts: ["w1"],
        text: "a \\\n    b\n",
        expectations: { ...nothing, prints: ["y"] },
      },
    ]);
  });

  it.each([
    ["succeed", [], "success"],
    ["fail", ["fails"], "failure"],
    ["do either", ["may fail"], "any"],
  ])("has commands that %s", (_, details, exit) => {
    const [step] = stepsOf("<!-- lab: on w1", ...details, "-->", "```sh", "x", "```");
    expect(step).toMatchObject({ expectations: { exit } });
  });

  it("expects the output that it shows", () => {
    const [step] = stepsOf(
      "<!-- lab: on w1 -->",
      "```sh",
      "x",
      "```",
      "<!-- lab: output -->",
      "```",
      "one",
      "",
      "two",
      "```",
    );
    expect(step).toMatchObject({ expectations: { prints: ["one", "two"] } });
  });

  it("may be of a cluster with both families", () => {
    expect(parsePage("# T\n<!-- lab: hosts cp1; dual -->").families).toBe("dual");
  });

  it("may begin with an older version of Kubernetes", () => {
    expect(parsePage("# T\n<!-- lab: hosts cp1; from 1.36.3 -->").olderVersion).toBe("1.36.3");
    expect(() => parsePage("# T\n<!-- lab: hosts cp1; triple -->")).toThrow(
      'line 2: the lab does not understand "triple"',
    );
  });

  const block = ["```sh", "true", "```"];
  it.each([
    ["a block that nothing runs", block, "line 3: nothing says where to run this block"],
    ["output without commands", ["<!-- lab: output -->", ...block], "line 4: no commands come before this output"],
    ["a comment without a block", ["<!-- lab: on w1 -->"], "line 3: no block follows"],
    [
      "two comments for one block",
      ["<!-- lab: on w1 -->", "<!-- lab: on cp1 -->", ...block],
      "line 3: no block follows",
    ],
    ["a host that it doesn't have", ["<!-- lab: on w2 -->", ...block], "line 3: the page has no host w2"],
    ["an unknown comment", ["<!-- lab: in w1 -->", ...block], 'line 3: the lab does not understand "in w1"'],
    [
      "an unknown expectation",
      ["<!-- lab: on w1", "print x", "-->", ...block],
      'the lab does not understand "print x"',
    ],
    [
      "expectations of a file",
      ["<!-- lab: file /x on w1", "prints x", "-->", ...block],
      'only commands have expectations, not "file /x on w1"',
    ],
    [
      "a value that nothing printed",
      ["<!-- lab: on w1 -->", "```sh", "join <token>", "```"],
      "line 3: nothing printed <token> before",
    ],
    ["a block without end", ["<!-- lab: on w1 -->", "```sh", "x"], "line 4: the block has no end"],
    ["a comment without end", ["<!-- lab: on w1"], "line 3: the comment has no end"],
  ])("is refused for %s", (_, lines, message) => {
    expect(() => page(...lines)).toThrow(message);
  });
});

describe("an output", () => {
  const values = new Map([["id", "7"]]);
  it.each([
    ["nothing expected", {}, undefined],
    ["a text that it has", { prints: ["member 7"] }, undefined],
    ["a captured value", { prints: ["member <id>"] }, undefined],
    ["a text that it doesn't have", { prints: ["member 8"] }, 'it does not print "member 8"'],
    ["a text that it must not have", { lacks: ["r <id>"] }, 'it prints "r 7"'],
    ["a value to capture", { captures: new Map([["n", "^mem\\w+ (\\d)$"]]) }, undefined],
    ["a value that isn't there", { captures: new Map([["n", "^(8)$"]]) }, "it prints nothing for <n>"],
  ])("is compared with %s", (_, expectations, reason) => {
    expect(unmetExpectation("list\nmember 7\n", { ...nothing, ...expectations }, values)).toBe(reason);
  });

  it("is put in place of placeholders that are known", () => {
    expect(withValues("<id> <other> <<END", values)).toBe("7 <other> <<END");
  });
});

describe("the guides", () => {
  it("are all scripts that run", () => {
    const guides = readGuides();
    expect(guides.length).toBeGreaterThanOrEqual(14);
    for (const { name, page: each } of guides) {
      const scripts = each.sections.flatMap(({ steps }) => steps).filter(({ kind }) => kind === "script");
      expect(scripts.length, name).toBeGreaterThan(0);
    }
  });
});
