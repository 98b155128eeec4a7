import { expect } from "vitest";
import { CommandError, type Commands } from "../../src/host/host.ts";
import { contract } from "./contract.ts";

type Argv = readonly [string, ...string[]];

export interface CommandsSubject {
  readonly commands: Commands;
  readonly programs: {
    /** Writes "out" and "err" to its streams, exits with 3. */
    readonly tells: Argv;
    /** Copies its input to its output. */
    readonly copies: Argv;
    /** Writes its environment, a NAME=value a line. */
    readonly environment: Argv;
    /** Writes its arguments, one a line. */
    readonly arguments: Argv;
    /** Does not end on its own. */
    readonly hangs: Argv;
  };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => new Error(`resolved with ${String(value)}`),
    (reason: unknown) => reason,
  );
}

const signal = new AbortController().signal;
const inTime = { signal, timeoutMs: 10_000 };

export const commandsContract = contract<CommandsSubject>("commands", {
  "a non-zero exit is a result, with both streams": async ({ commands, programs }) => {
    const result = await commands.run(programs.tells, inTime);
    expect(result).toEqual({ exitCode: 3, stdout: "out", stderr: "err" });
  },
  "input is handed over and ended": async ({ commands, programs }) => {
    const { stdout } = await commands.run(programs.copies, { ...inTime, input: "one\ntwo" });
    expect(stdout).toBe("one\ntwo");
  },
  "without input there is an empty one": async ({ commands, programs }) => {
    expect((await commands.run(programs.copies, inTime)).stdout).toBe("");
  },
  "arguments reach the program as they are: there is no shell": async ({ commands, programs }) => {
    const odd = ["a b", "$HOME", "*", ";", "'", ""];
    const { stdout } = await commands.run([...programs.arguments, ...odd], inTime);
    expect(stdout.split("\n").slice(-odd.length - 1, -1)).toEqual(odd);
  },
  "an environment that is given is the whole one": async ({ commands, programs }) => {
    const { stdout } = await commands.run(programs.environment, { ...inTime, environment: { ONLY: "this one" } });
    expect(stdout.split("\n").filter((line) => !/^(PWD|SHLVL|_|OLDPWD)=/.test(line))).toEqual(["ONLY=this one", ""]);
  },
  "by default a child has this program's environment, without what steers its runtime": async ({
    commands,
    programs,
  }) => {
    const lines = (await commands.run(programs.environment, inTime)).stdout.split("\n");
    expect(lines.some((line) => line.startsWith("PATH="))).toBe(true);
    expect(lines).toContain("CONTRACT_KEPT=yes");
    expect(lines.filter((line) => /^(NODE|BUN)_/.test(line))).toEqual([]);
  },
  "a program that does not exist is not found, in Go's words": async ({ commands }) => {
    const error = await failure(commands.run(["no-such-program"], inTime));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      code: "not-found",
      program: "no-such-program",
      message: 'exec: "no-such-program": executable file not found in $PATH',
    });
    expect(await failure(commands.run(["/no/such/program"], inTime))).toMatchObject({
      code: "not-found",
      message: "fork/exec /no/such/program: no such file or directory",
    });
  },
  "a program that does not end in time is ended": async ({ commands, programs }) => {
    const error = await failure(commands.run(programs.hangs, { signal, timeoutMs: 50 }));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ code: "timed-out", program: programs.hangs[0] });
  },
  "an abort ends the program and rejects with its reason": async ({ commands, programs }) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const outcome = failure(commands.run(programs.hangs, { signal: controller.signal, timeoutMs: 3_600_000 }));
    controller.abort(reason);
    expect(await outcome).toBe(reason);
    expect(await failure(commands.run(programs.tells, { ...inTime, signal: controller.signal }))).toBe(reason);
  },
  "a program in PATH is found by an absolute path, another is not": async ({ commands, programs }) => {
    expect(await commands.find(programs.tells[0])).toMatch(/^\/.*\/[^/]+$/);
    expect(await commands.find("no-such-program")).toBeUndefined();
  },
});
