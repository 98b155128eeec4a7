import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { RunResult, Stage } from "../stage/stage.ts";
import type { WorldRecord } from "../world/messages.ts";

/** What one program did with a case, as text; whatever is random in it is replaced. */
export interface Observation {
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
  /** Path → type, mode, owner, and below that the content. */
  readonly files: Readonly<Record<string, string>>;
  /** How systemctl and others were called. */
  readonly calls: readonly string[];
  readonly requests: readonly string[];
  /** Objects of the API server that have changed. */
  readonly objects: Readonly<Record<string, string>>;
  readonly runtimeCalls: readonly string[];
}

interface Seen {
  readonly stage: Stage;
  readonly result: RunResult;
  readonly record: WorldRecord | undefined;
  readonly normalize: (text: string) => string;
}

export function observe({ stage, result, record, normalize }: Seen): Observation {
  const files = stage.directories().flatMap((directory) => entriesOf(stage.root, directory));
  const objects = Object.entries(record?.changes ?? {});
  return {
    status: String(result.status),
    stdout: normalize(result.stdout),
    stderr: normalize(result.stderr),
    files: Object.fromEntries(files.map(([path, text]) => [normalize(path), normalize(text)])),
    calls: stage.calls().map(normalize),
    requests: (record?.requests ?? []).map(normalize),
    objects: Object.fromEntries(
      objects.map(([key, object]) => [
        normalize(key),
        normalize(JSON.stringify(sorted(decodeSecret(object)), undefined, 1)),
      ]),
    ),
    runtimeCalls: (record?.runtimeCalls ?? []).map(normalize),
  };
}

function entriesOf(root: string, path: string): readonly (readonly [string, string])[] {
  const status = lstatSync(join(root, path));
  const head = `${(status.mode & 0o7777).toString(8).padStart(4, "0")} ${status.uid}:${status.gid}`;
  if (status.isDirectory()) {
    const inner = readdirSync(join(root, path)).flatMap((name) => entriesOf(root, `${path}/${name}`));
    return [[`/${path}`, `directory ${head}`], ...inner];
  }
  if (status.isSymbolicLink()) return [[`/${path}`, `link ${readlinkSync(join(root, path))}`]];
  if (!status.isFile()) return [[`/${path}`, "special"]];
  return [[`/${path}`, `file ${head}\n${readFileSync(join(root, path), "utf8")}`]];
}

/** Values of a Secret are random in base64 what they are not in plain text. */
function decodeSecret(object: unknown): unknown {
  if (typeof object !== "object" || object === null || !("kind" in object) || object.kind !== "Secret") return object;
  const data = "data" in object && typeof object.data === "object" ? Object.entries(object.data ?? {}) : [];
  const decoded = data.map(([key, value]) => [
    key,
    isSealed(object) ? "<sealed>" : Buffer.from(String(value), "base64").toString("utf8"),
  ]);
  return { ...object, data: Object.fromEntries(decoded) };
}

/** Certificates that are uploaded for other control planes: encrypted, with another key and nonce each time. */
function isSealed(secret: object): boolean {
  const metadata = "metadata" in secret ? secret.metadata : undefined;
  return typeof metadata === "object" && metadata !== null && "name" in metadata && metadata.name === "kubeadm-certs";
}

/** With the members of all objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
