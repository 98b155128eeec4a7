import type { Clock } from "../async/clock.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Files } from "../host/host.ts";
import type { Services } from "../host/service-manager.ts";
import type { JsonValue } from "../values/json.ts";
import type { Journal, RunIdentity } from "./journal.ts";
import type { JournalFile } from "./journal-file.ts";
import { recordedFiles, recordedServices } from "./recorded-host.ts";
import { RunNotes } from "./run-notes.ts";
import { isIntact, startedOver, undo } from "./unfinished-run.ts";

/** What an earlier run of the same command has left, as it was found. */
export interface ResumedRun {
  readonly journal: Journal;
  /** Paths that someone else has changed since. */
  readonly changed: readonly string[];
}

/**
 * What becomes of a phase that an earlier run has begun. "once": a finished phase is skipped; the files of an
 * unfinished one are restored, and it runs again. "repeat": the same, but it also runs again if it is finished.
 * "continue": an unfinished one finds its files as they are.
 */
export type ResumePolicy = "once" | "repeat" | "continue";

export interface RunRecordPorts {
  readonly files: Files;
  readonly services: Services;
  readonly clock: Clock;
}

export interface RunRecordOptions {
  readonly run: RunIdentity;
  readonly program: string;
  readonly resumed?: ResumedRun;
  /** Paths that the kubelet may change after this program has written them. */
  readonly mayChange: (path: string) => boolean;
  /** Reports whether an unfinished phase continues from its files. */
  readonly continues: (phase: string) => boolean;
  /** Reports whether a phase, if it is unfinished, makes the start of the run that was found that of one that starts over. */
  readonly keepsStart?: (phase: string) => boolean;
  readonly openFile: (draw: () => Journal) => JournalFile;
  readonly release: () => Promise<void>;
}

/** Decides what a run does again, skips or undoes, by the notes of an earlier run of the same command, and takes its own. */
export class RunRecord {
  readonly files: Files;
  readonly services: Services;
  readonly #options: RunRecordOptions;
  readonly #ports: RunRecordPorts;
  /** What this run writes down. */
  readonly notes: RunNotes;
  #resumed: ResumedRun | undefined;
  #isUndone = false;
  #hasStartedOver = false;

  constructor(options: RunRecordOptions, ports: RunRecordPorts) {
    const { run, program, openFile, resumed } = options;
    this.#options = options;
    this.#ports = ports;
    this.#resumed = resumed;
    this.notes = new RunNotes({ run, program, openFile, found: resumed?.journal }, ports);
    this.files = recordedFiles(ports.files, this.notes);
    this.services = recordedServices(ports.services, this.notes);
  }

  /** What this run continues; undefined if there is none. */
  get resumed(): ResumedRun | undefined {
    return this.#resumed;
  }

  /** The command of this run, without "kubeadm". */
  get command(): string {
    return this.#options.run.command;
  }

