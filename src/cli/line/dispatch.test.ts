import { describe, expect, it } from "vitest";
import { memoryPorts } from "../../../test/fixtures/cli/memory-ports.ts";
import { main } from "../main.ts";
import { type CommandSpec, defineCommand, type LazyCommand } from "./command.ts";

const echo = (name: string, more: Partial<CommandSpec> = {}): CommandSpec => ({
  name,
  short: `Echo as ${name}`,
  ...more,
  run: async ({ path, args, flags, changed, ports }) => {
    const values = Object.fromEntries([...changed].sort().map((flag) => [flag, flags[flag]]));
    ports.stdout.write(`${path} ${JSON.stringify(args)} ${JSON.stringify(values)}\n`);
    return 0;
  },
});

const lazy: LazyCommand = { name: "lazy", short: "Loaded by need", aliases: ["late"], load: async () => echo("lazy") };

const entries = [
  echo("join", {
    argument: "[endpoint]",
    args: { kind: "at-most", count: 1 },
    flags: { config: { type: "string", usage: "File." }, "dry-run": { type: "bool", usage: "Do nothing." } },
    commands: [
      {
        name: "phase",
        short: "Phases",
        subcommandRequired: true,
        commands: [echo("preflight", { args: { kind: "none" } }), echo("secret", { hidden: true })],
      },
    ],
  }),
  { name: "tools", short: "A plain group", commands: [echo("copy", { args: { kind: "exactly", count: 2 } })] },
  defineCommand({
    name: "must",
    short: "Has required flags",
    flags: { b: { type: "string", usage: "", required: true }, a: { type: "string", usage: "", required: true } },
    run: async () => 7,
  }),
  echo("any"),
  lazy,
];

async function call(...argv: string[]) {
  const ports = memoryPorts();
  const status = await main(argv, ports, entries);
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text() };
}

describe("a command line", () => {
  it.each<[string, string[], string]>([
    ["runs the command that it names", ["any", "x"], 'kubeadm any ["x"] {}'],
    ["runs a parent with its argument", ["join", "1.2.3.4:6443"], 'kubeadm join ["1.2.3.4:6443"] {}'],
    ["prefers a sub-command to an argument", ["join", "phase", "preflight"], "kubeadm join phase preflight [] {}"],
    ["has global flags before the command", ["-v", "3", "any"], 'kubeadm any [] {"v":3}'],
    [
      "has global flags between commands",
      ["join", "--v=3", "phase", "preflight"],
      'kubeadm join phase preflight [] {"v":3}',
    ],
    ["has a command's flags after its argument", ["join", "a", "--dry-run"], 'kubeadm join ["a"] {"dry-run":true}'],
    [
      "skips a flag's value when it looks for a command",
      ["join", "--config", "phase"],
      'kubeadm join [] {"config":"phase"}',
    ],
    ["skips no word after a bool", ["join", "--dry-run", "a"], 'kubeadm join ["a"] {"dry-run":true}'],
    ["looks for no command behind --", ["join", "--", "phase"], 'kubeadm join ["phase"] {}'],
    ["may use an alias, of a command loaded by need too", ["late"], "kubeadm lazy [] {}"],
    ["may name a hidden command", ["join", "phase", "secret"], "kubeadm join phase secret [] {}"],
    ["may give an empty argument", ["join", ""], 'kubeadm join [""] {}'],
  ])("%s", async (_, argv, line) => {
    expect(await call(...argv)).toEqual({ status: 0, stdout: `${line}\n`, stderr: "" });
  });

  it.each<[string, string[], string]>([
    ["an unknown command", ["bogus"], 'unknown command "bogus" for "kubeadm"'],
    ["an unknown command before its flags", ["bogus", "--bogus"], 'unknown command "bogus" for "kubeadm"'],
    ["an unknown command before -h", ["bogus", "-h"], 'unknown command "bogus" for "kubeadm"'],
    ["an unknown flag at the root", ["--bogus"], "unknown flag: --bogus"],
    ["an unknown flag that swallows the command", ["--bogus", "join"], "unknown flag: --bogus"],
    ["an unknown flag before -h", ["join", "-h", "--bogus"], "unknown flag: --bogus"],
    ["a parent's own flag on its sub-command", ["join", "phase", "preflight", "--dry-run"], "unknown flag: --dry-run"],
    ["too many arguments", ["join", "a", "b"], "accepts at most 1 arg(s), received 2"],
    ["too few arguments", ["tools", "copy", "a"], "accepts 2 arg(s), received 1"],
    [
      "an argument where none is taken",
      ["join", "phase", "preflight", "x"],
      'unknown command "x" for "kubeadm join phase preflight"',
    ],
    ["an unknown sub-command", ["join", "phase", "bogus"], 'unknown command "bogus" for "kubeadm join phase"'],
    ["required flags that are missing", ["must"], 'required flag(s) "a", "b" not set'],
  ])("fails on %s", async (_, argv, message) => {
    const { status, stdout, stderr } = await call(...argv);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.split("\n")[0]).toBe(`error: ${message}`);
  });

  it("suggests similar commands in the message at the root, in the remedy below it", async () => {
    expect((await call("joim")).stderr).toMatch(/^error: .*\n\nDid you mean this\?\n\tjoin\n\nremedy: /);
    expect((await call("join", "phase", "preflihgt")).stderr).toContain("remedy: Did you mean `preflight`?\n");
  });

  it("gives the exit status of the command", async () => {
    expect((await call("must", "--a=1", "--b=2")).status).toBe(7);
  });
});

describe("help", () => {
  it.each([[["join", "-h"]], [["join", "--help", "a", "b", "c"]], [["-h", "x", "join", "-h"]], [["help", "join"]]])(
    "%j shows the command's help on stdout",
    async (argv) => {
      const { status, stdout, stderr } = await call(...argv);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).toContain("Usage:\n  kubeadm join [endpoint] [flags]\n  kubeadm join [command]\n");
    },
  );

  it("is what a plain group answers with, whatever its arguments", async () => {
    for (const argv of [["tools"], ["tools", "bogus"]]) {
      expect(await call(...argv)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining("Available Commands:\n  copy"),
      });
    }
  });

  it("comes before the error of a group that needs a sub-command", async () => {
    const { status, stdout, stderr } = await call("join", "phase");
    expect(status).toBe(1);
    expect(stdout).toContain("Usage:\n  kubeadm join phase [flags]\n  kubeadm join phase [command]\n");
    expect(stderr).toMatch(/^error: \nerror: subcommand is required\n/);
  });

  it("does not list hidden commands", async () => {
    expect((await call("join", "phase", "-h")).stdout).not.toContain("secret");
  });

  it("on an unknown topic shows the root's usage on stderr and is no error", async () => {
    const { status, stdout, stderr } = await call("help", "no", "th`is");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(stderr).toMatch(/^Unknown help topic \[`no` "th`is"\]\nUsage:\n {2}kubeadm \[command\]\n/);
  });

  it("is not shown for --help=false", async () => {
    expect((await call("any", "--help=false")).stdout).toBe('kubeadm any [] {"help":false}\n');
  });
});
