import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { goQuote } from "../../../go/quote.ts";

/** One thing that is wrong with one field of a configuration. */
export interface FieldError {
  /** Kubernetes path: `nodeRegistration.kubeletExtraArgs[0].name`. */
  readonly path: string;
  /** The whole text, path included, as upstream words it. */
  readonly message: string;
}

/** `path: Invalid value: "value": reason`; numbers and booleans stand without quotes, as in Kubernetes. */
export function invalidValue(path: string, value: string | number | boolean, reason: string): FieldError {
  const shown = typeof value === "string" ? goQuote(value) : String(value);
  return { path, message: `${path}: Invalid value: ${shown}: ${reason}` };
}

export function requiredValue(path: string, reason: string): FieldError {
  return { path, message: `${path}: Required value: ${reason}` };
}

/** One text for all errors: alone as it is, several as `[a, b]`; equal texts once (Kubernetes' aggregate). */
export function aggregateMessage(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? (unique[0] ?? "") : `[${unique.join(", ")}]`;
}

/** Where the fields of a configuration stand, for messages that name a place. */
export interface FieldLocations {
  /** Name of the file; undefined for values that came from flags or from a library call. */
  readonly file?: string;
  lineOf(path: string): number | undefined;
}

/** The errors of one configuration as the error that the user sees; `details.fields` has them one by one. */
export function invalidConfiguration(errors: readonly FieldError[], locations?: FieldLocations): KubeadmError {
  const fields = errors.map(({ path, message }) => {
    const line = locations?.lineOf(path);
    return line === undefined ? { path, message } : { path, message, line };
  });
  const file = locations?.file;
  const message = aggregateMessage(errors.map((error) => error.message));
  if (file === undefined) return new KubeadmError("CONFIG_INVALID", message, { details: { fields } });
  const places = [...new Set(fields.map(({ path, line }) => `${file}:${line ?? 1} (${path})`))];
  const remedy = `Mend ${places.join(", ")}; \`kubeadm config print init-defaults\` and \`… join-defaults\` show complete files.`;
  return new KubeadmError("CONFIG_INVALID", message, { details: { file, fields }, remedy });
}
