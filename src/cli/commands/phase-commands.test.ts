import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import type { Flags } from "../../kubeadm/flags/flag.ts";
import { group, type Phase } from "../../workflow/phase.ts";
import { main } from "../main.ts";
import { phaseCommands, phaseLines } from "./phase-commands.ts";

type Context = Record<never, never>;

const run = async () => undefined;

const phases: readonly Phase<Context>[] = [
  { name: "preflight", summary: "Look", flags: ["config", "pair"], takesArgument: true, run },
  group(
    { name: "prepare", summary: "Prepare all", description: "Prepares.", example: "  kubeadm enter phase prepare all" },
    { name: "certs", summary: "Make certificates", flags: ["config"], takesArgument: true, run },
    { name: "files", summary: "Write files", flags: ["second"], run },
  ),
  group(
    { name: "tidy", summary: "Tidy up", all: { summary: "Tidy all", example: "  kubeadm enter phase tidy all" } },
    { name: "files", summary: "Tidy files", run },
  ),
  { name: "check", summary: "Hidden check", hidden: true, run },
  { name: "wait", summary: "Wait", takesArgument: "ignored", run },
];

const flag = { type: "string", usage: "" } as const;
const flags: Flags = {
  config: flag,
  first: { ...flag, group: "pair" },
  second: { ...flag, group: "pair" },
  unused: flag,
};

const ran: unknown[] = [];

const enter = {
  name: "enter",
  short: "Enters",
  commands: [
    phaseCommands({
      parent: "enter",
      args: { kind: "one", shown: "[where]" },
      phases,
      flags,
      commonFlags: { output: flag },
      run: async (only, invocation) => {
        ran.push({ only, args: invocation.args, flags: Object.keys(invocation.flags).sort() });
        return 0;
      },
    }),
  ],
};

async function call(line: string) {
  ran.length = 0;
  const ports = memoryPorts();
  const status = await main(["enter", "phase", ...line.split(" ")], ports, [enter]);
  return { status, ran: [...ran], stdout: ports.stdout.text(), stderr: ports.stderr.text() };
}

const globals = ["help", "rootfs", "v", "vmodule"];

describe("the commands of phases", () => {
  it.each<[string, string, string, string[], string[]]>([
    [
      "run one phase, with the flags that it names, groups of flags included",
      "preflight x",
      "preflight",
      ["x"],
      ["config", "first", "second"],
    ],
    ["run a child by its full name", "prepare files", "prepare/files", [], ["second"]],
    [
      "run a whole group as `all`, with the flags and argument of its children",
      "prepare all x",
      "prepare",
      ["x"],
      ["config", "second"],
    ],
    ["take an argument that a phase has no use for", "wait x", "wait", ["x"], []],
  ])("%s", async (_, line, only, args, own) => {
    const outcome = await call(line);
    expect(outcome).toMatchObject({ status: 0, ran: [{ only, args, flags: [...globals, "output", ...own].sort() }] });
  });

  it.each([
    ["have none for a hidden phase", "check", 'unknown command "check" for "kubeadm enter phase"'],
    ["have none for an unknown phase", "bogus", 'unknown command "bogus" for "kubeadm enter phase"'],
    [
      "refuse an argument where the phase takes none",
      "prepare files x",
      'unknown command "x" for "kubeadm enter phase prepare files"',
    ],
    ["refuse a flag that the phase does not name", "preflight --unused=1", "unknown flag: --unused"],
  ])("%s", async (_, line, message) => {
    expect(await call(line)).toMatchObject({
      status: 1,
      ran: [],
      stderr: expect.stringContaining(`error: ${message}\n`),
    });
  });

  it("show a group's help, and want a sub-command", async () => {
    const { status, stdout } = await call("prepare");
    expect(status).toBe(1);
    expect(stdout).toMatch(/^Prepares\.\n\nUsage:\n.*\n.*\n\nExamples:\n {2}kubeadm enter phase prepare all\n/);
    expect(stdout).toMatch(/\n {2}all {9}Prepare all\n {2}certs {7}Make certificates\n/);
  });

  it("describe `all` in words of its own if the phase has them", async () => {
    expect((await call("tidy")).stdout).toMatch(/\n {2}all {9}Tidy all\n {2}files {7}Tidy files\n/);
    expect((await call("tidy all -h")).stdout).toMatch(
      /^Tidy all\n\nUsage:\n.*\n\nExamples:\n {2}kubeadm enter phase tidy all\n/,
    );
  });

  it("show the argument only where it is of use", async () => {
    expect((await call("preflight -h")).stdout).toContain("kubeadm enter phase preflight [where] [flags]\n");
    expect((await call("wait -h")).stdout).toContain("kubeadm enter phase wait [flags]\n");
  });

  it("cannot be made for a flag that is not defined", () => {
    const options = {
      parent: "x",
      args: { kind: "none" } as const,
      flags: {},
      flagGroups: {},
      commonFlags: {},
      run: async () => 0,
    };
    expect(() => phaseCommands({ ...options, phases })).toThrow("names the flag config");
  });
});

describe("the listing of phases", () => {
  it("leaves out hidden ones and begins children with a slash", () => {
    expect(phaseLines(phases)).toEqual([
      { label: "preflight", summary: "Look" },
      { label: "prepare", summary: "Prepare all" },
      { label: "  /certs", summary: "Make certificates" },
      { label: "  /files", summary: "Write files" },
      { label: "tidy", summary: "Tidy up" },
      { label: "  /files", summary: "Tidy files" },
      { label: "wait", summary: "Wait" },
    ]);
  });
});
