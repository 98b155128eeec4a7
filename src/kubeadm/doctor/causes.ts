import type { DoctorCheck } from "./check.ts";
import type { CheckResult } from "./report.ts";

/**
 * Returns the names of the checks whose findings are the nearest possible causes of each check's findings. A check that
 * passed or was skipped passes on the causes before it. An error is never a consequence of mere warnings.
 */
export function causesOf(checks: readonly DoctorCheck[], results: readonly CheckResult[]) {
  const resultOf = new Map(results.map((result) => [result.name, result]));
  const checkOf = new Map(checks.map((check) => [check.name, check]));
  const nearest = (name: string, isEnough: (result: CheckResult) => boolean, seen: Set<string>): readonly string[] =>
    (checkOf.get(name)?.after ?? []).flatMap((earlier) => {
      if (seen.has(earlier)) return [];
      seen.add(earlier);
      const result = resultOf.get(earlier);
      if (result !== undefined && isEnough(result)) return [earlier];
      // What was found to be in order cannot pass a fault on; what was not seen can.
      return result === undefined || result.state === "skipped" ? nearest(earlier, isEnough, seen) : [];
    });
  return (result: CheckResult): readonly string[] => {
    if (result.state === "ok" || result.state === "skipped") return [];
    const isEnough = (other: CheckResult) =>
      other.state === "error" || (other.state === "warning" && result.state === "warning");
    return nearest(result.name, isEnough, new Set([result.name]));
  };
}

/**
 * Returns the checks with findings, causes before their consequences: first errors, then warnings, each in the order of
 * the list, and each followed by what it caused.
 */
export function inCausalOrder(results: readonly CheckResult[]): readonly CheckResult[] {
  const ordered: CheckResult[] = [];
  const names = new Set<string>();
  const add = (result: CheckResult) => {
    if (names.has(result.name) || !result.causes.every((cause) => names.has(cause))) return;
    ordered.push(result);
    names.add(result.name);
    for (const other of results) if (other.causes.includes(result.name)) add(other);
  };
  for (const state of ["error", "warning"] as const) {
    for (const result of results) if (result.state === state) add(result);
  }
  return ordered;
}
