import { throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { PortError } from "../../errors/port-error.ts";
import type { Finding } from "../../events/event.ts";
import type { Events } from "../../events/events.ts";
import { defined } from "../../values/defined.ts";
import { type Check, type CheckResult, type PreflightPorts, type Problem, passed, problem } from "./check.ts";

export interface RunChecksOptions {
  /** Names of checks whose errors become warnings, case-insensitive; "all" means every check. */
  readonly ignore: ReadonlySet<string>;
  /** Reports whether a check, by its name, has passed before it runs: an interrupted run has taken what it looks for. */
  readonly satisfied?: (check: string) => boolean;
  /** Runs each check when the one before has ended: in a dry run they show their requests, in a fixed order. */
  readonly inTurn?: boolean;
  readonly ports: PreflightPorts;
  readonly events: Events;
  readonly signal: AbortSignal;
}

/**
 * Runs checks concurrently and reports each in the order of the list, as soon as it and all before it are done. Throws
 * PREFLIGHT_FAILED if errors remain at the end.
 */
export async function runChecks(checks: readonly Check[], options: RunChecksOptions): Promise<void> {
  const { events, ports } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const ignored = lowerCased(options.ignore);
  let before: Promise<unknown> | undefined;
  const running = checks.map((check) => {
    if (options.satisfied?.(check.name) === true) return { check, result: { ...passed, durationMs: 0 } };
    const result = started(
      before === undefined ? timedCheck(check, ports, signal) : before.then(() => timedCheck(check, ports, signal)),
    );
    if (options.inTurn === true) before = result;
    return { check, result };
  });
  const errors: Finding[] = [];
  try {
    for (const { check, result } of running) {
      const { problems, report, durationMs } = await result;
      const isIgnored = ignored.has("all") || ignored.has(check.name.toLowerCase());
      const { warnings, failures } = sorted(check, problems, errors);
      // Upstream prints the report even if the check's errors are ignored.
      if (failures.length > 0 && report !== undefined) events.emit("preflight.system-report", { lines: report });
      for (const finding of warnings) events.emit("check.warned", { ...finding, ignored: false });
      if (isIgnored) for (const finding of failures) events.emit("check.warned", { ...finding, ignored: true });
      else errors.push(...failures);
      if (problems.length === 0) events.emit("check.passed", { check: check.name, durationMs });
    }
  } finally {
    stop.abort();
    await Promise.allSettled(running.map(({ result }) => result));
  }
  if (errors.length === 0) return;
  events.emit("preflight.failed", { findings: errors });
  throw new KubeadmError("PREFLIGHT_FAILED", "preflight checks failed", { details: { findings: errors } });
}

function lowerCased(names: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].map((name) => name.toLowerCase()));
}

async function timedCheck(
  check: Check,
  ports: PreflightPorts,
  signal: AbortSignal,
): Promise<CheckResult & { readonly durationMs: number }> {
  const started = ports.clock.monotonic();
  const result = await runCheck(check, ports, signal);
  return { ...result, durationMs: ports.clock.monotonic() - started };
}

/** Runs one check. An unexpected failure of a port is a finding about the machine, not a bug. */
async function runCheck(check: Check, ports: PreflightPorts, signal: AbortSignal): Promise<CheckResult> {
  try {
    return await check.run(ports, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (error instanceof PortError) return problem(error.message);
    throw error;
  }
}

function sorted(check: Check, problems: readonly Problem[], earlier: readonly Finding[]) {
  const warnings: Finding[] = [];
  const failures: Finding[] = [];
  for (const each of problems) {
    const finding = findingOf(check.name, each, earlier);
    ((each.severity ?? check.severity) === "error" ? failures : warnings).push(finding);
  }
  return { warnings, failures };
}

function findingOf(
  check: string,
  { message, suggestion, remedy, followsFrom }: Problem,
  earlier: readonly Finding[],
): Finding {
  const isConsequence = followsFrom !== undefined && earlier.some((finding) => finding.check === followsFrom);
  const advice = isConsequence ? `Caused by [ERROR ${followsFrom}] above.` : remedy;
  return { check, message, ...defined({ suggestion, remedy: advice }) };
}
