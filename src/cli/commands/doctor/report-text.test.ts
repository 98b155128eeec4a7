import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { failing, looping } from "../../../../test/fixtures/kubeadm/doctor/faults.ts";
import { examined, healthyWorker } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import type { CheckResult } from "../../../kubeadm/doctor/report.ts";
import { marksOf, reportLines, reportText } from "./report-text.ts";

const style = { marks: marksOf({ LANG: "C.UTF-8" }), offersFix: true };

it("docs/doctor.md shows what doctor prints about a kubelet that refuses a flag", async () => {
  const page = readFileSync(new URL("../../../../docs/doctor.md", import.meta.url), "utf8");
  const [, shown = "docs/doctor.md has no findings"] = /^```\n(✗ .*?)^```/ms.exec(page) ?? [];
  const worker = await healthyWorker();
  worker.files["/var/lib/kubelet/kubeadm-flags.env"] = 'KUBELET_KUBEADM_ARGS="--frobnicate=1"\n';
  worker.services["kubelet"] = looping(failing("failed to parse kubelet flag: unknown flag: --frobnicate"));
  worker.network.probes = {};
  const text = reportText(await examined(worker), style);
  expect(text.slice(text.indexOf("\n✗ ") + 1)).toBe(shown);
});

const about = { name: "some-check", group: "machine", title: "All is as it should be", causes: [] } as const;
const warning = { severity: "warning", finding: "It may break." } as const;
const error = { severity: "error", finding: "It is broken." } as const;

it.each<[string, CheckResult, string]>([
  [
    "its title if it passed",
    { ...about, state: "ok", findings: [] },
    "✓ some-check                 All is as it should be",
  ],
  ["what it noted", { ...about, state: "ok", note: "3 of 3", findings: [] }, "✓ some-check                 3 of 3"],
  [
    "why it was skipped",
    { ...about, state: "skipped", note: "no cluster", findings: [] },
    "- some-check                 skipped: no cluster",
  ],
  ["a warning", { ...about, state: "warning", findings: [warning] }, "! some-check                 It may break."],
  [
    "the error, though a warning was found first",
    { ...about, state: "error", findings: [warning, error] },
    "✗ some-check                 It is broken. (and 1 more)",
  ],
])("the line of a check says %s", (_what, check, line) => {
  const findings = check.findings.length === 0 ? [] : [check];
  const state = check.state === "skipped" ? "ok" : check.state;
  const report = {
    nodeName: "n",
    role: "worker",
    state,
    checks: [check],
    findings,
    needsRoot: false,
    limits: [],
  } as const;
  const named = findings.length === 0 ? report : { ...report, firstCause: check.name };
  const text = reportText(named, style);
  expect(text.split("\n")).toContain(`  ${line}`);
  expect(text.includes(about.title)).toBe(check.state === "ok" && check.note === undefined);
  if (check.state === "error") expect(text).toContain("First cause: some-check: It is broken.");
});

const stopped = {
  severity: "error",
  finding: "It is stopped.",
  fix: { what: "start it", steps: [{ kind: "start-service", service: "kubelet" }] },
} as const;

/** A report of checks that found these, in this order. */
function reportOf(...checks: readonly CheckResult[]) {
  const findings = checks.filter(({ state }) => state === "error");
  return { nodeName: "n", role: "worker", state: "error", checks, findings, needsRoot: false, limits: [] } as const;
}

it.each<[string, readonly CheckResult[], string | undefined]>([
  [
    "names what --fix can fix",
    [
      { ...about, name: "a", state: "error", findings: [stopped] },
      { ...about, name: "b", state: "error", findings: [error] },
      { ...about, name: "c", state: "error", findings: [error, stopped] },
    ],
    "`kubeadm doctor --fix` can fix a, c.",
  ],
  ["offers no fix of a consequence", [{ ...about, state: "error", findings: [stopped], causes: ["a"] }], undefined],
  ["offers none if there is none", [{ ...about, state: "error", findings: [error] }], undefined],
])("the last line %s", (_what, checks, line) => {
  const report = reportOf(...checks);
  expect(reportText(report, style).match(/^.*--fix.*$/m)?.[0]).toBe(line);
  expect(reportText(report, { ...style, offersFix: false })).not.toContain("--fix");
  if (line !== undefined) expect(reportText(report, style).endsWith(`\n${line}\n`)).toBe(true);
});

it("marks have the colors of systemctl, and nothing else has any", () => {
  const states = { ok: [], warning: [warning], error: [error], skipped: [] } as const;
  const checks = Object.entries(states).map(([state, findings]) => {
    return { ...about, state, findings, note: "n" } as CheckResult;
  });
  const painted = reportLines(reportOf(...checks), style).flat();
  const colored = painted.flatMap(({ color, text }) => (color === undefined ? [] : [`${color} ${text}`]));
  expect(colored).toEqual(["green ✓", "yellow !", "red ✗", "red ✗"]);
});
