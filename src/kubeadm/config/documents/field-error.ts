import { completeFiles } from "../../../errors/catalogue.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";

/** One error in one field of a configuration. */
export interface FieldError {
  /** Kubernetes path: `nodeRegistration.kubeletExtraArgs[0].name`. */
  readonly path: string;
  /** The whole message, path included, in upstream's words. */
  readonly message: string;
}

/** Returns `path: Invalid value: "value": reason`; numbers and booleans are not quoted, as in Kubernetes. */
export function invalidValue(path: string, value: string | number | boolean, reason: string): FieldError {
  const shown = typeof value === "string" ? goQuote(value) : String(value);
  return { path, message: `${path}: Invalid value: ${shown}: ${reason}` };
}

export function requiredValue(path: string, reason: string): FieldError {
  return { path, message: `${path}: Required value: ${reason}` };
}

/**
 * Returns one message for all errors: a single one unchanged, several as `[a, b]`, duplicates once (as Kubernetes'
 * aggregate).
 */
export function aggregateMessage(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? (unique[0] ?? "") : `[${unique.join(", ")}]`;
}

/** Locations of the fields of a configuration, for messages with file and line. */
export interface FieldLocations {
  /** Name of the file; undefined for values from flags or a library call. */
  readonly file?: string;
  lineOf(path: string): number | undefined;
}

/** A join without a file lacks a flag, or has one that was not copied as a whole. */
const completeJoin =
  "Fix the fields that the message names, or copy a complete join command: `kubeadm token create --print-join-command` on a control plane prints one. `kubeadm config print join-defaults` prints all fields.";

/** Returns the CONFIG_INVALID error for one configuration; `details.fields` lists the single errors. */
export function invalidConfiguration(errors: readonly FieldError[], locations?: FieldLocations): KubeadmError {
  const fields = errors.map(({ path, message }) => {
    const line = locations?.lineOf(path);
    return line === undefined ? { path, message } : { path, message, line };
  });
  const file = locations?.file;
  const message = aggregateMessage(errors.map((error) => error.message));
  if (file === undefined) {
    const paths = errors.map(({ path }) => path);
    const lacksToken = paths.some((path) => path === "discovery" || path.startsWith("discovery.bootstrapToken"));
    const isFile = paths.some((path) => path.startsWith("discovery.file"));
    return new KubeadmError("CONFIG_INVALID", message, {
      details: { fields },
      ...(lacksToken && !isFile && { remedy: completeJoin }),
    });
  }
  const places = [...new Set(fields.map(({ path, line }) => `${file}:${line ?? 1} (${path})`))];
  const remedy = `Fix ${places.join(", ")}; ${completeFiles}`;
  return new KubeadmError("CONFIG_INVALID", message, { details: { file, fields }, remedy });
}
