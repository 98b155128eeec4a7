import { type ErrorCode, errorCatalogue } from "./catalogue.ts";
import { linesText, oneLine } from "./printable-text.ts";

/** Facts beside the message, for `-o json` and for library users. Never secrets: these values are printed. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface KubeadmErrorOptions {
  readonly cause?: unknown;
  readonly details?: ErrorDetails;
  /** What to do in this very case, where the catalogue's general remedy can be made sharper. */
  readonly remedy?: string;
}

const brand: unique symbol = Symbol.for("kubeadm-ts.KubeadmError") as never;

/**
 * A failure that the user, the machine or the cluster caused. `message` is what upstream's users know and search for;
 * the code is stable. Any other Error that reaches the top is a bug of ours and is reported as one. A message of several
 * lines is given as a list: line breaks within a text are shown as `\n` (printable-text.ts).
 */
export class KubeadmError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly remedy: string;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string | readonly string[], options: KubeadmErrorOptions = {}) {
    super(linesText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "KubeadmError";
    this.code = code;
    this.details = options.details ?? {};
    this.remedy = oneLine(options.remedy ?? errorCatalogue[code].remedy);
  }
}

/** Recognizes errors of another copy of this package too, where `instanceof` would not. */
export function isKubeadmError(error: unknown): error is KubeadmError {
  return typeof error === "object" && error !== null && brand in error;
}

/**
 * The same failure, told from one level further out: `context: message`, as Go's error wrapping words it. Code, details
 * and remedy are kept, and the error itself is the cause, with the stack of where it arose. An error that is not ours is
 * a defect and passes through unchanged.
 */
export function withContext(error: unknown, context: string): unknown {
  if (!isKubeadmError(error)) return error;
  const [first = "", ...more] = error.message.split("\n");
  return new KubeadmError(error.code, [`${context}: ${first}`, ...more], {
    cause: error,
    details: error.details,
    remedy: error.remedy,
  });
}

/** Any thrown value as one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
