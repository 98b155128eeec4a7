import type { WritableMap } from "../../../go/yaml/write-yaml.ts";
import type { DoctorFinding } from "../../../kubeadm/doctor/check.ts";
import type { CheckResult, DoctorReport } from "../../../kubeadm/doctor/report.ts";
import { defined } from "../../../values/defined.ts";

/** The report as an object for programs. */
export function reportFields(report: DoctorReport): WritableMap {
  const { nodeName, role, server, state, firstCause, needsRoot, limits, checks, findings } = report;
  return {
    node: { name: nodeName, role, ...defined({ server }) },
    state,
    ...defined({ firstCause }),
    needsRoot,
    ...(limits.length === 0 ? {} : { limits }),
    checks: checks.map(checkFields),
    findingsInCausalOrder: findings.map(({ name }) => name),
  };
}

function checkFields({ name, group, title, state, note, causes, findings }: CheckResult): WritableMap {
  return {
    name,
    group,
    title,
    state,
    ...defined({ note }),
    ...(causes.length === 0 ? {} : { causes }),
    ...(findings.length === 0 ? {} : { findings: findings.map(findingFields) }),
  };
}

function findingFields({ severity, finding, evidence, remedy, commands, decision, fix }: DoctorFinding): WritableMap {
  return { severity, finding, ...defined({ evidence, remedy, commands, decision, fix: fix?.what }) };
}
