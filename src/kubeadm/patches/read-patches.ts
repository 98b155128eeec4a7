import { started } from "../../async/started.ts";
import { KubeadmError, messageOf, withContext } from "../../errors/kubeadm-error.ts";
import { maskSecrets } from "../../errors/mask-secrets.ts";
import { contentLines } from "../../errors/printable-text.ts";
import type { Events } from "../../events/events.ts";
import { goQuote } from "../../go/quote.ts";
import { decodeUtf8 } from "../../go/yaml/decode-utf8.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { SeparatorError, splitDocuments, type YamlDocument } from "../../go/yaml/split-documents.ts";
import { YamlError } from "../../go/yaml/yaml-error.ts";
import { FileError } from "../../host/file-error.ts";
import type { Files } from "../../host/host.ts";
import { type PathBase, pathFrom } from "../../host/path-from.ts";
import type { JsonValue } from "../../values/json.ts";

/** Patch targets, in the order of upstream's messages. */
export const patchTargets = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubeletconfiguration",
  "corednsdeployment",
  "kubeproxydaemonset",
] as const;

export type PatchTarget = (typeof patchTargets)[number];
export type PatchKind = "json" | "merge" | "strategic";

/** One document of a patch file. */
export interface Patch {
  readonly target: PatchTarget;
  readonly kind: PatchKind;
  /** Path of the file. */
  readonly path: string;
  readonly content: JsonValue;
}

const kinds = "[json merge strategic]";
const targetForm = new RegExp(`^(${patchTargets.join("|")})([^.+\\n]*)?(\\+)?(json|merge|strategic)?`);
const extensionForm = /.+\.(json|yaml)$/;

/** Generous for a file that is written manually. */
const maxBytes = 3 * 1024 * 1024;

export type Patches = readonly Patch[];

export interface PatchPorts {
  readonly files: Pick<Files, "list" | "read" | "status">;
  readonly events: Events;
  /** The base of a relative directory; `/` by default. */
  readonly workingDirectory?: PathBase;
  /** Patches by directory, so that each directory is read and reported once for all targets. */
  readonly memo?: Map<string, Promise<Patches>>;
}

/**
 * Reads the patches of a directory and its subdirectories, in lexical order of their paths. File names have the form
 * `target[suffix][+patchtype].extension`; other files, and empty ones, are reported and ignored. Documents with only
 * comments are skipped.
 */
export function readPatches(directory: string, ports: PatchPorts): Promise<Patches> {
  const known = ports.memo?.get(directory);
  if (known !== undefined) return known;
  const reading = started(readAndReport(directory, ports));
  ports.memo?.set(directory, reading);
  return reading;
}

async function readAndReport(directory: string, ports: PatchPorts): Promise<Patches> {
  ports.events.emit("patches.reading", { directory });
  try {
    return await readDirectory(directory, ports);
  } catch (error) {
    throw withContext(patchInvalid(error), `could not list patch files for path ${goQuote(directory)}`);
  }
}

/** Turns an error of the file system into PATCH_INVALID. */
function patchInvalid(error: unknown, context?: string): unknown {
  if (!(error instanceof FileError)) return error;
  const message = context === undefined ? error.message : `${context}: ${error.message}`;
  return new KubeadmError("PATCH_INVALID", message, {
    cause: error,
    details: { path: error.path },
    remedy: `Make ${error.path} readable, or set another directory with --patches.`,
  });
}

async function readDirectory(directory: string, ports: PatchPorts): Promise<Patches> {
  const absolute = pathFrom(ports.workingDirectory ?? "/", directory);
  const status = await ports.files.status(absolute);
  const remedy = "Set an existing directory with --patches.";
  if (status === undefined) throw invalid(`lstat ${directory}: no such file or directory`, directory, remedy);
  // Upstream does not follow the path: a symlink to a directory is refused.
  if (status.kind !== "directory") throw invalid(`${directory}: not a directory`, directory, remedy);
  const found: string[] = [];
  const ignored: string[] = [];
  const patches: Patch[] = [];
  for (const path of await filesBelow(absolute, ports)) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const read = await readPatchFile(path, name, ports);
    (read === undefined ? ignored : found).push(name);
    patches.push(...(read ?? []));
  }
  if (found.length > 0) ports.events.emit("patches.found", { files: found });
  if (ignored.length > 0) ports.events.emit("patches.ignored", { files: ignored });
  return patches;
}

async function filesBelow(directory: string, ports: PatchPorts): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const name of await ports.files.list(directory)) {
    const path = `${directory.replace(/\/+$/, "")}/${name}`;
    const kind = (await ports.files.status(path))?.kind;
    if (kind === "directory") paths.push(...(await filesBelow(path, ports)));
    else paths.push(path);
  }
  return paths;
}

/** Reads a patch file; undefined if it is ignored. */
async function readPatchFile(path: string, name: string, ports: PatchPorts): Promise<readonly Patch[] | undefined> {
  const ignore = (reason: string) => {
    ports.events.emit("patches.file.ignored", { path: name, reason });
    return undefined;
  };
  if (!extensionForm.test(name)) return ignore("the file extension must be one of [json yaml]");
  const [, target, , plus, kind] = targetForm.exec(name) ?? [];
  if (!isTarget(target)) return ignore(`unknown target, must be one of [${patchTargets.join(" ")}]`);
  if (plus !== undefined && kind === undefined) {
    const problem = `unknown or missing patch type after '+', must be one of ${kinds}`;
    throw invalid(problem, path, `Rename ${path}: ${target}[suffix]+json.yaml, +merge.yaml or +strategic.yaml.`);
  }
  const bytes = await ports.files.read(path, { maxBytes }).catch((error: unknown) => {
    throw patchInvalid(error, `could not read the file ${goQuote(path)}`);
  });
  const text = textOf(bytes, path);
  if (text === "") return ignore("empty");
  return documentsOf(text, path)
    .map((document) => ({ target, kind: (kind ?? "strategic") as PatchKind, path, content: parse(document, path) }))
    .filter(({ content }) => content !== null);
}

function isTarget(name: string | undefined): name is PatchTarget {
  return (patchTargets as readonly (string | undefined)[]).includes(name);
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw invalid(`could not convert patch to JSON: ${error.message}`, path, `Fix ${path} near line ${error.line}.`);
  }
}

function documentsOf(text: string, path: string): readonly YamlDocument[] {
  try {
    return splitDocuments(text);
  } catch (error) {
    if (!(error instanceof SeparatorError)) throw error;
    throw invalid(
      ["could not split patches for data:", ...contentLines(maskSecrets(text)), `: ${messageOf(error)}`],
      path,
    );
  }
}

function parse({ text, linesBefore }: YamlDocument, path: string): JsonValue {
  try {
    return toJson(readYaml(text));
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const problem = [
      "could not convert patch to JSON:",
      ...contentLines(maskSecrets(text.trim())),
      `: ${messageOf(error)}`,
    ];
    throw invalid(problem, path, `Fix ${path} near line ${linesBefore + error.line}.`);
  }
}

function invalid(message: string | readonly string[], path: string, remedy = `Fix ${path}.`): KubeadmError {
  return new KubeadmError("PATCH_INVALID", message, { details: { path }, remedy });
}
