import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { type Decoding, decode, strictDecodingMessage } from "../../../go/json/decode.ts";
import { JsonError } from "../../../go/json/read-json.ts";
import type { Schema } from "../../../go/json/schema.ts";
import { formatGvkAsGo } from "../../../kubernetes/group-version-kind.ts";
import { counted } from "../../../values/counted.ts";
import type { ConfigurationDocument } from "./configuration-documents.ts";
import { invalidConfiguration } from "./field-error.ts";

/** Maximum of fields in separate warnings: the configuration of a cluster may have any number. */
const mostHints = 50;

export interface DecodingPolicy {
  /** Unknown fields and duplicate keys are errors instead of warnings. */
  readonly isStrict?: boolean;
}

/**
 * Decodes a document as upstream does: unknown fields and duplicate keys are warnings, values of a wrong type are
 * errors. Warnings name file and line, and the field that was probably meant.
 */
export function decodeConfiguration<T>(
  document: ConfigurationDocument,
  schema: Schema<T>,
  events: Events,
  policy: DecodingPolicy = {},
): T | undefined {
  const decoding = decode(document.content, schema);
  const [problem] = decoding.problems;
  const refusal = problem === undefined ? strictDecodingMessage(decoding) : [problem.message];
  if (refusal !== undefined) {
    const [first = "", ...more] = refusal;
    const message = `error unmarshaling configuration ${formatGvkAsGo(document.gvk)}: ${first}`;
    if (policy.isStrict === true) throw strictError([message, ...more], decoding, document);
    events.emit("warning", more.length === 0 ? { message } : { message, more: more.slice(0, mostHints) });
    const all = hints(decoding, document);
    for (const hint of all.slice(0, mostHints)) events.emit("warning", { message: hint });
    if (all.length > mostHints) {
      const rest = counted(all.length - mostHints, "more field is", "more fields are");
      events.emit("warning", { message: `${rest} unknown or duplicate` });
    }
  }
  return resultOf(decodedInTheEnd(document, schema, decoding), document);
}

/** Text that begins like JSON must be JSON, and is decoded as JSON. */
function decodedInTheEnd<T>(document: ConfigurationDocument, schema: Schema<T>, decoding: Decoding<T>): Decoding<T> {
  const { json, locations, linesBefore } = document;
  if (json === undefined) return decoding;
  if (!(json instanceof JsonError)) return decode(json, schema);
  const message = `couldn't get version/kind; json parse error: ${json.message}`;
  const line = linesBefore + json.line;
  const { file } = locations;
  throw new KubeadmError("CONFIG_INVALID", message, {
    cause: json,
    details: file === undefined ? { line } : { file, line },
    remedy: `Fix ${file === undefined ? "line " : `${file}:`}${line}: text that begins with a brace must be one JSON document; separate further documents with a line \`---\`.`,
  });
}

/** Throws the first problem, as Go does; the others are in the details. */
function resultOf<T>(decoding: Decoding<T>, document: ConfigurationDocument): T | undefined {
  const [problem] = decoding.problems;
  if (problem === undefined) return decoding.value;
  const { details, remedy } = invalidConfiguration(decoding.problems, {
    ...document.locations,
    lineOf: (path) => document.linesBefore + (decoding.problems.find((other) => other.path === path)?.line ?? 1),
  });
  throw new KubeadmError("CONFIG_INVALID", problem.message, { details, remedy });
}

function strictError(
  message: readonly string[],
  decoding: Decoding<unknown>,
  document: ConfigurationDocument,
): KubeadmError {
  const { file } = document.locations;
  const fields = [
    ...decoding.problems.map(({ path, line, message: text }) => ({ path, message: text, line })),
    ...decoding.unknownFields.map(({ path, line }) => ({ path, message: `unknown field "${path}"`, line })),
    ...decoding.duplicateKeys.map(({ key, line }) => ({ path: key, message: `key "${key}" is duplicate`, line })),
  ].map((field) => ({ ...field, line: field.line + document.linesBefore }));
  const [hint] = places(decoding, document).map(({ place, meant }) => `${place}${meant}`);
  return new KubeadmError("CONFIG_INVALID", message, {
    details: file === undefined ? { fields } : { file, fields },
    ...(hint === undefined ? {} : { remedy: `Fix the file: ${hint}${hint.endsWith("?") ? "" : "."}` }),
  });
}

/** What becomes of what cannot be used, where the file is read anyway. */
function hints(decoding: Decoding<unknown>, document: ConfigurationDocument): readonly string[] {
  return places(decoding, document).map(({ place, outcome, meant }) => `${place}${outcome}${meant}`);
}

interface Place {
  /** What is wrong, and where. */
  readonly place: string;
  readonly outcome: string;
  /** A name that the author may have meant. */
  readonly meant: string;
}

function places(decoding: Decoding<unknown>, { locations, linesBefore }: ConfigurationDocument): readonly Place[] {
  const at = (line: number) =>
    `${locations.file ?? "line "}${locations.file === undefined ? "" : ":"}${line + linesBefore}`;
  return [
    ...decoding.duplicateKeys.map(({ key, line }) => ({
      place: `${at(line)}: key "${key}" is duplicate`,
      outcome: "; the last one is used",
      meant: "",
    })),
    ...decoding.unknownFields.map(({ path, line, suggestion }) => ({
      place: `${at(line)}: unknown field "${path}"`,
      outcome: " is ignored",
      meant: suggestion === undefined ? "" : `; did you mean "${suggestion}"?`,
    })),
  ];
}
