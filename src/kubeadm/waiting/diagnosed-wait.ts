import { type Attempt, type PollOptions, poll, type Verdict } from "../../async/poll.ts";
import type { NeededAction } from "./persist.ts";

/** Why a wait lasts, as far as it can be seen from here. */
export interface Finding {
  /** One line. */
  readonly reason: string;
  /** Waiting longer is pointless. */
  readonly isFinal: boolean;
  /** What ends it. */
  readonly remedy?: string;
  /** The same with commands, if there are any. */
  readonly needed?: NeededAction;
}

/** What was still missing at the last check. */
export interface Missing {
  readonly reason: string;
  readonly cause?: unknown;
}

export interface EndOfWait<F extends Finding> extends Missing {
  /** The last finding, if there is one. */
  readonly finding: F | undefined;
  /** False if a final finding ended the wait. */
  readonly timedOut: boolean;
}

export interface DiagnosedWait<T, F extends Finding>
  extends Pick<PollOptions<T>, "everyMs" | "deadlineMs" | "clock" | "signal" | "wakeUp"> {
  /** One check. An error that it throws ends the wait. */
  readonly check: (attempt: Attempt, signal: AbortSignal) => Promise<Verdict<T>>;
  /** Finds out why the check fails; undefined if nothing is known. A final finding ends the wait. */
  readonly diagnose: (missing: Missing, attempt: Attempt, signal: AbortSignal) => Promise<F | undefined>;
  /** Looks once more when the time is over, when slow checks and hints count as well. */
  readonly diagnoseAtEnd?: (missing: Missing) => Promise<F | undefined>;
  /** Milliseconds that the wait usually takes, after which it is first diagnosed and reported. */
  readonly diagnoseAfterMs: number;
  /** Milliseconds between two diagnoses. */
  readonly diagnoseEveryMs: number;
  readonly report: (reason: string, attempt: Attempt, needed?: NeededAction) => void;
  /** Returns the error of a wait that has failed. */
  readonly failed: (end: EndOfWait<F>) => Error | Promise<Error>;
}

/**
 * Waits until the check succeeds. If that takes longer than usual, finds out why: the reason is shown meanwhile, ends the
 * wait if it is final, and is in the error.
 */
export async function waitWithDiagnosis<T, F extends Finding>(wait: DiagnosedWait<T, F>): Promise<T> {
  const { check, diagnose, diagnoseAtEnd, diagnoseAfterMs, diagnoseEveryMs, report, failed, ...polling } = wait;
  let finding: F | undefined;
  let diagnosedAtMs = Number.NEGATIVE_INFINITY;
  try {
    return await poll<T>({
      ...polling,
      until: async (attempt, signal) => {
        const verdict = await check(attempt, signal);
        const { elapsedMs } = attempt;
        if (verdict.done || elapsedMs < diagnoseAfterMs || elapsedMs - diagnosedAtMs < diagnoseEveryMs) return verdict;
        diagnosedAtMs = elapsedMs;
        finding = await diagnose(verdict, attempt, signal);
        const { reason, cause } = verdict;
        if (finding?.isFinal === true) throw new Ended({ reason, cause }, { timedOut: false });
        return verdict;
      },
      onWaiting: (reason, attempt) => {
        if (diagnosedAtMs >= 0) report(finding?.reason ?? reason, attempt, neededBy(finding));
      },
      onTimeout: (reason, cause) => new Ended({ reason, cause }, { timedOut: true }),
    });
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    const { missing, timedOut } = error;
    if (timedOut) finding = (await diagnoseAtEnd?.(missing)) ?? finding;
    throw await failed({ ...missing, finding, timedOut });
  }
}

/** Returns what someone has to do while a wait continues. */
export function neededBy(finding: Finding | undefined): NeededAction | undefined {
  return finding?.needed ?? (finding?.remedy === undefined ? undefined : { action: finding.remedy });
}

/** Ends the loop; never thrown outside this module. */
class Ended extends Error {
  readonly missing: Missing;
  readonly timedOut: boolean;

  constructor(missing: Missing, { timedOut }: { readonly timedOut: boolean }) {
    super(missing.reason);
    this.missing = missing;
    this.timedOut = timedOut;
  }
}
