// Stops a command, or lets something in it fail, runs it again, and compares what both have left with what one run leaves
// that nothing disturbs.
import { existsSync } from "node:fs";
import { messageOf } from "../../../src/errors/kubeadm-error.ts";
import { journalPath } from "../../../src/journal/places.ts";
import { kubeadm, type Outcome } from "../control-plane/kubeadm.ts";
import type { Failure } from "./failing-machine.ts";
import { type CommandOnMachine, failsOnce } from "./failures.ts";
import { interrupted, uninterrupted } from "./interrupted-machine.ts";

/** A command that is about to run on a machine for the first time. */
export interface Trial extends CommandOnMachine, AsyncDisposable {
  /** Whether the same command would be another run after the end of one, whose journal is gone. */
  readonly endsOnce: boolean;
  /** Called when the command has stopped dead. */
  readonly hasStopped?: () => void;
  /** Returns how what is left differs from what a run leaves that nothing disturbs. */
  readonly differences: () => Promise<readonly string[]>;
}

/** Returns what is wrong after a stop at this moment and the same command again; undefined if nothing is. */
export async function problemAt(moment: number, begin: () => Promise<Trial>): Promise<string | undefined> {
  try {
    await using trial = await begin();
    const { machine, args } = trial;
    const first = interrupted(machine, moment);
    const stop = await Promise.race([first.stopped, kubeadm(first, args)]);
    // Whether a run gets as far depends on how often it has to ask.
    if (typeof stop !== "string") return await problemOfRun("uninterrupted", stop, trial);
    trial.hasStopped?.();
    const hasEnded = trial.endsOnce && first.steps.includes(`remove ${journalPath}`) && !isThere(journalPath, trial);
    // What remains of the lock of a run that has ended is of no process.
    if (hasEnded) return problemOf(`${stop}, after the end`, withoutLock(await trial.differences()));
    return await problemOfRun(stop, await kubeadm(uninterrupted(machine), args), trial);
  } catch (error) {
    return messageOf(error);
  }
}

/** Returns what is wrong after this failure and, if the command failed, the same command again; undefined if nothing is. */
export async function problemAfter(failure: Failure, begin: () => Promise<Trial>): Promise<string | undefined> {
  try {
    await using trial = await begin();
    const first = await failsOnce(failure, trial);
    const differences = await trial.differences();
    const found = first.status === 0 ? withoutLock(differences) : differences;
    return problemOf(`after status ${first.status} (${first.stderr.trim()})`, found);
  } catch (error) {
    return messageOf(error);
  }
}

async function problemOfRun(when: string, { status, stderr }: Outcome, trial: Trial): Promise<string | undefined> {
  return status === 0 ? problemOf(when, await trial.differences()) : `${when}: ${stderr.trim()}`;
}

function problemOf(when: string, found: readonly string[]): string | undefined {
  return found.length === 0 ? undefined : `${when}: ${found.join("; ")}`;
}

/** Without what may remain of the lock of a run that has ended. */
function withoutLock(differences: readonly string[]): readonly string[] {
  return differences.filter((line) => !/ \/var\/lib\/kubeadm(\/run-[^/]*)?$/.test(line));
}

function isThere(path: string, { machine }: CommandOnMachine): boolean {
  return existsSync(machine.root.inside(path));
}
