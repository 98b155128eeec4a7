import type { Clock } from "../async/clock.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Files, Services } from "../host/host.ts";
import { defined } from "../values/defined.ts";
import type { JsonValue } from "../values/json.ts";
import { readState } from "./file-state.ts";
import type { FileRecord, Journal, MadeObject, PhaseRecord, RunIdentity, ServiceRecord } from "./journal.ts";
import { isSameState } from "./journal.ts";
import type { JournalFile } from "./journal-file.ts";
import { type ChangeLog, type FileChange, recordedFiles, recordedServices } from "./recorded-host.ts";
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

/** What a change is to the journal: it restores what was there before the phase, or has been noted already. */
type Noted = "restored" | "known" | "new";

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

/**
 * Writes down what a run does to the machine, ahead of each change, and knows what an earlier run of the same command has
 * done already. Nothing is on disk before the first change.
 */
export class RunRecord implements ChangeLog {
  readonly files: Files;
  readonly services: Services;
  readonly #options: RunRecordOptions;
  readonly #ports: RunRecordPorts;
  readonly #file: JournalFile;
  #resumed: ResumedRun | undefined;
  #startedAt: string;
  #cluster: string | undefined;
  #phases: PhaseRecord[];
  #files: FileRecord[];
  #services: ServiceRecord[];
  #objects: MadeObject[];
  #remembered: Readonly<Record<string, JsonValue>>;
  #failure: string | undefined;
  #current = "";
  #isOnDisk: boolean;
  /** How many changes were noted one after the other, and how many of these are on disk. */
  #noted = 0;
  #written = 0;
  /** Whether this run itself, not the one that it resumes, has changed anything. */
  #hasChanged = false;
  #isUndone = false;
  #hasStartedOver = false;

