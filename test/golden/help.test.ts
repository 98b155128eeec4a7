import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandOf, pathOf } from "../../src/cli/line/command-chain.ts";
import { main } from "../../src/cli/main.ts";
import { rootCommand } from "../../src/cli/root.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";
import { commandChains } from "./command-tree.ts";

/** To a command that takes every word, --help is one of them. */
const paths = (await commandChains(rootCommand()))
  .filter((chain) => commandOf(chain).takesEveryWord !== true)
  .map(pathOf);
const fileOf = (path: string) => `${path.replaceAll(" ", "-")}.txt`;

/** Lines that a terminal of 80 columns would break; command lines are whole, so that they can be copied. */
function wideLines(help: string): readonly string[] {
  const [before = "", after = ""] = help.split(/^Examples:$/m);
  const behind = after.replace(/^.*?\n\n(?=\S)/s, "");
  return `${before}${behind}`.split("\n").filter((line) => line.length > 80 && !line.startsWith("  kubeadm "));
}

describe("the help of", () => {
  it.each(paths)("%s is what test/golden/cli has", async (path) => {
    const ports = memoryPorts();
    expect(await main([...path.split(" ").slice(1), "--help"], ports)).toBe(0);
    await expect(ports.stdout.text()).toMatchFileSnapshot(`cli/${fileOf(path)}`);
    expect(ports.stderr.text()).toBe("");
    expect(wideLines(ports.stdout.text())).toEqual([]);
  });

  it("no command that does not exist is kept", () => {
    expect(readdirSync(new URL("cli", import.meta.url)).sort()).toEqual(paths.map(fileOf).sort());
  });
});
