import type { Clock } from "../async/clock.ts";
import type { Files } from "../host/host.ts";
import { defined } from "../values/defined.ts";
import type { JsonValue } from "../values/json.ts";
import { readState } from "./file-state.ts";
import type { FileRecord, Journal, MadeObject, PhaseRecord, RunIdentity, ServiceRecord } from "./journal.ts";
import { isSameState } from "./journal.ts";
import type { JournalFile } from "./journal-file.ts";
import type { ChangeLog, FileChange } from "./recorded-host.ts";

/** What a change is to the journal: it restores what was there before the phase, or has been noted already. */
type Noted = "restored" | "known" | "new";

export interface RunNotesOptions {
  readonly run: RunIdentity;
  readonly program: string;
  /** What an earlier run has noted, which this one continues. */
  readonly found: Journal | undefined;
  readonly openFile: (draw: () => Journal) => JournalFile;
}

export interface RunNotesPorts {
  readonly files: Files;
  readonly clock: Pick<Clock, "now">;
}

/** Writes down what a run does to the machine, ahead of each change. Nothing is on disk before the first change. */
export class RunNotes implements ChangeLog {
  readonly #options: RunNotesOptions;
  readonly #ports: RunNotesPorts;
  readonly #file: JournalFile;
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
  #hasChanged = false;

  constructor(options: RunNotesOptions, ports: RunNotesPorts) {
    const { found } = options;
    this.#options = options;
    this.#ports = ports;
    this.#startedAt = found?.startedAt ?? ports.clock.now().toISOString();
    this.#cluster = found?.cluster;
    this.#phases = [...(found?.phases ?? [])];
    this.#files = [...(found?.files ?? [])];
    this.#services = [...(found?.services ?? [])];
    this.#objects = [...(found?.objects ?? [])];
    this.#remembered = found?.remembered ?? {};
    this.#isOnDisk = found !== undefined;
    this.#file = options.openFile(() => this.#drawn());
  }

  /** Whether this run itself, not the one that it continues, has changed anything. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  get files(): readonly FileRecord[] {
    return this.#files;
  }

  /** Takes the start, the phases and the files from this journal. */
  startOver({ startedAt, phases, files }: Journal): void {
    this.#startedAt = startedAt;
    this.#phases = [...phases];
    this.#files = [...files];
  }

  /** Notes the cluster, unless it is known. */
  identifyCluster(authorityKey: string | undefined): void {
    this.#cluster ??= authorityKey;
  }

  stateOf(phase: string): PhaseRecord["state"] | undefined {
    return this.#phases.find(({ name }) => name === phase)?.state;
  }

  /** Notes what becomes of a phase; it is on disk with the next change. Changes belong to the phase that runs. */
  setPhase(name: string, state: PhaseRecord["state"]): void {
    if (state === "running") this.#current = name;
    const known = this.#phases.findIndex((phase) => phase.name === name);
    if (known < 0) this.#phases.push({ name, state });
    else this.#phases[known] = { name, state };
  }

  /** Undoes a change by `restore`, which reports whether nothing of it is left. */
  async undo(record: FileRecord, restore: (record: FileRecord) => Promise<boolean>): Promise<void> {
    this.#hasChanged = true;
    if (await restore(record)) this.#files = this.#files.filter((each) => each !== record);
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

  /**
   * Writes down that a file will be removed, before it is time: then nothing waits for the disk. Throws JOURNAL_UNWRITABLE.
   */
  async willRemove(path: string): Promise<void> {
    const { state, content } = await readState(this.#ports.files, path);
    if (state.kind !== "file") return;
    await this.filesChange([{ path, before: state, after: { kind: "absent" }, ...defined({ content }) }]);
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

  /** Writes down that a phase has ended, with the next change or in a moment: nobody waits for it. */
  writeLater(): void {
    if (this.#isOnDisk) this.#file.writeLater();
  }

  /** Removes the journal. */
  async discard(): Promise<void> {
    if (this.#isOnDisk) await this.#file.discard();
  }

  /** Resolves when nothing is being written any more. */
  rest(): Promise<void> {
    return this.#file.rest();
  }

  /** Writes down that the run has failed, or removes the journal if nothing of the run is left. */
  async fail(code: string): Promise<void> {
    this.#failure = code;
    if (this.stateOf(this.#current) === "running") this.setPhase(this.#current, "failed");
    await this.#forgetWhatIsAsBefore();
    // The cluster removes certificate signing requests automatically.
    const remains = this.#objects.filter(({ kind }) => kind !== "CertificateSigningRequest");
    if (this.#files.length === 0 && remains.length === 0) await this.#file.discard();
    else await this.#file.write();
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
