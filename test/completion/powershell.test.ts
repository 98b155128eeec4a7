import { describe, expect, it } from "vitest";
import { powershellScript } from "../../src/cli/completion/powershell-script.ts";
import { completionWorld } from "./shells.ts";

// No package of Debian's has PowerShell. What it would do with the script is done here step by step, with the patterns that
// stand in it, which mean the same in .NET and here.
const world = completionWorld();

/** A single-quoted string of PowerShell's, in which a quote is written twice, as what it stands for. */
function quotedBehind(text: string): string {
  const [, quoted] = powershellScript.split(text)[1]?.match(/^'((?:[^']|'')*)'/) ?? [];
  if (quoted === undefined) throw new Error(`the script has no string behind ${text}`);
  return quoted.replaceAll("''", "'");
}

const word = new RegExp(quotedBehind("[regex]::Matches($typed, "), "g");
const quotes = new RegExp(quotedBehind("$_.Value -replace "), "g");
const continuation = new RegExp(quotedBehind("$start) -replace "), "g");

/** The words of a line up to the cursor, which stands at its end. */
function wordsOf(line: string): readonly string[] {
  const typed = line.replaceAll(continuation, " ");
  const found = [...typed.matchAll(word)];
  const last = found.at(-1);
  const words = found.map(([text]) => text.replaceAll(quotes, ""));
  return last !== undefined && last.index + last[0].length < typed.length ? [...words, ""] : words;
}

function answerTo(line: string) {
  const { stdout, stderr, status } = world.run("kubeadm", ["__complete", "--", ...wordsOf(line).slice(1)]);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  const [kind, prefix, ...candidates] = stdout.split("\n").slice(0, -1);
  return { kind, prefix, values: candidates.map((candidate) => candidate.split("\t")[0]) };
}

describe("what the PowerShell script takes for words", () => {
  it.each([
    ["words", "kubeadm token cr", ["kubeadm", "token", "cr"]],
    ["an empty one behind a blank", "kubeadm token ", ["kubeadm", "token", ""]],
    ["no further one while a quote is open", 'kubeadm token create --description "a ', ["--description", "a "]],
    ["quoted ones without their quotes", `kubeadm join --config 'my file' "b c" x`, ["my file", "b c", "x"]],
    ["quotes within a word", "kubeadm join --config='my fi", ["join", "--config=my fi"]],
    ["a blank behind a backtick", "kubeadm join --config my` fi", ["--config", "my fi"]],
    ["a list as one", "kubeadm reset --skip-phases=preflight,", ["reset", "--skip-phases=preflight,"]],
    ["a line that continues in the next", "kubeadm token `\n  cr", ["kubeadm", "token", "cr"]],
  ])("%s", (_, line, expected) => {
    expect(wordsOf(line).slice(-expected.length)).toEqual(expected);
  });
});

describe("what the program answers to them", () => {
  it.each([
    ["a command", "kubeadm jo", { kind: "words", prefix: "", values: ["join"] }],
    ["a value behind =", "kubeadm version --output=sh", { kind: "words", prefix: "--output=", values: ["short"] }],
    [
      "one more of a list",
      "kubeadm reset --skip-phases=preflight,cl",
      { kind: "open", prefix: "--skip-phases=preflight,", values: ["cleanup-node"] },
    ],
    ["files", "kubeadm join --config=jo", { kind: "files", prefix: "--config=", values: [] }],
    ["directories", "kubeadm join --patches 'pa", { kind: "directories", prefix: "", values: [] }],
  ])("%s", (_, line, expected) => {
    expect(answerTo(line)).toEqual(expected);
  });
});

describe("the PowerShell script", () => {
  it("is what completion-powershell.ps1 has", async () => {
    await expect(powershellScript).toMatchFileSnapshot("completion-powershell.ps1");
  });

  it("is what the program prints", () => {
    expect(world.run("kubeadm", ["completion", "powershell"]).stdout).toBe(powershellScript);
  });

  it("closes every bracket that it opens", () => {
    const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
    const code = powershellScript.replaceAll(/#.*|'(?:[^']|'')*'|"[^"]*"/g, "");
    const open: (string | undefined)[] = [];
    for (const [bracket] of code.matchAll(/[()[\]{}]/g)) {
      if (bracket in closing) open.push(closing[bracket]);
      else expect(bracket).toBe(open.pop());
    }
    expect(open).toEqual([]);
  });
});
