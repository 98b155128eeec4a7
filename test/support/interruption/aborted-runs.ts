// Runs that are aborted at a chosen call of the machine, as by Ctrl-C, and what became of them.
import type { MachinePorts } from "../../../src/embedded/index.ts";
import { kubeadm, type Outcome } from "../control-plane/kubeadm.ts";
import { portsInSteps } from "./ports-in-steps.ts";

export interface AbortedRun {
  readonly outcome: Outcome;
  /** How often the program called the machine, the cluster or etcd: two moments each, before and during the call. */
  readonly calls: number;
  /** What failed while no one waited for it: a program ends with that. */
  readonly unhandled: readonly unknown[];
}

/** Runs the command, and aborts it before (moment 2n) or during (2n+1) its call n; without a moment, never. */
export async function abortedRun(
  machine: { readonly ports: MachinePorts },
  args: readonly string[],
  moment = -1,
): Promise<AbortedRun> {
  const controller = new AbortController();
  let calls = 0;
  const called = async <T>(action: () => Promise<T>): Promise<T> => {
    const number = calls++;
    if (moment === 2 * number) controller.abort();
    const running = action();
    if (moment === 2 * number + 1) controller.abort();
    return running;
  };
  const ports = portsInSteps(machine.ports, {
    step: (_step, action) => called(action),
    read: called,
    send: (_step, action) => called(action),
  });
  using watch = watchRejections();
  const outcome = await kubeadm({ ports }, args, { signal: controller.signal });
  // What the run has started without waiting for it ends now, too.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return { outcome, calls, unhandled: [...watch.found] };
}

/** Takes the rejections that would end a program from those that listen for them, until it is disposed of. */
function watchRejections(): Disposable & { readonly found: readonly unknown[] } {
  const found: unknown[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (reason) => found.push(reason));
  return {
    found,
    [Symbol.dispose]: () => {
      process.removeAllListeners("unhandledRejection");
      for (const listener of listeners) process.on("unhandledRejection", listener);
    },
  };
}

/** Returns what is wrong with a run that was aborted, in words; undefined if nothing is. */
export function problemOf({ outcome, unhandled }: AbortedRun): string | undefined {
  const { status, stdout, stderr } = outcome;
  if (unhandled.length > 0) return `unhandled: ${unhandled.map((reason) => (reason as Error)?.stack ?? reason)}`;
  // A run that is aborted at the very end has done everything.
  if (status !== 130 && status !== 0 && !/interrupted/.test(stderr)) return `status ${status}: ${stdout}\n${stderr}`;
  return /INTERNAL|a defect of/.test(stdout + stderr) ? `${stdout}\n${stderr}` : undefined;
}