  constructor(options: RunRecordOptions, ports: RunRecordPorts) {
    const found = options.resumed?.journal;
    this.#options = options;
    this.#ports = ports;
    this.#resumed = options.resumed;
    this.#startedAt = found?.startedAt ?? ports.clock.now().toISOString();
    this.#cluster = found?.cluster;
    this.#phases = [...(found?.phases ?? [])];
    this.#files = [...(found?.files ?? [])];
    this.#services = [...(found?.services ?? [])];
    this.#objects = [...(found?.objects ?? [])];
    this.#remembered = found?.remembered ?? {};
    this.#isOnDisk = found !== undefined;
    this.#file = options.openFile(() => this.#drawn());
    this.files = recordedFiles(ports.files, this);
    this.services = recordedServices(ports.services, this);
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
    this.#startedAt = journal.startedAt;
    this.#phases = [...journal.phases];
    this.#files = [...journal.files];
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
    this.#cluster ??= authorityKeys[0];
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
    for (const record of this.#files.filter((each) => each.phase === phase).toReversed()) {
      this.#hasChanged = true;
      if (await undo(record, this.#ports.files)) this.#files = this.#files.filter((each) => each !== record);
    }
  }

  /** Called before a phase runs. Returns "done" if an earlier run finished it and nothing has changed since. */
  async begin(name: string, policy: ResumePolicy, isStillDone: () => Promise<boolean>): Promise<"done" | "run"> {
    if (policy !== "repeat") await this.undoInterrupted();
    const known = this.#phases.find((phase) => phase.name === name);
    if (known?.state === "done" && policy !== "repeat" && (await this.#isIntact(name)) && (await isStillDone())) {
      return "done";
    }
    if (known !== undefined && policy !== "continue") await this.#undo(name);
    this.#current = name;
    this.#setPhase(name, "running");
    return "run";
  }

  #isIntact(phase: string): Promise<boolean> {
    return isIntact(phase, this.#files, this.#ports.files, this.#options.mayChange);
  }

  /** Called when a phase has ended. Nothing waits for the disk: a run that is killed before does the phase again. */
  end(name: string): void {
    this.#setPhase(name, "done");
    if (this.#isOnDisk) this.#file.writeLater();
  }

  #setPhase(name: string, state: PhaseRecord["state"]): void {
    const known = this.#phases.findIndex((phase) => phase.name === name);
    if (known < 0) this.#phases.push({ name, state });
    else this.#phases[known] = { name, state };
  }

  /**
   * Writes down that a file will be removed, before it is time: then nothing waits for the disk. Throws JOURNAL_UNWRITABLE.
   */
  async willRemove(path: string): Promise<void> {
    const { state, content } = await readState(this.#ports.files, path);
    if (state.kind !== "file") return;
    await this.filesChange([{ path, before: state, after: { kind: "absent" }, ...defined({ content }) }]);
  }

  async filesChange(changes: readonly FileChange[]): Promise<void> {
    const found = new Set<Noted>();
    for (const change of changes) found.add(await this.#note(change));
    // What is being restored is already known to the journal on disk: an undo does not depend on writing there.
    if (!found.has("new") && !(found.has("known") && this.#noted > this.#written)) return;
    await this.#save().catch((error: unknown) => {
      // What the run has made may go: a full disk must not keep a bootstrap token on the machine.
      if (!changes.every((change) => this.#removesOwn(change))) throw error;
    });
  }

  #removesOwn({ path, after }: FileChange): boolean {
    return after.kind === "absent" && this.#files.find((record) => record.path === path)?.before.kind === "absent";
  }

  async #note({ path, before, after, content }: FileChange): Promise<Noted> {
    const phase = this.#current;
    const index = this.#files.findIndex((record) => record.path === path && record.phase === phase);
    const known = this.#files[index];
    if (known !== undefined) {
      const isFirst = isSameState(known.before, before);
      if (isFirst && known.between === undefined && isSameState(known.after, after)) return "known";
      this.#noted += 1;
      const { between: _, ...rest } = known;
      this.#files[index] = { ...rest, after, ...(isFirst ? {} : { between: before }) };
      return isSameState(known.before, after) ? "restored" : "new";
    }
    const isOwn = this.#files.some((record) => record.path === path);
    const copied =
      before.kind === "file" && content !== undefined && !isOwn
        ? { ...before, copy: await this.#file.keepCopy(content) }
        : before;
    this.#noted += 1;
    this.#files.push({ path, phase, before: copied, after });
    return "new";
  }

  async serviceChanges({ service, action }: ServiceRecord): Promise<void> {
    if (this.#services.some((known) => known.service === service && known.action === action)) return;
    this.#services.push({ service, action });
    await this.#save();
  }

  /** Notes an object that the run makes outside of the machine. Resolves when that is on disk. */
  async makes(object: MadeObject): Promise<void> {
    if (this.#objects.some(({ kind, name }) => kind === object.kind && name === object.name)) return;
    this.#objects.push(object);
    await this.#save();
  }

  /**
   * Keeps what the run has read, for a run that continues this one while its source does not respond. It is on disk with
   * the next change.
   */
  remember(name: string, value: JsonValue): void {
    this.#remembered = { ...this.#remembered, [name]: value };
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

  /** Notes that an object was deleted. */
  removed(object: MadeObject): void {
    this.#objects = this.#objects.filter(({ kind, name }) => kind !== object.kind || name !== object.name);
  }

  async #save(): Promise<void> {
    this.#isOnDisk = true;
    this.#hasChanged = true;
    const noted = this.#noted;
    await this.#file.write();
    this.#written = Math.max(this.#written, noted);
  }

  /** Ends a run that has done everything: nothing of it remains. */
  async finish(): Promise<void> {
    if (this.#isOnDisk) await this.#file.discard();
    await this.#options.release();
  }

  /**
   * Ends a run that has failed. The journal stays, so that the same command can continue, unless nothing of the run is left.
   * One that this run has only found stays as it is. Never throws: the failure of the run is what counts.
   */
  async fail(code: string): Promise<void> {
    if (!this.#hasChanged) {
      await this.#file.rest();
      return this.#options.release().catch(() => undefined);
    }
    this.#failure = code;
    const current = this.#phases.find(({ name }) => name === this.#current);
    if (current?.state === "running") this.#setPhase(this.#current, "failed");
    await this.#forgetWhatIsAsBefore();
    // The cluster removes certificate signing requests automatically.
    const remains = this.#objects.filter(({ kind }) => kind !== "CertificateSigningRequest");
    const isAsBefore = this.#files.length === 0 && remains.length === 0;
    try {
      if (isAsBefore) await this.#file.discard();
      else await this.#file.write();
    } catch {
      // What is on disk is from before the failure, and as good.
    }
    await this.#options.release().catch(() => undefined);
  }

  /** Drops the records of changes that were undone, or that were not made because they failed. */
  async #forgetWhatIsAsBefore(): Promise<void> {
    const kept: FileRecord[] = [];
    for (const record of this.#files) {
      const found = await readState(this.#ports.files, record.path).catch(() => undefined);
      if (found === undefined || !isSameState(found.state, record.before)) kept.push(record);
    }
    this.#files = kept;
  }

  #drawn(): Journal {
    const { run, program } = this.#options;
    return {
      version: 1,
      run,
      program,
      startedAt: this.#startedAt,
      updatedAt: this.#ports.clock.now().toISOString(),
      ...(this.#cluster === undefined ? {} : { cluster: this.#cluster }),
      phases: this.#phases,
      files: this.#files,
      services: this.#services,
      objects: this.#objects,
      ...(Object.keys(this.#remembered).length === 0 ? {} : { remembered: this.#remembered }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    };
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
