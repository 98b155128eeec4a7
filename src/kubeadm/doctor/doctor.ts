import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { foreignLines, foreignText } from "../../errors/printable-text.ts";
import { goQuote } from "../../go/quote.ts";
import { readOnlyHost } from "../../host/read-only.ts";
import { defined } from "../../values/defined.ts";
import { openConnections } from "../open-connections.ts";
import { boundedConnections } from "./bounds/bounded-cluster.ts";
import { boundedHost, boundedRuntimes } from "./bounds/bounded-ports.ts";
import { limits } from "./bounds/limits.ts";
import { inCausalOrder } from "./causes.ts";
import { type DoctorCheck, needsRoot } from "./check.ts";
import { doctorChecks } from "./checks.ts";
import { type DoctorPorts, type Examination, examinationOf } from "./examination.ts";
import { membership } from "./facts/membership.ts";
import { nodeName } from "./facts/node-name.ts";
import { apiServer } from "./facts/used-kubeconfig.ts";
import type { CheckResult, DoctorReport } from "./report.ts";
import { runDoctorChecks } from "./run-checks.ts";

export interface DoctorRequest {
  /** Names of the only checks to make; all without it. */
  readonly only?: readonly string[];
}

/**
 * Diagnoses why this node isn't working. Only reads, and ends within seconds in any state of the
 * machine. Throws KubeadmError for a check that does not exist, and if the signal aborts.
 */
export async function examineNode(request: DoctorRequest, ports: DoctorPorts): Promise<DoctorReport> {
  const checks = selected(request.only ?? []);
  const { connectTransport, events } = ports;
  const reached = limits();
  const host = readOnlyHost(boundedHost(ports.host, reached));
  const { clock, machine } = host;
  const opened = openConnections({ connectTransport, environment: machine.environment, events, clock });
  const connections = boundedConnections(opened, reached);
  const connectContainerRuntime = boundedRuntimes(ports.connectContainerRuntime, reached);
  const over = new AbortController();
  const signal = AbortSignal.any([ports.signal, over.signal]);
  try {
    const examination = examinationOf({
      ...ports,
      ...host,
      connections,
      connectContainerRuntime,
      signal,
      limits: reached,
    });
    return await reportOf(await runDoctorChecks(checks, examination), examination);
  } finally {
    // Checks that had no time left may still wait for a program or a server.
    over.abort();
    connections.close();
  }
}

function selected(only: readonly string[]): readonly DoctorCheck[] {
  if (only.length === 0) return doctorChecks;
  const unknown = only.find((name) => !doctorChecks.some((check) => check.name === name));
  if (unknown !== undefined) {
    throw new KubeadmError("USAGE", `there is no check ${goQuote(unknown)}`, {
      remedy: "`kubeadm doctor` without arguments lists the names of all checks.",
    });
  }
  return doctorChecks.filter(({ name }) => only.includes(name));
}

async function reportOf(checks: readonly CheckResult[], examination: Examination): Promise<DoctorReport> {
  const [{ role }, name, server] = await Promise.all([
    examination.once(membership),
    examination.once(nodeName),
    examination.once(apiServer),
  ]);
  const findings = inCausalOrder(checks);
  return {
    nodeName: foreignText(name),
    role,
    ...defined({ server: server === undefined ? undefined : foreignText(server), firstCause: findings[0]?.name }),
    state: checks.some(({ state }) => state === "error") ? "error" : findings.length > 0 ? "warning" : "ok",
    checks,
    findings,
    needsRoot: checks.some(({ note }) => note?.startsWith(needsRoot)),
    limits: foreignLines(examination.limits.sentences),
  };
}
