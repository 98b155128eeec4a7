import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { failing, looping } from "../../../../test/fixtures/kubeadm/doctor/faults.ts";
import { examined, healthyWorker } from "../../../../test/fixtures/kubeadm/doctor/worker.ts";
import type { CheckResult } from "../../../kubeadm/doctor/report.ts";
import { marksOf, reportText } from "./report-text.ts";

it("docs/doctor.md shows what doctor prints about a kubelet that refuses a flag", async () => {
  const page = readFileSync(new URL("../../../../docs/doctor.md", import.meta.url), "utf8");
  const [, shown = "docs/doctor.md has no findings"] = /^```\n(✗ .*?)^```/ms.exec(page) ?? [];
  const worker = await healthyWorker();
  worker.files["/var/lib/kubelet/kubeadm-flags.env"] = 'KUBELET_KUBEADM_ARGS="--frobnicate=1"\n';
  worker.services["kubelet"] = looping(failing("failed to parse kubelet flag: unknown flag: --frobnicate"));
  worker.network.probes = {};
  const text = reportText(await examined(worker), marksOf({ LANG: "C.UTF-8" }));
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
  const text = reportText(named, marksOf({ LANG: "C.UTF-8" }));
  expect(text.split("\n")).toContain(`  ${line}`);
  expect(text.includes(about.title)).toBe(check.state === "ok" && check.note === undefined);
  if (check.state === "error") expect(text).toContain("First cause: some-check: It is broken.");
});
