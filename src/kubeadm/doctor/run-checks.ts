import { abortable, throwIfAborted } from "../../async/signal.ts";
import { started } from "../../async/started.ts";
import { ApiStatusError } from "../../cluster/cluster.ts";
import { TransportError } from "../../cluster/transport.ts";
import { ContainerRuntimeError } from "../../cri/container-runtime.ts";
import { printableDecision } from "../../errors/decision.ts";
import { isKubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { foreignLines, foreignText, printableCommands } from "../../errors/printable-text.ts";
import { EtcdError } from "../../etcd/etcd.ts";
import { FileError } from "../../host/file-error.ts";
import { CommandError, NetworkError } from "../../host/host.ts";
import { ServiceError } from "../../host/service-manager.ts";
import { defined } from "../../values/defined.ts";
import { grouped } from "./bounds/limits.ts";
import { causesOf } from "./causes.ts";
import { type CheckOutcome, type DoctorCheck, type DoctorFinding, needsRootFor, skipped, warned } from "./check.ts";
import type { Examination } from "./examination.ts";
import type { CheckResult, CheckState } from "./report.ts";

/** Milliseconds after which a check counts as not finished. */
const deadlineMs = 2_500;
const evidenceLines = 12;
/** Once these are corrected, the next run shows the others. */
const mostFindings = 50;

/** Runs all checks concurrently, each with its own deadline, and returns their results in the order of the list. */
export async function runDoctorChecks(
  checks: readonly DoctorCheck[],
  examination: Examination,
): Promise<readonly CheckResult[]> {
  const results = await Promise.all(
    checks.map(async (check) => resultOf(check, fewOf(check, await outcomeOf(check, examination), examination))),
  );
  const causes = causesOf(checks, results);
  return results.map((result) => ({ ...result, causes: causes(result) }));
}

async function outcomeOf(check: DoctorCheck, examination: Examination): Promise<CheckOutcome> {
  const { clock, signal } = examination;
  const over = new AbortController();
  const own = AbortSignal.any([signal, over.signal]);
  const late = started(
    clock
      .sleep(deadlineMs, own)
      .then(() => warned(`The check did not finish within ${deadlineMs / 1000} s.`, { remedy: lateRemedy })),
  );
  try {
    return await Promise.race([abortable(check.look({ ...examination, signal: own }), own), late]);
  } catch (error) {
    throwIfAborted(signal);
    return outcomeOfError(error);
  } finally {
    over.abort();
  }
}

const lateRemedy = "Something that the check reads does not respond; the findings above may show what.";

const portErrors = [
  ApiStatusError,
  CommandError,
  ContainerRuntimeError,
  EtcdError,
  FileError,
  NetworkError,
  ServiceError,
  TransportError,
] as const;

/** What a check could not read. Anything but an error of a port is a defect of the check, and must not end the others. */
function outcomeOfError(error: unknown): CheckOutcome {
  if (error instanceof FileError && error.code === "permission-denied") return needsRootFor(error.path);
  if (error instanceof FileError && error.code === "too-large") return skipped(`${error.path} is too large to be read`);
  if (error instanceof ContainerRuntimeError && error.code === "permission-denied") {
    return needsRootFor("the container runtime's socket");
  }
  if (error instanceof ContainerRuntimeError && error.code === "too-large") {
    return skipped("the response from the container runtime is too large to be read");
  }
  if (isKubeadmError(error) && error.cause instanceof FileError) return outcomeOfError(error.cause);
  const isOfPort = isKubeadmError(error) || portErrors.some((kind) => error instanceof kind);
  const words = isOfPort ? "This check could not be completed" : "This check failed because of a bug in kubeadm";
  return warned(`${words}: ${messageOf(error)}`);
}

/** Errors come before warnings if there are too many. */
function fewOf({ name }: DoctorCheck, outcome: CheckOutcome, { limits }: Examination): CheckOutcome {
  if (outcome.state !== "found" || outcome.findings.length <= mostFindings) return outcome;
  const { findings } = outcome;
  limits.note(`Shows only ${mostFindings} of the ${grouped(findings.length)} findings of ${name}.`);
  const isError = ({ severity }: DoctorFinding) => severity === "error";
  const ordered = [...findings.filter(isError), ...findings.filter((each) => !isError(each))];
  return { ...outcome, findings: ordered.slice(0, mostFindings) };
}

/** Every text may be foreign: none of them reaches a terminal or a report raw. */
function resultOf({ name, group, title }: DoctorCheck, outcome: CheckOutcome): CheckResult {
  const about = { name, group, title, causes: [] };
  switch (outcome.state) {
    case "ok": {
      const note = outcome.note === undefined ? undefined : foreignText(outcome.note);
      return { ...about, state: "ok", findings: [], ...defined({ note }) };
    }
    case "skipped":
      return { ...about, state: "skipped", note: foreignText(outcome.reason), findings: [] };
    case "found":
      return { ...about, state: worstOf(outcome.findings), findings: outcome.findings.map(printableFinding) };
  }
}

function worstOf(findings: readonly DoctorFinding[]): CheckState {
  return findings.some(({ severity }) => severity === "error") ? "error" : "warning";
}

function printableFinding({
  severity,
  finding,
  evidence,
  remedy,
  commands,
  decision,
  fix,
}: DoctorFinding): DoctorFinding {
  return {
    severity,
    finding: foreignText(finding),
    ...defined({
      evidence: evidence === undefined ? undefined : foreignLines(evidence).slice(-evidenceLines),
      remedy: remedy === undefined ? undefined : foreignText(remedy),
      commands: commands === undefined ? undefined : printableCommands(commands),
      decision: decision === undefined ? undefined : printableDecision(decision),
      fix,
    }),
  };
}
