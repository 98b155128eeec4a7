import { type PollOptions, poll } from "../../../async/poll.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { CheckResult, DoctorReport } from "../../../kubeadm/doctor/report.ts";

/** The time that a kubelet takes to start and to report its Node. */
const settlingMs = 20_000;
const pauseMs = 1_000;

/**
 * Examines the machine after its fixes, repeatedly until no error is left that they can end, or until what was
 * started had its time. `before` is the report that the fixes were made for.
 */
export async function settled(
  before: DoctorReport,
  examine: () => Promise<DoctorReport>,
  {
    clock,
    signal,
    onWaiting,
  }: Pick<PollOptions<never>, "clock" | "signal"> & {
    /** Called once if it takes time: with a check that has to pass, and the most milliseconds. */
    readonly onWaiting: (check: string, atMostMs: number) => void;
  },
): Promise<DoctorReport> {
  const lasting = new Set(before.checks.filter(isLasting).map(({ name }) => name));
  const started = clock.monotonic();
  return poll({
    until: async () => {
      const report = await examine();
      const elapsedMs = clock.monotonic() - started;
      const first = report.checks.find((result) => result.state === "error" && !lasts(result, lasting, report));
      // The last report is the answer, and not a failure of the wait.
      if (first === undefined || elapsedMs >= settlingMs - pauseMs) return { done: true, value: report };
      return { done: false, reason: first.name };
    },
    everyMs: () => pauseMs,
    onWaiting: (check, { number }) => {
      if (number === 1) onWaiting(check, settlingMs);
    },
    deadlineMs: settlingMs,
    clock,
    signal,
    onTimeout: (reason) => new KubeadmError("DOCTOR_FIX_FAILED", `this machine is still not healthy: ${reason}`),
  });
}

/** An error that no fix of doctor changes. */
function isLasting({ state, causes, findings }: CheckResult): boolean {
  return state === "error" && causes.length === 0 && findings.every(({ fix }) => fix === undefined);
}

/** Reports whether the error is one that lasts, or follows from such errors only. */
function lasts({ name, causes }: CheckResult, lasting: ReadonlySet<string>, report: DoctorReport): boolean {
  if (lasting.has(name)) return true;
  const found = report.checks.filter((each) => causes.includes(each.name));
  return found.length > 0 && found.every((cause) => lasts(cause, lasting, report));
}
