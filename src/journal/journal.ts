import { createHash } from "node:crypto";
import { normalize } from "node:path/posix";
import { isRecord, type JsonValue } from "../values/json.ts";
import { parseJson } from "../values/parse-json.ts";

/** What makes two runs the same run: it decides whether one may continue the other. */
export interface RunIdentity {
  /** "init", "join", "upgrade apply" … */
  readonly command: string;
  readonly role: "worker" | "control-plane";
  readonly nodeName: string;
  /** What the run works towards, for messages: "10.0.0.1:6443"; "" if that is not known. Another endpoint of the same cluster is no difference. */
  readonly target: string;
  /** Dotted path of a field of the effective configuration → digest of its value. Tokens and endpoints are not in it. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** What is at a path. */
export type FileState =
  | { readonly kind: "absent" | "directory" | "other" }
  | { readonly kind: "symlink"; readonly target: string }
  | {
      readonly kind: "file";
      /** SHA-256 of the content, in hex. */
      readonly digest: string;
      /** Permission bits; known only of a file that existed. */
      readonly mode?: number;
      /** Name of the copy of the content in the journal's directory. */
      readonly copy?: string;
    };

/** One path that one phase has changed, or was about to change. */
export interface FileRecord {
  readonly path: string;
  readonly phase: string;
  /** What was there before the first change in this phase. */
  readonly before: FileState;
  /** What the last change in this phase leaves there. */
  readonly after: FileState;
  /** What was there before the last change, if an earlier one of this phase left something else than `before`. */
  readonly between?: FileState;
}

export interface ServiceRecord {
  readonly service: string;
  readonly action: "started" | "stopped" | "restarted";
}

/** An object outside the machine that the run has made, or was about to make. */
export interface MadeObject {
  readonly kind: "CertificateSigningRequest" | "EtcdMember" | "Secret";
  /** Of an etcd member: its peer URL. */
  readonly name: string;
}

export interface PhaseRecord {
  readonly name: string;
  readonly state: "running" | "done" | "failed";
}

/** What a run that changes the machine writes down ahead of each change. Contains no secret. */
export interface Journal {
  readonly version: 1;
  readonly run: RunIdentity;
  /** Name and version of the program. */
  readonly program: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** RFC 3339: the last time that something was written down. */
  readonly updatedAt: string;
  /** SHA-256 of the public key of the cluster's CA, as `sha256:<hex>`. */
  readonly cluster?: string;
  /** In order of their first start. */
  readonly phases: readonly PhaseRecord[];
  /** In order of the changes. */
  readonly files: readonly FileRecord[];
  readonly services: readonly ServiceRecord[];
  readonly objects: readonly MadeObject[];
  /** What the run has read of its cluster, which may not respond when the run continues. */
  readonly remembered?: Readonly<Record<string, JsonValue>>;
  /** The error code of a run that failed; absent while it runs, and if it was killed. */
  readonly failure?: string;
}

const currentVersion = 1;

/** Why the text of a journal, or of another record, cannot be used. */
export class JournalError extends Error {
  readonly code: "damaged" | "newer";