  /**
   * Makes this run do all phases again, before the first of them begins: they find what the earlier run has left. Only
   * what that one has not finished is still known of it. Returns false if there is nothing to do so for.
   */
  startOver(): boolean {
    const { resumed } = this;
    if (resumed === undefined || this.#hasStartedOver) return false;
    this.#hasStartedOver = true;
    const journal = startedOver(resumed.journal, this.#ports.clock.now(), this.#options.keepsStart);
    this.#resumed = { ...resumed, journal };
    this.notes.startOver(journal);
    return true;
  }

  /** Paths of the earlier run's changes that stay: those of interrupted phases that do not continue are undone. */
  keptPaths(): readonly string[] {
    const { phases = [], files = [] } = this.resumed?.journal ?? {};
    const isKept = (phase: string) =>
      this.#options.continues(phase) || phases.some(({ name, state }) => name === phase && state === "done");
    return files.flatMap(({ path, phase }) => (isKept(phase) ? [path] : []));
  }

  /**
   * Compares the cluster that the run has found with that of the run that it continues. Throws RUN_UNFINISHED if it is
   * another one. `authorityKeys`: SHA-256 of the public keys of the trusted CAs, as `sha256:<hex>`.
   */
  async identifyCluster(authorityKeys: readonly string[]): Promise<void> {
    const known = this.resumed?.journal;
    if (known?.cluster !== undefined && !authorityKeys.includes(known.cluster)) {
      throw unfinished(known, ["the cluster: its CA has another key"]);
    }
    this.notes.identifyCluster(authorityKeys[0]);
    await this.undoInterrupted();
  }

  /**
   * Undoes what the phases that an earlier run did not finish did to files. Happens once, before the first phase that
   * changes the machine: a run that is refused before leaves everything as it is.
   */
  async undoInterrupted(): Promise<void> {
    if (this.#isUndone) return;
    this.#isUndone = true;
    for (const { name, state } of this.resumed?.journal.phases ?? []) {
      if (state !== "done" && !this.#options.continues(name)) await this.#undo(name);
    }
  }

  async #undo(phase: string): Promise<void> {
    for (const record of this.notes.files.filter((each) => each.phase === phase).toReversed()) {
      await this.notes.undo(record, (each) => undo(each, this.#ports.files));
    }
  }

  /** Called before a phase runs. Returns "done" if an earlier run finished it and nothing has changed since. */
  async begin(name: string, policy: ResumePolicy, isStillDone: () => Promise<boolean>): Promise<"done" | "run"> {
    if (policy !== "repeat") await this.undoInterrupted();
    const known = this.notes.stateOf(name);
    if (known === "done" && policy !== "repeat" && (await this.#isIntact(name)) && (await isStillDone())) return "done";
    if (known !== undefined && policy !== "continue") await this.#undo(name);
    this.notes.setPhase(name, "running");
    return "run";
  }

  #isIntact(phase: string): Promise<boolean> {
    return isIntact(phase, this.notes.files, this.#ports.files, this.#options.mayChange);
  }

  /** Called when a phase has ended. Nothing waits for the disk: a run that is killed before does the phase again. */
  end(name: string): void {
    this.notes.setPhase(name, "done");
    this.notes.writeLater();
  }

  /** Returns what the run that this one continues has kept; undefined if another version of the program did. */
  recall(name: string): JsonValue | undefined {
    const found = this.resumed?.journal;
    return found?.program === this.#options.program ? found.remembered?.[name] : undefined;
  }

  /** Reports whether the run that this one continues has stopped in a phase, or failed there. */
  stoppedIn(phase: string): boolean {
    return this.resumed?.journal.phases.some(({ name, state }) => name === phase && state !== "done") ?? false;
  }

  /** Ends a run that has done everything: nothing of it remains. */
  async finish(): Promise<void> {
    await this.notes.discard();
    await this.#options.release();
  }

  /**
   * Ends a run that has failed. The journal stays, so that the same command can continue, unless nothing of the run is left.
   * One that this run has only found stays as it is. Never throws: the failure of the run is what counts.
   */
  async fail(code: string): Promise<void> {
    try {
      await (this.notes.hasChanged ? this.notes.fail(code) : this.notes.rest());
    } catch {
      // What is on disk is from before the failure, and as good.
    }
    await this.#options.release().catch(() => undefined);
  }
}

/** The refusal of a run that is another one than the unfinished one. */
export function unfinished(
  { run: { configuration: _, ...run }, updatedAt }: Journal,
  differences: readonly string[],
): KubeadmError {
  const whose = `an unfinished ${run.command} of this machine as ${run.role} "${run.nodeName}"${run.target === "" ? "" : ` of ${run.target}`}, last active at ${updatedAt}`;
  return new KubeadmError("RUN_UNFINISHED", `${whose}, differs in ${differences.join("; ")}`, {
    details: { run, differences },
  });
}
