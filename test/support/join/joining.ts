import { expect } from "vitest";
import { eventually } from "./cluster-actions.ts";
import type { Machine, Outcome, RunningKubeadm, RunSettings } from "./stage.ts";

export interface JoinSettings extends RunSettings {
  /** Of the Node; the machine's unless given. */
  readonly nodeName?: string;
}

/** `kubeadm join …` that has to succeed and to end in a working Node. */
export async function joins(machine: Machine, args: readonly string[], settings: JoinSettings = {}): Promise<Outcome> {
  const outcome = await join(machine, args, settings);
  await isJoined(machine, outcome, settings);
  return outcome;
}

/** `kubeadm join …`, whatever comes of it. */
export function join(machine: Machine, args: readonly string[], settings: RunSettings = {}): Promise<Outcome> {
  return machine.start(["join", ...args, ...machine.nameArguments, ...machine.checkArguments], settings).ended;
}

export async function isJoined(machine: Machine, outcome: Outcome, { nodeName = machine.hostname }: JoinSettings = {}) {
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  expect(outcome.stdout).toContain("This node has joined the cluster:");
  expect(machine.exists("/etc/kubernetes/bootstrap-kubelet.conf")).toBe(false);
  await machine.becomesNode(nodeName);
}

/** Fails with the words, and leaves no file of the cluster behind. */
export function isRefused(machine: Machine, outcome: Outcome, words: string): void {
  expect(outcome.stderr).toContain(words);
  expect(outcome.status).toBe(1);
  for (const path of ["/etc/kubernetes/bootstrap-kubelet.conf", "/etc/kubernetes/kubelet.conf"]) {
    expect(machine.exists(path), path).toBe(false);
  }
}

/** Waits until the running program has said it. */
export async function says(running: RunningKubeadm, words: string): Promise<void> {
  const what = `"${words}" in what the program says`;
  await whileRuns(running, what, async () => running.output().includes(words) || undefined);
}

/** Waits for what the running program brings about, and returns it. Fails as soon as the program has ended without it. */
export async function whileRuns<T>(
  running: RunningKubeadm,
  what: string,
  find: () => Promise<T | undefined>,
  deadlineMs = 60_000,
): Promise<T> {
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  let found: T | undefined;
  const look = async () => {
    const isLast = hasEnded;
    found = await find();
    return found !== undefined || isLast;
  };
  const failure = (message: string) => new Error(`${message}; the program said:\n${running.output()}`);
  await eventually(what, look, deadlineMs).catch((error: Error) => {
    throw failure(error.message);
  });
  if (found === undefined) throw failure(`the program has ended without ${what}`);
  return found;
}
