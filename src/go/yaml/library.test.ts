import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CST, Parser, parseDocument } from "yaml";
import { toJson, type YamlNode } from "./node.ts";
import { readYaml } from "./read-yaml.ts";
import { YamlError } from "./yaml-error.ts";

/** How the parser of the library `yaml` treats a text that kubeadm 1.37.2 received as its configuration. */
type Library =
  /** The texts between its tokens are Go's: an adapter could return Go's answer. */
  | "same tokens"
  /** It splits the text differently, so that what Go reads is not among its tokens. */
  | "other tokens"
  /** It accepts what Go refuses. */
  | "reads it";

interface Configuration {
  readonly name: string;
  readonly text: string;
  readonly value?: unknown;
  readonly error?: string;
  readonly library?: Library;
}

const recorded: readonly Configuration[] = readFileSync(
  new URL("../../../test/golden/kubeadm/yaml/configurations.jsonl", import.meta.url),
  "utf8",
)
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

describe("a configuration file", () => {
  it.each(recorded.filter(({ error }) => error === undefined))("is read as upstream reads it: $name", (each) => {
    expect(toJson(readYaml(each.text))).toEqual(each.value);
  });

  it.each(recorded.filter(({ error }) => error !== undefined))("is refused with upstream's words: $name", (each) => {
    expect(() => readYaml(each.text)).toThrow(new YamlError(each.error ?? "", 0).message);
  });
});

// ADR 11 keeps our own scanner because of these texts. If the library ever agrees, reconsider the ADR.
describe("the parser of the library `yaml`", () => {
  it.each(recorded.filter(({ library }) => library === "same tokens"))(
    "has Go's texts in its tokens: $name",
    (each) => {
      expect(textsOfTokens(each.text)).toEqual(textsOf(readYaml(each.text)));
    },
  );

  it.each(recorded.filter(({ library }) => library === "other tokens"))("has not: $name", (each) => {
    expect(textsOfTokens(each.text)).not.toEqual(textsOf(readYaml(each.text)));
  });

  it.each(recorded.filter(({ library }) => library === "reads it"))("reads what Go refuses: $name", (each) => {
    expect(parseDocument(each.text, { version: "1.1" }).errors).toEqual([]);
  });

  it("overflows the stack where lists nest deep, unless someone watches it", () => {
    const text = `a:\n${"- ".repeat(100_000)}x\nb: c\n`;
    expect(() => [...new Parser().parse(text)]).toThrow(RangeError);
    expect(() => readYaml(text)).toThrow("exceeded max depth of 200");
  });
});

function textsOf(node: YamlNode): readonly string[] {
  if (node.kind === "scalar") return [node.text];
  if (node.kind === "list") return node.items.flatMap(textsOf);
  return node.entries.flatMap(({ key, value }) => [key, ...textsOf(value)]);
}

/** Anywhere in the tree of tokens, even after an error. */
function textsOfTokens(text: string): readonly string[] {
  return [...new Parser().parse(text)].flatMap(textsBelow);
}

function textsBelow(token: unknown): readonly string[] {
  if (Array.isArray(token)) return token.flatMap(textsBelow);
  if (typeof token !== "object" || token === null) return [];
  const scalar = "type" in token ? CST.resolveAsScalar(token as CST.Token, false, () => undefined) : null;
  const below = Object.values(token).flatMap(textsBelow);
  return scalar === null ? below : [scalar.value, ...below];
}
