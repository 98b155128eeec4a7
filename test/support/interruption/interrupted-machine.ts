// A machine whose program stops dead at a chosen moment, as by kill -9: from then on nothing that it calls returns, so
// that no line of its code runs any more, not even one that cleans up.
import type { MachinePorts } from "../../../src/embedded/index.ts";
import type { Host } from "../../../src/host/host.ts";
import { portsInSteps, type Step } from "./ports-in-steps.ts";

export interface Interruption {
  /** The ports of the program that stops. */
  readonly ports: MachinePorts;
  /** What it has done, in order: two moments each, before and after. */
  readonly steps: readonly string[];
  /** Resolves when it has stopped, and no file of its machine changes any more. */
  readonly stopped: Promise<string>;
}

let programs = 0;

/** Process ids that no process of a machine has: each program on it gets another one. */
const firstPid = 1_000_000_000;
const dead = new Set<number>();

/**
 * Returns the machine for one program. `at` is the moment at which it stops: a number counted from 0, where moment 2n is
 * before its step n and moment 2n+1 after it; or the beginning of the name of the step that it stops before. Without `at`
 * it is never stopped.
 */
export function interrupted({ ports }: { readonly ports: MachinePorts }, at?: number | string): Interruption {
  programs += 1;
  const pid = firstPid + programs;
  const steps: string[] = [];
  let isStopped = false;
  let stop: (step: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const never = new Promise<never>(() => undefined);
  /** Files that are being written, possibly several in parallel: like a system call, each is finished, or never began. */
  const writing = new Set<Promise<unknown>>();
  const moment = async (number: number, what: string) => {
    if (number === at || (typeof at === "string" && number % 2 === 0 && what.startsWith(at))) {
      isStopped = true;
      dead.add(pid);
      void Promise.allSettled(writing).then(() => stop(`${number % 2 === 0 ? "before" : "after"} ${what}`));
    }
    if (isStopped) await never;
  };
  const step = async <T>({ name, kind }: Step, action: () => Promise<T>): Promise<T> => {
    if (isStopped) return never;
    const number = steps.push(name) - 1;
    await moment(2 * number, name);
    // Another step that began in the same moment may have been the last one.
    if (isStopped) return never;
    const taken = action();
    if (kind === "file") writing.add(taken);
    try {
      return await taken;
    } finally {
      writing.delete(taken);
      await moment(2 * number + 1, name);
    }
  };
  const read = async <T>(action: () => Promise<T>): Promise<T> => {
    if (isStopped) return never;
    const result = await action();
    return isStopped ? never : result;
  };
  const inSteps = portsInSteps(ports, { step, read, send: step });
  return { steps, stopped, ports: { ...inSteps, host: asProgram(inSteps.host, pid) } };
}

/** Returns the machine for a program with its own pid, which no longer runs once it has stopped. */
function asProgram(host: Host, pid: number): Host {
  return {
    ...host,
    machine: { ...host.machine, pid },
    processes: { identity: async (each) => (each >= firstPid && !dead.has(each) ? "a program" : undefined) },
  };
}

/** The same machine for its own program that is not stopped. `end` says that its process is gone. */
export function uninterrupted({ ports }: { readonly ports: MachinePorts }): {
  readonly ports: MachinePorts;
  end(): void;
} {
  programs += 1;
  const pid = firstPid + programs;
  return { ports: { ...ports, host: asProgram(ports.host, pid) }, end: () => void dead.add(pid) };
}
