import type { Clock } from "../../async/clock.ts";
import { type Attempt, quickAtFirst } from "../../async/poll.ts";
import { throwIfAborted } from "../../async/signal.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { TransportError, type TransportErrorCode } from "../../cluster/transport.ts";
import { isKubeadmError, KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { type Network, NetworkError } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { waitWithDiagnosis } from "../waiting/diagnosed-wait.ts";
import { type NeededAction, type ProgressReporter, progressReporter } from "../waiting/persist.ts";
import type { ComponentEndpoint } from "./component-endpoints.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { StaticPodName } from "./write-manifest.ts";

export interface ComponentWaitOptions {
  readonly endpoints: readonly ComponentEndpoint[];
  /** timeouts.controlPlaneComponentHealthCheck in milliseconds. */
  readonly timeoutMs: number;
  /** Milliseconds that the components usually need: the reasons of the wait are not reported before. */
  readonly reportAfterMs?: number;
}

export interface ComponentWaitPorts {
  /** Client of this machine's API server; verifies that it is the cluster's. */
  readonly apiServer: Pick<Cluster, "health">;
  readonly network: Pick<Network, "probe">;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /**
   * Finds out why a component does not respond. `last` means that the wait is over, so that slow checks are allowed too.
   */
  readonly diagnose: (failure: ComponentFailure, look: { readonly last: boolean }) => Promise<Diagnosis | undefined>;
}

/** The failed answer of a health endpoint, or its failure to answer. */
export interface ComponentFailure {
  readonly component: StaticPodName;
  /** In upstream's words after the URL. */
  readonly reason: string;
  /** Names of the failed checks, if the server reports them: "etcd". */
  readonly failedChecks: readonly string[];
  /** The server's certificate shows that it is not the cluster's. */
  readonly isForeign?: boolean;
}

/** Upstream polls every 500 ms; a request to the machine itself takes a few milliseconds. */
const everyMs = quickAtFirst(50, 10_000, 250);
/**
 * Timeout of one probe: an API server without etcd accepts requests and never answers them, and the cause is checked
 * between probes.
 */
const longestLookMs = 5_000;
const shortestLookMs = 1_000;
/** Milliseconds until a component that does not respond is first diagnosed, and between two diagnoses. */
const diagnoseAfterMs = 2_000;
const diagnoseEveryMs = 2_000;
/** A server with a foreign certificate may be about to be replaced; after this time it counts as final. */
const foreignServerMs = 15_000;

/**
 * Waits until every component answers its health check with 200, all concurrently; fails early for one that never will.
 * Throws CONTROL_PLANE_… errors in upstream's words, with the cause that was found.
 */
export async function waitForComponents(options: ComponentWaitOptions, ports: ComponentWaitPorts): Promise<void> {
  const { endpoints, timeoutMs, reportAfterMs } = options;
  const { events, signal } = ports;
  events.emit("control-plane.health.waiting", { timeoutMs });
  for (const { component, url } of endpoints) events.emit("component.health.checking", { component, url });
  const over = new AbortController();
  using progress = progressReporter({
    what: "healthy control plane components",
    deadlineMs: timeoutMs,
    clock: ports.clock,
    events,
    ...defined({ afterMs: reportAfterMs }),
  });
  const report = jointReporter(progress);
  const inTime = AbortSignal.any([signal, over.signal]);
  const ends = await Promise.all(
    endpoints.map((endpoint) =>
      waitForComponent(endpoint, timeoutMs, { ...ports, signal: inTime, report }).then(
        () => undefined,
        (error: unknown) => {
          // An early failure ends all waits: the other components depend on this one.
          if (!(isKubeadmError(error) && error.details["timedOut"] === true)) over.abort(error);
          return error;
        },
      ),
    ),
  );
  throwIfAborted(signal);
  const failures = [...new Set(ends)].filter((end) => end !== undefined);
  if (failures.length > 0) throw together(failures);
}

type ReportProgress = (component: StaticPodName, reason: string, attempt: Attempt, needed?: NeededAction) => void;

async function waitForComponent(
  endpoint: ComponentEndpoint,
  timeoutMs: number,
  ports: ComponentWaitPorts & { readonly report: ReportProgress },
): Promise<void> {
  const { clock, events, signal } = ports;
  const { component } = endpoint;
  const started = clock.monotonic();
  const durationMs = () => clock.monotonic() - started;
  try {
    await waitWithDiagnosis<true, Diagnosis>({
      check: async (attempt, attemptSignal) => {
        const failure = await requestHealth(endpoint, attempt, { ...ports, signal: attemptSignal });
        if (failure === undefined) return { done: true, value: true };
        return { done: false, reason: wordsOf(failure), cause: failure };
      },
      diagnose: async ({ cause }, { elapsedMs }) => {
        const failure = cause as ComponentFailure;
        const found = await ports.diagnose(failure, { last: false });
        const isForeign = failure.isForeign === true && elapsedMs >= foreignServerMs && found?.isFinal !== true;
        return isForeign ? foreignServer(endpoint) : found;
      },
      diagnoseAtEnd: ({ cause }) => ports.diagnose(cause as ComponentFailure, { last: true }),
      diagnoseAfterMs,
      diagnoseEveryMs,
      everyMs,
      deadlineMs: timeoutMs,
      clock,
      signal,
      report: (reason, attempt, needed) => ports.report(component, reason, attempt, needed),
      failed: ({ cause, finding, timedOut }) => unhealthy(endpoint, cause as ComponentFailure, finding, { timedOut }),
    });
  } catch (error) {
    const isOwn = isKubeadmError(error) && error.details["component"] === component;
    if (isOwn || !signal.aborted) events.emit("component.health.missed", { component, durationMs: durationMs() });
    throw error;
  }
  events.emit("component.health.reached", { component, durationMs: durationMs() });
}

async function requestHealth(
  { component, path, url }: ComponentEndpoint,
  { remainingMs }: Attempt,
  { apiServer, network, signal }: ComponentWaitPorts,
): Promise<ComponentFailure | undefined> {
  const options = { signal, timeoutMs: Math.min(Math.max(remainingMs, shortestLookMs), longestLookMs) };
  try {
    const { status, body } = await (component === "kube-apiserver"
      ? apiServer.health(path, options)
      : network.probe(url, options));
    if (status === 200) return undefined;
    return { component, reason: `check failed at ${url} with status: ${status}`, failedChecks: failedChecks(body) };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof TransportError || error instanceof NetworkError)) throw error;
    const isForeign = error instanceof TransportError && foreignCodes.has(error.code);
    return { component, reason: `check failed at ${url}: ${error.message}`, failedChecks: [], isForeign };
  }
}

