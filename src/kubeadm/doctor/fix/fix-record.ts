import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Files } from "../../../host/host.ts";
import { isWithin } from "../../../host/node-files.ts";
import { decodeRecord, encodeRecord, isPlainPath, JournalError } from "../../../journal/journal.ts";
import { journalDirectory } from "../../../journal/places.ts";
import { makeRecordDirectory, readRecord, removeJournalDirectory, writeRecord } from "../../../journal/record-file.ts";
import { isRecord } from "../../../values/json.ts";
import type { UndoStep } from "./fix.ts";

/** What fixes have changed on this machine, in the order in which they were made. On disk before each change. */
export interface FixRecord {
  /** Throws DOCTOR_RECORD_INVALID, DOCTOR_RECORD_NEWER, and FileError. */
  read(): Promise<readonly UndoStep[]>;
  /** Throws JOURNAL_UNWRITABLE. */
  write(steps: readonly UndoStep[]): Promise<void>;
}

export const fixRecordPath = `${journalDirectory}/doctor-fixes.json`;

const version = 1;

/** The record next to the journal of a run, stored as that is. An empty record has no file. */
export function fixRecord(files: Files): FixRecord {
  return {
    read: async () => {
      const text = await readRecord(files, fixRecordPath);
      return text === undefined ? [] : decoded(text);
    },
    write: async (steps) => {
      if (steps.length === 0) {
        await files.remove(fixRecordPath);
        await removeJournalDirectory(files);
        return;
      }
      await makeRecordDirectory(files, journalDirectory);
      const record = { version, steps };
      await writeRecord(files, fixRecordPath, encodeRecord(record));
    },
  };
}

function decoded(text: string): readonly UndoStep[] {
  try {
    const { steps } = decodeRecord(text, version);
    if (!Array.isArray(steps) || !steps.every(isUndoStep)) throw new JournalError("damaged", "fields are missing");
    return steps;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    const code = error.code === "newer" ? "DOCTOR_RECORD_NEWER" : "DOCTOR_RECORD_INVALID";
    throw new KubeadmError(code, `${fixRecordPath} cannot be used: ${error.message}`, {
      cause: error,
      details: { path: fixRecordPath },
    });
  }
}

type Fields = Readonly<Record<string, "string" | "number">>;

const fieldsOf: Readonly<Record<UndoStep["kind"], Fields>> = {
  "stop-service": { service: "string" },
  "disable-service": { service: "string" },
  "mask-service": { service: "string" },
  "set-kernel-parameter": { name: "string", value: "string", written: "string" },
  "turn-swap-on": { device: "string" },
  "remove-directory": { path: "string" },
  "restore-file": { path: "string", written: "string" },
  "restore-mode": { path: "string", content: "string", mode: "number", restricted: "number" },
};

function isUndoStep(step: unknown): step is UndoStep {
  if (!isRecord(step) || typeof step["kind"] !== "string" || !Object.hasOwn(fieldsOf, step["kind"])) return false;
  if (!has(step, fieldsOf[step["kind"] as UndoStep["kind"]]) || !namesWhatFixesChange(step)) return false;
  const { kind, before, priority } = step;
  if (kind === "turn-swap-on") return priority === undefined || typeof priority === "number";
  return kind !== "restore-file" || before === undefined || has(before, { content: "string", mode: "number" });
}

/** Where fixes write files. */
const settingsDirectory = "/etc/sysctl.d";

/** Nothing that a fix could not have changed is taken back, such as a file elsewhere or an option of a program. */
function namesWhatFixesChange({ kind, path, device, service, name }: Readonly<Record<string, unknown>>): boolean {
  if (path !== undefined && !isPlainPath(path)) return false;
  if (device !== undefined && !isPlainPath(device)) return false;
  if (![service, name].every((word) => word === undefined || /^[\w@][\w@.:/-]*$/.test(String(word)))) return false;
  return (kind !== "restore-file" && kind !== "remove-directory") || isWithin(String(path), settingsDirectory);
}

function has(value: unknown, fields: Fields): boolean {
  return isRecord(value) && Object.entries(fields).every(([name, type]) => typeof value[name] === type);
}
