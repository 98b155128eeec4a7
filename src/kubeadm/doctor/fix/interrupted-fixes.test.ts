// A program that is killed while it fixes the machine, or takes fixes back, at every moment: before each of its changes and
// after it. The lock and the record are changes, too.
import { describe, expect, it } from "vitest";
import {
  fixes,
  machine,
  portsOf,
  stateOf,
  undone,
} from "../../../../test/fixtures/kubeadm/doctor/fix/fixed-machine.ts";
import type { Host } from "../../../host/host.ts";
import type { MemoryHost } from "../../../host/memory.ts";
import { applyFix } from "./apply-fixes.ts";
import type { FixStep } from "./fix.ts";
import type { FixPorts } from "./fix-ports.ts";
import { withLockedMachine } from "./with-locked-machine.ts";

class Killed extends Error {}

/** The machine for a program that changes nothing from a moment on: 2n is before its change n, 2n + 1 after it. */
function untilKilled(host: MemoryHost, moment: number): { readonly host: Host; moments(): number } {
  let changes = 0;
  let isDead = false;
  const dieAt = (now: number) => {
    isDead ||= now === moment;
    if (isDead) throw new Killed();
  };
  const change = async <T>(action: () => Promise<T>): Promise<T> => {
    const number = changes++;
    dieAt(2 * number);
    const result = await action();
    dieAt(2 * number + 1);
    return result;
  };
  const { files, services, commands } = host;
  const killed: Host = {
    ...host,
    files: {
      ...files,
      write: (path, content, options) => change(() => files.write(path, content, options)),
      makeDirectory: (path, options) => change(() => files.makeDirectory(path, options)),
      remove: (path, options) => change(() => files.remove(path, options)),
    },
    services: {
      ...services,
      start: (service, signal) => change(() => services.start(service, signal)),
      stop: (service, signal) => change(() => services.stop(service, signal)),
    },
    commands: {
      ...commands,
      run: (argv, options) => {
        const run = () => commands.run(argv, options);
        return options.readOnly === true ? run() : change(run);
      },
    },
  };
  return { host: killed, moments: () => 2 * changes };
}

type Work = (ports: FixPorts) => Promise<unknown>;
const fixing =
  (steps: readonly FixStep[]): Work =>
  (ports) =>
    applyFix({ what: "", steps }, ports);

/** Runs a program that does the work; others have ended. */
function run(work: Work, host: Host, pid: number): Promise<unknown> {
  const processes = { identity: async (asked: number) => (asked === pid ? `process ${pid}` : undefined) };
  const ports = {
    host: { ...host, processes, machine: { ...host.machine, pid } },
    signal: new AbortController().signal,
  };
  const lock = { command: "doctor --fix", waitMs: 0, onWaiting: () => undefined };
  return withLockedMachine(lock, ports, () => work(portsOf(host)));
}

/** Kills the work at each moment of it, each time on a new machine, and passes what it leaves to `check`. */
async function atEachMoment(
  work: Work,
  { prepare, check }: { readonly prepare?: Work; readonly check: (host: MemoryHost) => Promise<void> },
): Promise<void> {
  const killedAt = async (moment: number) => {
    const host = machine();
    await prepare?.(portsOf(host));
    const { host: killed, moments } = untilKilled(host, moment);
    const outcome = await run(work, killed, 1).then(
      () => "ended" as const,
      (error: unknown) => error,
    );
    return { host, moments: moments(), outcome };
  };
  const { moments, outcome: whole } = await killedAt(Number.POSITIVE_INFINITY);
  expect({ whole, isLong: moments > 6 }).toEqual({ whole: "ended", isLong: true });
  for (let moment = 0; moment < moments; moment++) {
    const { host, outcome } = await killedAt(moment);
    expect(outcome, `moment ${moment}`).toBeInstanceOf(Killed);
    await check(host);
  }
}

async function isUndone(host: MemoryHost): Promise<void> {
  await run(undone, host, 2);
  expect(await stateOf(host)).toEqual(await stateOf(machine()));
}

describe.each(fixes)("kill -9 at any moment of a fix of %s", (_what, steps) => {
  it("leaves what --undo takes back", () => atEachMoment(fixing(steps), { check: isUndone }));

  it("leaves what a second --fix completes, and --undo takes back", async () => {
    const whole = machine();
    await fixing(steps)(portsOf(whole));
    const { modes, units, sysctl } = await stateOf(whole);
    await atEachMoment(fixing(steps), {
      check: async (host) => {
        await run(fixing(steps), host, 3);
        expect(await stateOf(host)).toMatchObject({ modes, units, sysctl });
        await isUndone(host);
      },
    });
  });

  it("of --undo leaves what the next --undo takes back", () =>
    atEachMoment(undone, { prepare: fixing(steps), check: isUndone }));
});
