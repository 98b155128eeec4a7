import { describe, expect, it } from "vitest";
import { corefilePlugins } from "./corefile.ts";
import { migrateCorefile } from "./corefile-changes.ts";

const withHeader = (...lines: readonly string[]) =>
  `.:53 {\n    errors # all of them\n    header {\n${lines.map((line) => `        ${line}\n`).join("")}    }\n}\n`;

describe("the migration of a Corefile", () => {
  it.each([
    [
      "1.34 ships, to the selector that became mandatory",
      "v1.12.1",
      ["set ra", "query clear aa"],
      ["response set ra", "query clear aa"],
    ],
    ["1.35 ships, which have the selector", "v1.13.1", ["response set ra"], ["response set ra"]],
    ["was the last to take no selector", "v1.12.3", ["clear rd", "set aa"], ["response clear rd", "response set aa"]],
    ["was the first to need one", "v1.12.4", ["set ra"], ["set ra"]],
  ])("changes only what a newer CoreDNS refuses, from what %s", (_, tag, before, after) => {
    expect(migrateCorefile(withHeader(...before), tag)).toMatchObject({
      from: "known",
      corefile: withHeader(...after),
    });
  });

  it.each([
    ["the same version", "v1.14.6", "same"],
    ["a newer version", "v1.15.0", "newer"],
    ["a version before the table", "1.11.4", "unknown"],
    ["a tag that is no version", "mine", "unknown"],
  ])("keeps the text of %s", (_, tag, from) => {
    const corefile = withHeader("set ra");
    expect(migrateCorefile(corefile, tag)).toMatchObject({ from, corefile, notes: [] });
  });

  it("says what it changed, and where CoreDNS says so", () => {
    expect(migrateCorefile(withHeader("set ra"), "v1.12.1").notes).toEqual([
      'header: "response " is written before "set" (1.12.4, https://github.com/coredns/coredns/pull/7436: the selector is mandatory; without one, it was response)',
    ]);
  });

  it("names the plugins that a usual Corefile does not have", () => {
    const corefile = `.:53 {\n  errors\n  template ANY {\n  }\n  acl\n}\nother.example {\n  acl\n}\n`;
    expect(migrateCorefile(corefile, "v1.14.2").unfamiliar).toEqual(["acl", "template"]);
  });
});

describe("the plugins of a Corefile", () => {
  it.each([
    ["are those of all server blocks", "a { errors\n log\n}\nb {\n  cache 30\n}\n", ["errors", "log", "cache"]],
    ["are not what comments have", "a {\n  # log\n  errors # log\n}\n", ["errors"]],
    ["are not what quotes have", 'a {\n  rewrite name "log\n }" x\n  errors\n}\n', ["rewrite", "errors"]],
    ["may stand behind a quote with escaped quotes", 'a {\n  rewrite "\\"x" y\n  log\n}\n', ["rewrite", "log"]],
    ["are none in an empty file", "", []],
  ])("%s", (_, text, names) => {
    expect(corefilePlugins(text).map(({ name }) => name)).toEqual(names);
  });

  it("have the first words of the lines in their braces", () => {
    const text = "a {\n  forward . 10.0.0.1 {\n    max_concurrent 5\n    prefer_udp\n  }\n}\n";
    const options = corefilePlugins(text)[0]?.options ?? [];
    expect(options.map(({ name, position }) => [name, text.slice(position, position + name.length)])).toEqual([
      ["max_concurrent", "max_concurrent"],
      ["prefer_udp", "prefer_udp"],
    ]);
  });
});
