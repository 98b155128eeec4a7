import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { built, type Outcome } from "../build/artifact.ts";
import { asProgram, inProcess, type Runner } from "./run-script.ts";
import { outputPattern, parseScript, type Script, type ScriptStep } from "./script.ts";

const scripts = globSync("{certs,cli,config,init,join,kubeconfig,reset,token}/*.txt", { cwd: import.meta.dirname })
  .sort()
  .map((file) => ({ file, script: parseScript(readFileSync(join(import.meta.dirname, file), "utf8")) }));

/** Fails by showing what came in addition to what was expected, stream by stream. */
function check(step: ScriptStep, { status, stdout, stderr }: Outcome, work: string): void {
  const shown = (expected: readonly string[], actual: string) =>
    outputPattern(expected, work).test(actual) ? "as expected" : { expected: `${expected.join("\n")}\n`, actual };
  expect({ line: step.line, status, stdout: shown(step.stdout, stdout), stderr: shown(step.stderr, stderr) }).toEqual({
    line: step.line,
    status: step.status,
    stdout: "as expected",
    stderr: "as expected",
  });
}

async function play(script: Script, open: (script: Script) => Runner): Promise<void> {
  const runner = open(script);
  try {
    for (const step of script.steps) check(step, await runner.run(step), runner.work);
  } finally {
    runner.close();
  }
}

describe("in process", () => {
  it.each(scripts)("$file: $script.title", ({ script }) => play(script, inProcess));
});

describe("the compiled program", () => {
  const program = process.env["KUBEADM_BINARY"] ?? built("binary");
  it.each(scripts)("$file: $script.title", ({ script }) => play(script, (each) => asProgram(program, each)));
});

describe("a script", () => {
  it("has a title and at least one command", () => {
    for (const { file, script } of scripts) {
      expect(script.title, file).not.toBe("");
      expect(script.steps.length, basename(file)).toBeGreaterThan(0);
    }
  });

  it("never allows a reset to get past its question: the program runs for real", () => {
    const question = (words: readonly string[]) =>
      !words.some((word) => /^(-[a-z]*f|--force|--dry-run)/.test(word)) &&
      !words.some((word) => /(pre-?flight|cleanup-?node|etcd)/.test(word) && word !== "--ignore-preflight-errors");
    const harmless = ([, phase, name = ""]: readonly string[]) =>
      phase === "phase" && (name === "" || name === "preflight" || name === "bogus");
    for (const { file, script } of scripts) {
      const resets = script.steps.filter(({ argv }) => argv[0] === "reset");
      for (const { argv } of resets) expect(harmless(argv) || question(argv), `${file}: ${argv.join(" ")}`).toBe(true);
      for (const [name, content] of script.files) {
        const forces = /kind: ResetConfiguration/.test(content) && /force|dryRun|preflight/.test(content);
        expect(forces, `${file}: ${name}`).toBe(false);
      }
    }
  });

  it("never lets an init do anything if its refusals are broken: it is a dry run, or a phase that cannot run alone", () => {
    for (const { file, script } of scripts) {
      for (const { argv, status } of script.steps.filter(({ argv: [command] }) => command === "init")) {
        const line = argv.join(" ");
        const isSafe =
          argv.includes("--dry-run") || /^init phase( show-join-command|( certs| etcd)? (bogus|all))?$/.test(line);
        expect(isSafe && status === 1, `${file}: ${line}`).toBe(true);
      }
    }
  });

  it("lets a join succeed only as a dry run in the working directory: the program runs for real", () => {
    for (const { file, script } of scripts) {
      for (const { argv } of script.steps.filter(({ argv: [command], status }) => command === "join" && status === 0)) {
        const line = argv.join(" ");
        const isSafe = / (-h|--help)( |$)/.test(line) || /--dry-run( .*)? --rootfs <work>( |$)/.test(line);
        expect(isSafe, `${file}: ${line}`).toBe(true);
      }
    }
  });

  it("fails when the output has a line too many or too few", () => {
    const pattern = outputPattern(["a <number>", "...", "<klog W> <work>/b"], "/w");
    const klog = "W1124 15:04:05.123456   12345 join.go:1]";
    expect(pattern.test(`a 1\n${klog} /w/b\n`)).toBe(true);
    expect(pattern.test(`a 1\nx\ny\n${klog} /w/b\n`)).toBe(true);
    expect(pattern.test(`a x\n${klog} /w/b\n`)).toBe(false);
    expect(pattern.test(`a 1\n${klog} /w/b\nmore\n`)).toBe(false);
    expect(outputPattern([], "/w").test("a\n")).toBe(false);
  });

  it.each([
    ["> too early\n", "before the first command"],
    ["$ kubeadm\n", "one exit status"],
    ["$ rm -rf /\n= 0\n", "only kubeadm is run"],
    ["$ kubeadm\n= 0\n? what\n", "begins with none of"],
  ])("that is malformed is refused: %j", (text, message) => {
    expect(() => parseScript(text)).toThrow(message);
  });
});