const foreignCodes: ReadonlySet<TransportErrorCode> = new Set([
  "certificate-untrusted",
  "certificate-expired",
  "certificate-name-mismatch",
  "certificate-unusable",
]);

function foreignServer({ component, url }: ComponentEndpoint): Diagnosis {
  return {
    code: "CONTROL_PLANE_UNHEALTHY",
    reason: `the server at ${url} does not have the certificate of a ${component} of this cluster`,
    remedy: `\`ss -ltnp\` shows which program listens there; compare apiserver.crt with the cluster's CA: \`openssl verify -CAfile ca.crt apiserver.crt\` in the certificates directory.`,
    lines: [],
    isFinal: true,
  };
}

/** Parses the names of failed checks from lines such as `[-]etcd failed: reason withheld`. */
function failedChecks(body: string): readonly string[] {
  return [...body.matchAll(/^\[-\](\S+) failed/gm)].map(([, name = ""]) => name);
}

function unhealthy(
  { component, url }: ComponentEndpoint,
  failure: ComponentFailure,
  diagnosis: Diagnosis | undefined,
  { timedOut }: { readonly timedOut: boolean },
): KubeadmError {
  return new KubeadmError(diagnosis?.code ?? "CONTROL_PLANE_UNHEALTHY", wordsOf(failure), {
    ...(diagnosis === undefined ? {} : { cause: new Error(diagnosis.reason) }),
    ...defined({ remedy: diagnosis?.remedy }),
    details: { component, url, failedChecks: failure.failedChecks, log: diagnosis?.lines ?? [], timedOut },
  });
}

function wordsOf({ component, reason, failedChecks: checks }: ComponentFailure): string {
  return `${component} ${reason}${checks.length === 0 ? "" : ` (failing: ${checks.join(", ")})`}`;
}

/** Returns one error for all failed components, in the order of their dependencies. */
function together(failures: readonly unknown[]): unknown {
  const foreign = failures.find((error) => !isKubeadmError(error));
  if (foreign !== undefined) return foreign;
  const known = failures.filter(isKubeadmError);
  const [first] = known;
  if (first === undefined) return failures[0];
  const messages = [...new Set(known.map(({ message }) => message))];
  const message = messages.length === 1 ? messages.join("") : `[${messages.join(", ")}]`;
  return new KubeadmError(first.code, `failed while waiting for the control plane to start: ${message}`, {
    cause: first.cause,
    details: first.details,
    remedy: first.remedy,
  });
}

/** Reports one line for all components; the API server comes first, because the others need it. */
function jointReporter(report: ProgressReporter): ReportProgress {
  let first: { readonly component: StaticPodName; readonly atMs: number } | undefined;
  return (component, reason, attempt, needed) => {
    // A component that has come up reports nothing more; then the next one may report.
    const isStale = first !== undefined && attempt.elapsedMs - first.atMs > staleAfterMs;
    if (first !== undefined && !isStale && first.component !== component) return;
    first = { component, atMs: attempt.elapsedMs };
    report(reason, attempt, needed);
  };
}

const staleAfterMs = 1_000;
