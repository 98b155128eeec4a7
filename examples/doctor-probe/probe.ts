// `kubeadm doctor` for a monitoring agent: one line of JSON, and an exit status.
import { type DoctorOptions, type DoctorReport, doctor } from "kubeadm-ts";

/** As monitoring plugins count: fine, a warning, an error. */
const exitStatuses = { ok: 0, warning: 1, error: 2 } as const satisfies Record<DoctorReport["state"], number>;

export interface ProbeResult {
  readonly exitStatus: 0 | 1 | 2;
  /** JSON without line breaks. */
  readonly line: string;
}

/** Examines a machine, this one by default. Throws what `doctor` throws. */
export async function probe(options: DoctorOptions = {}): Promise<ProbeResult> {
  const started = performance.now();
  const { nodeName, role, state, firstCause, checks, findings, needsRoot } = await doctor(options);
  const count = (wanted: string) => checks.filter((check) => check.state === wanted).length;
  return {
    exitStatus: exitStatuses[state],
    line: JSON.stringify({
      node: nodeName,
      role,
      state,
      // Absent if nothing was found.
      firstCause,
      checks: { ok: count("ok"), warning: count("warning"), error: count("error"), skipped: count("skipped") },
      findings: findings.flatMap(({ name, findings }) =>
        findings.map(({ severity, finding, remedy }) => ({ check: name, severity, finding, remedy })),
      ),
      // A probe that runs without root has not seen everything.
      needsRoot,
      durationMs: Math.round(performance.now() - started),
    }),
  };
}
