import { type Decoding, decode } from "../../go/json/decode.ts";
import { fromJson } from "../../go/yaml/node.ts";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import { coreStruct } from "./pod-schema.ts";

export interface DecodedPod {
  /** As Go writes it: without unknown fields, with quantities in their canonical form. */
  readonly pod: JsonObject;
  /** Paths of the omitted fields: "spec.containers[0].imagePullpolicy". */
  readonly unknown: readonly string[];
}

/** A document that Kubernetes does not accept as a Pod. The message is Go's; `path` names the field if one is wrong. */
export class PodError extends Error {
  override readonly name = "PodError";
  readonly path: string | undefined;

  constructor(message: string, path?: string) {
    super(message);
    this.path = path;
  }
}

/**
 * Decodes a Pod as strictly as the kubelet, which drops a static Pod that it cannot decode and only logs one line.
 * Throws PodError.
 */
export function decodePod(document: JsonObject): DecodedPod {
  checkKind(document);
  const decoding: Decoding<JsonObject> = decode(fromJson(document), coreStruct("v1.Pod"));
  const [problem] = decoding.problems;
  if (problem !== undefined) throw new PodError(problem.message, problem.path);
  return { pod: decoding.value ?? {}, unknown: decoding.unknownFields.map(({ path }) => path) };
}

function checkKind(document: JsonObject): void {
  const apiVersion = typeText(document, "apiVersion");
  const kind = typeText(document, "kind");
  if (kind === "") throw new PodError("Object 'Kind' is missing", "kind");
  if (apiVersion === "") throw new PodError("Object 'apiVersion' is missing", "apiVersion");
  if (apiVersion !== "v1")
    throw new PodError(
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`,
      "apiVersion",
    );
  if (kind !== "Pod") throw new PodError("patched manifest is not a valid Pod object", "kind");
}

function typeText(document: JsonObject, key: "apiVersion" | "kind"): string {
  const value: JsonValue = document[key] ?? "";
  if (typeof value === "string") return value;
  const shown = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  const reason = `json: cannot unmarshal ${shown} into Go struct field .${key} of type string`;
  throw new PodError(`couldn't get version/kind; json parse error: ${reason}`, key);
}
