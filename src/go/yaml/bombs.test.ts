import { describe, expect, it } from "vitest";
import { processorMs } from "../../../test/fixtures/processor-time.ts";
import { decode } from "../json/decode.ts";
import { objectOf, string } from "../json/schema.ts";
import { duplicateKeys, toJson } from "./node.ts";
import { readYaml } from "./read-yaml.ts";
import { writeYaml } from "./write-yaml.ts";

const megabyte = 1_000_000;

function filledWith(part: string, bytes = megabyte): string {
  return part.repeat(Math.ceil(bytes / part.length));
}

/** An algorithm that costs tokens × depth, or the square of a length, takes minutes. */
const mostMs = 8_000;

describe("a text that is made to cost much", { timeout: 300_000 }, () => {
  it.each([
    ["many items in deep lists", `${"[".repeat(190)}${filledWith("a,", 400_000)}${"]".repeat(190)}`],
    ["many pairs in deep maps", `${"{a: ".repeat(190)}{${filledWith("b: c, ", 400_000)}}${"}".repeat(190)}`],
    ["duplicate keys below deep maps", `${"{a: ".repeat(190)}{${filledWith("b: c, ", 400_000)}}${"}".repeat(190)}`],
    ["one long word", filledWith("a")],
    ["one long quoted word", `"${filledWith("a")}"`],
    ["escapes without end", `"${filledWith("\\x41")}"`],
    ["quotes in quotes", `'${filledWith("''")}'`],
    ["blanks", `a:${filledWith(" ")}b`],
    ["line breaks", `a:${filledWith("\n")} b`],
    ["a long block", `a: |\n${filledWith("  x\n")}`],
    ["a folded block", `a: >\n${filledWith("  x\n\n")}`],
    ["many keys", Array.from({ length: 60_000 }, (_, index) => `key${index}: 1`).join("\n")],
    ["comments", `${filledWith("# x\n")}a: b`],
  ])("is read in time that grows with its length: %s", async (_, text) => {
    const ms = await processorMs(() => {
      const node = readYaml(text);
      duplicateKeys(node);
      writeYaml(toJson(node) as never);
    });
    expect(ms).toBeLessThan(mostMs);
  });

  it.each([
    ["lists deeper than any", filledWith("[")],
    ["maps deeper than any", filledWith("{a: ")],
    ["lists by indentation", Array.from({ length: 1_200 }, (_, depth) => `${" ".repeat(depth)}-\n`).join("")],
    ["flat nesting of lists", filledWith("- ")],
    [
      "aliases of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefghij"
        .split("")
        .map((name, index) => `${name}: &${name} [${`*${"abcdefghi"[index]},`.repeat(10)}]`)
        .join("\n")}`,
    ],
    ["aliases of a long list", `a: &a [${filledWith("x,", 400_000)}]\nb: [${filledWith("*a,", 400_000)}]`],
    [
      "merges of a long map",
      `a: &a {${Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`).join(", ")}}\n${Array.from({ length: 1_000 }, (_, index) => `b${index}: {<<: *a}`).join("\n")}`,
    ],
    ["an alias of itself", "a: &a [*a]"],
  ])("is refused: %s", async (_, text) => {
    const ms = await processorMs(() => expect(() => readYaml(text)).toThrow(/^yaml: /));
    expect(ms).toBeLessThan(mostMs);
  });

  it("is compared with no known field where its own are too long", () => {
    const known = objectOf("kubeadm.Thing", { apiVersion: string() });
    const text = Array.from({ length: 20 }, (_, index) => `${"x".repeat(40_000)}${index}: 1`).join("\n");
    expect(
      decode(readYaml(`? ${text.replaceAll("\n", "\n? ").replaceAll(": 1", "\n: 1")}`), known).unknownFields,
    ).toHaveLength(20);
  });
});
