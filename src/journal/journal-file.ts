import { started } from "../async/started.ts";
import { KubeadmError } from "../errors/kubeadm-error.ts";
import type { Files } from "../host/host.ts";
import { decodeJournal, encodeJournal, type Journal, type JournalError } from "./journal.ts";
import { copiesDirectory, journalDirectory, journalPath } from "./places.ts";
import { makeRecordDirectory, readRecord, removeJournalDirectory, writeRecord } from "./record-file.ts";

/**
 * Returns the journal of an unfinished run; undefined if there is none. Throws JournalError if it cannot be used, FileError if it cannot be
 * read, and DIRECTORY_UNTRUSTED if another user could have written it.
 */
export async function readJournal(files: Pick<Files, "readText" | "status">): Promise<Journal | undefined> {
  const text = await readRecord(files, journalPath);
  return text === undefined ? undefined : decodeJournal(text);
}

/** Milliseconds that what nobody waits for may wait for a change to be written down with. */
const companyMs = 20;

/**
 * The journal on disk. Changes that are noted while a write is under way share the next one, so that work in parallel
 * does not wait once for each change.
 */
export class JournalFile {
  readonly #files: Files;
  readonly #draw: () => Journal;
  #writing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #copies = 0;
  #hasDirectory = false;

  /** `draw` returns the journal as it is to be written. */
  constructor(files: Files, draw: () => Journal) {
    this.#files = files;
    this.#draw = draw;
  }

  /**
   * Writes the journal down in a moment, with the next change if there is one by then. A failure shows at the change that
   * is written down next.
   */
  writeLater(): void {
    this.#later ??= setTimeout(() => void started(this.write()), companyMs);
  }

  /** Writes the journal down; what was noted before the call is on disk when it resolves. Throws JOURNAL_UNWRITABLE. */
  write(): Promise<void> {
    this.#dropLater();
    if (this.#writing === undefined) {
      this.#writing = started(
        this.#write().finally(() => {
          this.#writing = undefined;
        }),
      );
      return this.#writing;
    }
    this.#next ??= started(
      this.#writing
        .catch(() => undefined)
        .then(() => {
          this.#next = undefined;
          return this.write();
        }),
    );
    return this.#next;
  }

  async #write(): Promise<void> {
    if (!this.#hasDirectory) await makeRecordDirectory(this.#files, journalDirectory);
    this.#hasDirectory = true;
    await writeRecord(this.#files, journalPath, encodeJournal(this.#draw()));
  }

  /** Stores a copy of a file's content, and returns the name of the copy. Throws JOURNAL_UNWRITABLE. */
  async keepCopy(content: Uint8Array): Promise<string> {
    await makeRecordDirectory(this.#files, copiesDirectory);
    for (;;) {
      const name = String(++this.#copies);
      if ((await this.#files.status(`${copiesDirectory}/${name}`)) !== undefined) continue;
      await writeRecord(this.#files, `${copiesDirectory}/${name}`, content);
      return name;
    }
  }

  /** Resolves when nothing of the journal is being written any more, nor will be. */
  async rest(): Promise<void> {
    this.#dropLater();
    await (this.#next ?? this.#writing)?.catch(() => undefined);
  }

  #dropLater(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
  }

  /** Removes the journal, and its directory if nothing else is in it. */
  async discard(): Promise<void> {
    await this.rest();
    await discardJournal(this.#files);
  }
}

/** Removes the journal and the copies that belong to it. */
export async function discardJournal(files: Files): Promise<void> {
  // The journal goes last: a run that stops in between is still found, and needs no copies any more.
  await files.remove(copiesDirectory, { recursive: true });
  await files.remove(journalPath);
  await removeJournalDirectory(files);
}

/** Turns a journal that cannot be used into a user's error. */
export function unusableJournal(error: JournalError): KubeadmError {
  const code = error.code === "newer" ? "JOURNAL_NEWER" : "JOURNAL_DAMAGED";
  return new KubeadmError(code, `${journalPath} cannot be used: ${error.message}`, {
    cause: error,
    details: { path: journalPath },
  });
}
