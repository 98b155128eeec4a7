import { describe, expect, it } from "vitest";
import { memoryClock } from "../../../host/memory/clock.ts";
import type { CheckResult, DoctorReport } from "../../../kubeadm/doctor/report.ts";
import { settled } from "./settled.ts";

const fix = { what: "start the kubelet", steps: [{ kind: "start-service", service: "kubelet" }] } as const;

function result(name: string, state: CheckResult["state"], parts: Partial<CheckResult> = {}): CheckResult {
  const findings = state === "error" ? [{ severity: "error", finding: "Something is wrong." } as const] : [];
  return { name, group: "kubelet", title: "Something holds", state, findings, causes: [], ...parts };
}

const error = (name: string, ...causes: readonly string[]) => result(name, "error", { causes });
const fixable = (name: string) =>
  result(name, "error", { findings: [{ severity: "error", finding: "It is stopped.", fix }] });
const ok = (name: string) => result(name, "ok");

function report(checks: readonly CheckResult[]): DoctorReport {
  const findings = checks.filter(({ state }) => state === "error");
  const state = findings.length > 0 ? "error" : "ok";
  return { nodeName: "w1", role: "worker", state, checks, findings, needsRoot: false, limits: [] };
}

interface Row {
  readonly what: string;
  readonly before: readonly CheckResult[];
  /** The reports after the fixes; the last one stays. */
  readonly after: readonly (readonly CheckResult[])[];
  readonly examinations: number;
  /** How long each takes. */
  readonly examinationMs?: number;
}

const rows: readonly Row[] = [
  {
    what: "a machine that is in order after its fixes is examined once",
    before: [fixable("kubelet-running")],
    after: [[ok("kubelet-running")]],
    examinations: 1,
  },
  {
    what: "a kubelet that has started is awaited until its Node is ready",
    before: [fixable("kubelet-running"), error("node-ready", "kubelet-running")],
    after: [
      [fixable("kubelet-running")],
      [ok("kubelet-running"), error("node-ready")],
      [ok("kubelet-running"), ok("node-ready")],
    ],
    examinations: 3,
  },
  {
    what: "an error that no fix can change is not waited for",
    before: [fixable("kubelet-running"), error("endpoint-name")],
    after: [[ok("kubelet-running"), error("endpoint-name")]],
    examinations: 1,
  },
  {
    what: "nor is what follows from it only",
    before: [fixable("kubelet-running"), error("endpoint-name")],
    after: [
      [
        ok("kubelet-running"),
        error("endpoint-name"),
        error("endpoint-answers", "endpoint-name"),
        error("node-ready", "endpoint-answers"),
      ],
    ],
    examinations: 1,
  },
  {
    what: "what follows from it and from something that was fixed is waited for",
    before: [fixable("kubelet-running"), error("endpoint-name")],
    after: [
      [fixable("kubelet-running"), error("endpoint-name"), error("node-ready", "endpoint-name", "kubelet-running")],
      [ok("kubelet-running"), error("endpoint-name"), error("node-ready", "endpoint-name")],
    ],
    examinations: 2,
  },
  {
    what: "an error that stays has 20 seconds, and is reported then",
    before: [fixable("kubelet-running")],
    after: [[fixable("kubelet-running")]],
    examinations: 20,
  },
  {
    what: "an error that stays is reported as well if examinations are slow",
    before: [fixable("kubelet-running")],
    after: [[fixable("kubelet-running")]],
    examinations: 6,
    examinationMs: 2_500,
  },
];

describe("after a fix", () => {
  it.each(rows)("$what", async ({ before, after, examinations, examinationMs = 0 }) => {
    const { signal } = new AbortController();
    const reports = after.map(report);
    const clock = memoryClock({ automatic: true });
    let count = 0;
    const examine = async () => {
      await clock.sleep(examinationMs, signal);
      return reports[Math.min(count++, reports.length - 1)] ?? report([]);
    };
    const waits: string[] = [];
    const onWaiting = (check: string, atMostMs: number) => waits.push(`${check} ${atMostMs}`);
    const last = await settled(report(before), examine, { clock, signal, onWaiting });
    expect({ last, count }).toEqual({ last: reports.at(-1), count: examinations });
    // What it waits for is told once, and not if nothing has to be waited for.
    expect(waits).toEqual(examinations === 1 ? [] : ["kubelet-running 20000"]);
  });
});