  constructor(code: JournalError["code"], message: string) {
    super(message);
    this.name = "JournalError";
    this.code = code;
  }
}

export function encodeJournal(journal: Journal): string {
  return encodeRecord(journal);
}

/** Throws JournalError "damaged" if the text is not whole, and "newer" if a newer program has written it. */
export function decodeJournal(text: string): Journal {
  const journal = decodeRecord(text, currentVersion);
  if (!isJournal(journal)) throw new JournalError("damaged", "fields are missing");
  return journal;
}

/** Returns the text of a record: JSON, followed by a line with the digest of it, so that a cut-off file is noticed. */
export function encodeRecord(record: { readonly version: number }): string {
  const json = `${JSON.stringify(record, undefined, 2)}\n`;
  return `${json}${digestLine(json)}`;
}

/** Returns the fields of a record of this version or an older one. Throws JournalError. */
export function decodeRecord(text: string, known: number): Readonly<Record<string, unknown>> {
  const end = text.lastIndexOf("\n", text.length - 2) + 1;
  const json = text.slice(0, end);
  if (end === 0 || text.slice(end) !== digestLine(json)) throw new JournalError("damaged", "its digest does not match");
  const record: unknown = parseJson(json);
  if (record === undefined) throw new JournalError("damaged", "it is not JSON");
  if (!isRecord(record) || typeof record["version"] !== "number") {
    throw new JournalError("damaged", "it has no version");
  }
  if (record["version"] > known) {
    throw new JournalError("newer", `its version is ${record["version"]}, and this program knows ${known}`);
  }
  return record;
}

/** SHA-256 in hex. */
export function digestOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Compares what is at a path with what a journal says; modes and copies do not count. */
export function isSameState(left: FileState, right: FileState): boolean {
  if (left.kind === "file") return right.kind === "file" && left.digest === right.digest;
  if (left.kind === "symlink") return right.kind === "symlink" && left.target === right.target;
  return left.kind === right.kind;
}

const phaseStates: ReadonlySet<unknown> = new Set<PhaseRecord["state"]>(["running", "done", "failed"]);
const serviceActions: ReadonlySet<unknown> = new Set<ServiceRecord["action"]>(["started", "stopped", "restarted"]);
const objectKinds: ReadonlySet<unknown> = new Set<MadeObject["kind"]>([
  "CertificateSigningRequest",
  "EtcdMember",
  "Secret",
]);

/** The digest proves that the text is whole; this, that every field is there and of its type. */
function isJournal(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & Journal {
  const { run, program, startedAt, updatedAt, cluster, phases, files, services, objects, remembered, failure } = value;
  return (
    isRecord(run) &&
    hasTexts(run, "command", "nodeName", "target") &&
    (run["role"] === "worker" || run["role"] === "control-plane") &&
    isRecord(run["configuration"]) &&
    Object.values(run["configuration"]).every((each) => typeof each === "string") &&
    typeof program === "string" &&
    isTime(startedAt) &&
    isTime(updatedAt) &&
    isListOf(phases, (each) => hasTexts(each, "name") && phaseStates.has(each["state"])) &&
    isListOf(files, isFileRecord) &&
    isListOf(services, (each) => hasTexts(each, "service") && serviceActions.has(each["action"])) &&
    isListOf(objects, (each) => hasTexts(each, "name") && objectKinds.has(each["kind"])) &&
    [cluster, failure].every((each) => each === undefined || typeof each === "string") &&
    (remembered === undefined || isRecord(remembered))
  );
}

type Fields = Readonly<Record<string, unknown>>;

function isListOf(list: unknown, isItem: (item: Fields) => boolean): boolean {
  return Array.isArray(list) && list.every((each) => isRecord(each) && isItem(each));
}

function hasTexts(value: Fields, ...fields: readonly string[]): boolean {
  return fields.every((field) => typeof value[field] === "string");
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isFileRecord(record: Fields): boolean {
  const { before, after, between } = record;
  const states = between === undefined ? [before, after] : [before, after, between];
  return (
    isPlainPath(record["path"]) &&
    hasTexts(record, "phase") &&
    states.every((state) => isRecord(state) && isFileState(state))
  );
}

function isFileState(state: Fields): boolean {
  const { kind, target, digest, mode, copy } = state;
  switch (kind) {
    case "absent":
    case "directory":
    case "other":
      return true;
    case "symlink":
      return typeof target === "string";
    case "file":
      return (
        typeof digest === "string" &&
        (mode === undefined || (Number.isInteger(mode) && Number(mode) >= 0 && Number(mode) <= 0o7777)) &&
        (copy === undefined || isCopyName(copy))
      );
    default:
      return false;
  }
}

/** A path as this program writes it down: nothing in it leads up. */
export function isPlainPath(path: unknown): path is string {
  return typeof path === "string" && path.startsWith("/") && path.length > 1 && normalize(path) === path;
}

/** The names that `JournalFile.keepCopy` gives: copies are only in its directory. */
function isCopyName(name: unknown): boolean {
  return typeof name === "string" && /^[1-9][0-9]*$/.test(name);
}

function digestLine(json: string): string {
  return `sha256:${digestOf(json)}\n`;
}
