import { type ErrorCode, errorCatalogue } from "./catalogue.ts";
import { maskLines, maskSecrets, maskValue } from "./mask-secrets.ts";
import { linesText, oneLine } from "./printable-text.ts";

/** Facts in addition to the message, for `-o json` and library users. Never secrets: these values are printed. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** What a KubeadmError has in addition to its code and message. */
export interface KubeadmErrorOptions {
  readonly cause?: unknown;
  readonly details?: ErrorDetails;
  /** A remedy that is more specific than that of the catalogue. */
  readonly remedy?: string;
}

const brand: unique symbol = Symbol.for("kubeadm-ts.KubeadmError") as never;

/**
 * A failure that the user, the machine or the cluster caused. `message` has upstream's wording, which users search for;
 * the code is stable. Any other Error that a command throws is a defect of this program. The constructor takes a message
 * of several lines as a list; it escapes line breaks within a text (printable-text.ts), and masks secrets in all texts.
 */
export class KubeadmError extends Error {
  /** A key of errorCatalogue. */
  readonly code: ErrorCode;
  /** Facts that the message does not state; their names depend on the code. Never secrets. */
  readonly details: ErrorDetails;
  /** What to do about it, in one line. */
  readonly remedy: string;
  readonly [brand] = true;

  constructor(code: ErrorCode, message: string | readonly string[], options: KubeadmErrorOptions = {}) {
    super(
      linesText(typeof message === "string" ? maskSecrets(message) : maskLines(message)),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "KubeadmError";
    this.code = code;
    this.details = maskValue(options.details ?? {});
    this.remedy = oneLine(maskSecrets(options.remedy ?? errorCatalogue[code].remedy));
  }
}

/** Reports whether an error is a KubeadmError, of this copy of the package or of another (where `instanceof` fails). */
export function isKubeadmError(error: unknown): error is KubeadmError {
  return typeof error === "object" && error !== null && brand in error;
}

/**
 * Returns the failure with a context in front of its message, as Go's fmt.Errorf("%w") does: `context: message`. Keeps
 * code, details and remedy; the error itself becomes the cause, with its stack. Any other error is a defect and is
 * returned unchanged.
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

/** Returns the message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
