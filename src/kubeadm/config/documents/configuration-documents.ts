import { completeFiles } from "../../../errors/catalogue.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { JsonError, looksLikeJson, readJson } from "../../../go/json/read-json.ts";
import { decodeUtf8 } from "../../../go/yaml/decode-utf8.ts";
import { entryOf, lineOf, type YamlNode } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { SeparatorError, splitDocuments, type YamlDocument } from "../../../go/yaml/split-documents.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import { formatGvk, type GroupVersionKind } from "../../../kubernetes/group-version-kind.ts";
import { defined } from "../../../values/defined.ts";
import { aggregateMessage, type FieldLocations } from "./field-error.ts";

/** One document of a configuration file. */
export interface ConfigurationDocument {
  readonly gvk: GroupVersionKind;
  readonly content: YamlNode;
  /**
   * The document as JSON, if its text begins like JSON; this is what is decoded. Upstream first reads JSON as YAML, and
   * only then as strict JSON.
   */
  readonly json?: YamlNode | JsonError;
  readonly locations: FieldLocations & { lineOf(path: string): number };
  /** Lines of the file before the document. */
  readonly linesBefore: number;
}

/**
 * Splits a configuration file into its documents (YAML or JSON, separated by `---`). Each must have apiVersion and
 * kind, and no kind may occur twice. `file` is for messages.
 */
export function configurationDocuments(text: string, file?: string): readonly ConfigurationDocument[] {
  const documents = splitFile(text, file).map((document) => readDocument(document, file));
  const seen = new Set<string>();
  const problems: { readonly message: string; readonly line: number }[] = [];
  for (const { gvk, linesBefore } of documents) {
    const line = linesBefore + 1;
    if (gvk.group === "" || gvk.version === "" || gvk.kind === "") {
      const what = "kind and apiVersion is mandatory information that must be specified";
      problems.push({ message: `invalid configuration for GroupVersionKind ${formatGvk(gvk)}: ${what}`, line });
    } else if (seen.has(gvk.kind)) {
      problems.push({ message: `invalid configuration: kind "${gvk.kind}" is specified twice in YAML file`, line });
    }
    seen.add(gvk.kind);
  }
  const [first] = problems;
  if (first !== undefined)
    throw invalidFile(aggregateMessage(problems.map(({ message }) => message)), file, first.line);
  return documents;
}

/** Returns the text of a configuration file; throws if it is not UTF-8. */
export function configurationText(bytes: Uint8Array, file: string): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw invalidFile(`${unmarshalError}: error converting YAML to JSON: ${error.message}`, file, error.line);
  }
}

function splitFile(text: string, file: string | undefined): readonly YamlDocument[] {
  try {
    return splitDocuments(text);
  } catch (error) {
    if (error instanceof SeparatorError) throw invalidFile(error.message, file, error.line);
    throw error;
  }
}

function readDocument(document: YamlDocument, file: string | undefined): ConfigurationDocument {
  const { text, linesBefore, followsSeparator } = document;
  const content = parseDocument(text, linesBefore, file);
  const locations = {
    ...defined({ file }),
    lineOf: (path: string) => linesBefore + lineOf(content, path),
  };
  const typeText = (key: "apiVersion" | "kind") => {
    const value = entryOf(content, key);
    if (value === undefined || (value.kind === "scalar" && value.value === null)) return "";
    // A number or a boolean is accepted as a string, as in sigs.k8s.io/yaml.
    if (value.kind === "scalar" && value.value !== null) return String(value.value);
    const message = `${unmarshalError}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(value)} into Go struct field TypeMeta.${key} of type string`;
    throw invalidFile(message, file, locations.lineOf(key));
  };
  if (content.kind === "list" || (content.kind === "scalar" && content.value !== null)) {
    const message = `${unmarshalError}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(content)} into Go value of type runtime.TypeMeta`;
    throw invalidFile(message, file, linesBefore + content.line);
  }
  const gvk = {
    ...groupAndVersion(typeText("apiVersion"), file, locations.lineOf("apiVersion")),
    kind: typeText("kind"),
  };
  const json = looksLikeJson(text) && !followsSeparator ? parseJson(text) : undefined;
  return { gvk, content, locations, linesBefore, ...defined({ json }) };
}

function parseJson(text: string): YamlNode | JsonError {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

const unmarshalError = "could not interpret GroupVersionKind; unmarshal error";

function goKind(node: YamlNode): string {
  if (node.kind === "map") return "object";
  if (node.kind === "list") return "array";
  return typeof node.value === "boolean" ? "bool" : typeof node.value;
}

function parseDocument(text: string, linesBefore: number, file: string | undefined): YamlNode {
  try {
    const content = readYaml(text);
    requireJsonValues(content);
    return content;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    const message = `${unmarshalError}: error converting YAML to JSON: ${error.message}`;
    throw invalidFile(message, file, linesBefore + error.line);
  }
}

/** YAML has numbers that JSON lacks; Kubernetes converts all YAML to JSON first. */
function requireJsonValues(node: YamlNode): void {
  if (node.kind === "list") node.items.forEach(requireJsonValues);
  else if (node.kind === "map") for (const { value } of node.entries) requireJsonValues(value);
  else if (typeof node.value === "number" && !Number.isFinite(node.value)) {
    const shown = Number.isNaN(node.value) ? "NaN" : node.value > 0 ? "+Inf" : "-Inf";
    throw new YamlError(`json: unsupported value: ${shown}`, node.line);
  }
}

function groupAndVersion(apiVersion: string, file: string | undefined, line: number) {
  const [first = "", second, ...more] = apiVersion.split("/");
  if (more.length > 0) throw invalidFile(`unexpected GroupVersion string: ${apiVersion}`, file, line);
  return second === undefined ? { group: "", version: first } : { group: first, version: second };
}

function invalidFile(message: string, file: string | undefined, line: number): KubeadmError {
  if (file === undefined) return new KubeadmError("CONFIG_INVALID", message, { details: { line } });
  const remedy = `See ${file}:${line}; ${completeFiles}`;
  return new KubeadmError("CONFIG_INVALID", message, { details: { file, line }, remedy });
}
