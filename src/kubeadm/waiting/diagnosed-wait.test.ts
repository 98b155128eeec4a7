import { describe, expect, it } from "vitest";
import { memoryClock } from "../../host/memory/clock.ts";
import { type DiagnosedWait, type EndOfWait, type Finding, waitWithDiagnosis } from "./diagnosed-wait.ts";

const final: Finding = { reason: "it exits", isFinal: true };
const known: Finding = { reason: "it is slow", isFinal: false, remedy: "Wait." };

/** Waits for ten seconds at most, checks every second, and diagnoses after three seconds, then every two. */
function wait({ readyAt = Number.POSITIVE_INFINITY, findings = [] }: { readyAt?: number; findings?: Finding[] }) {
  const clock = memoryClock({ automatic: true });
  const diagnosedAt: number[] = [];
  const reports: string[] = [];
  const ends: EndOfWait<Finding>[] = [];
  const options: DiagnosedWait<string, Finding> = {
    check: async ({ elapsedMs }) =>
      elapsedMs >= readyAt ? { done: true, value: "ready" } : { done: false, reason: "no answer", cause: elapsedMs },
    diagnose: async (_missing, { elapsedMs }) => {
      diagnosedAt.push(elapsedMs);
      return findings[diagnosedAt.length - 1];
    },
    diagnoseAfterMs: 3_000,
    diagnoseEveryMs: 2_000,
    report: (reason, { elapsedMs }, needed) =>
      reports.push(`${elapsedMs} ${reason}${needed === undefined ? "" : ` (${needed.action})`}`),
    failed: (end) => {
      ends.push(end);
      return new Error(end.finding?.reason ?? end.reason);
    },
    everyMs: () => 1_000,
    deadlineMs: 10_000,
    clock,
    signal: new AbortController().signal,
  };
  return { done: waitWithDiagnosis(options), diagnosedAt, reports, ends };
}

describe("a wait", () => {
  it("that ends as soon as usual is neither diagnosed nor reported", async () => {
    const { done, diagnosedAt, reports } = wait({ readyAt: 3_000 });
    expect(await done).toBe("ready");
    expect({ diagnosedAt, reports }).toEqual({ diagnosedAt: [], reports: [] });
  });

  it("that lasts is diagnosed now and then, and reports what was found until the next look", async () => {
    const { done, diagnosedAt, reports } = wait({ readyAt: 6_000, findings: [known] });
    expect(await done).toBe("ready");
    expect(diagnosedAt).toEqual([3_000, 5_000]);
    expect(reports).toEqual(["3000 it is slow (Wait.)", "4000 it is slow (Wait.)", "5000 no answer"]);
  });

  it("ends at a finding that is final, with what was missing then", async () => {
    const { done, ends } = wait({ findings: [known, final] });
    await expect(done).rejects.toThrow("it exits");
    expect(ends).toEqual([{ finding: final, reason: "no answer", cause: 5_000, timedOut: false }]);
  });

  it("that runs out of time fails with the last finding", async () => {
    const { done, ends } = wait({ findings: [known, known, known, known] });
    await expect(done).rejects.toThrow("it is slow");
    expect(ends).toEqual([{ finding: known, reason: "no answer", cause: 10_000, timedOut: true }]);
  });
});
