import type { Clock } from "../../async/clock.ts";
import { quickAtFirst } from "../../async/poll.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { Files, Network } from "../../host/host.ts";
import type { Services } from "../../host/service-manager.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import { type Finding, waitWithDiagnosis } from "../waiting/diagnosed-wait.ts";
import { type NeededAction, progressReporter } from "../waiting/persist.ts";
import { explainUnanswered, type Unanswered, unansweredBy, unhealthyAnswer } from "./explain-unanswered-health.ts";
import { type HealthEndpoint, healthUrl } from "./health-endpoint.ts";
import { kubeletCondition, kubeletFailure } from "./kubelet-failure.ts";

export interface HealthPorts {
  readonly network: Network;
  readonly files: Pick<Files, "readText">;
  readonly services: Services;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface HealthOptions extends HealthEndpoint {
  /** timeouts.kubeletHealthCheck in milliseconds. */
  readonly timeoutMs: number;
}

/** A probe of the loopback interface costs under a millisecond; upstream's step of 500 ms costs 250 on average. */
const everyMs = quickAtFirst(20, 5_000, 250);
const probeTimeoutMs = 2_000;
/** Milliseconds until the service of a kubelet that does not respond is first checked, and between two checks. */
const diagnoseAfterMs = 2_000;
const diagnoseEveryMs = 1_000;

/** Waits until the kubelet's healthz returns 200; fails early if the service manager shows that it never will. */
export async function waitForHealthyKubelet(options: HealthOptions, ports: HealthPorts): Promise<void> {
  const { events, clock, signal } = ports;
  const { timeoutMs } = options;
  if (options.port === 0) return events.emit("kubelet.health.skipped", {});
  const url = healthUrl(options);
  events.emit("kubelet.health.waiting", { url, timeoutMs });
  const started = clock.monotonic();
  using report = progressReporter({
    what: `a healthy kubelet at ${url}`,
    deadlineMs: timeoutMs,
    afterMs: diagnoseAfterMs,
    clock,
    events,
  });
  let unanswered: Unanswered | undefined;
  try {
    await waitWithDiagnosis<true, KubeletFinding>({
      check: async (_attempt, attemptSignal) => {
        unanswered = await probe(url, ports.network, attemptSignal);
        return unanswered === undefined ? { done: true, value: true } : { done: false, reason: unanswered.words };
      },
      diagnose: ({ reason }, _attempt, attemptSignal) => findingOf(reason, ports.services, attemptSignal),
      diagnoseAfterMs,
      diagnoseEveryMs,
      everyMs,
      deadlineMs: timeoutMs,
      clock,
      signal,
      report,
      failed: async ({ reason, finding, timedOut }) => {
        const final = timedOut ? undefined : finding?.error;
        const error =
          final === undefined
            ? new KubeadmError("KUBELET_UNHEALTHY", waitingFailed(url, reason))
            : unhealthy(final, url, reason);
        const isOpen = error.code === "KUBELET_UNHEALTHY";
        return isOpen ? await explained(error, { unanswered, endpoint: options, ports }) : error;
      },
    });
  } catch (error) {
    events.emit("kubelet.health.missed", { durationMs: clock.monotonic() - started });
    throw error;
  }
  events.emit("kubelet.health.reached", { durationMs: clock.monotonic() - started });
}

interface KubeletFinding extends Finding {
  /** Why the kubelet will never respond. */
  readonly error?: KubeadmError;
}

/** Returns what the service manager shows of a kubelet that does not respond for this reason. */
async function findingOf(reason: string, services: Services, signal: AbortSignal): Promise<KubeletFinding | undefined> {
  const failure = await kubeletFailure(services, signal);
  if (failure !== undefined) {
    return { reason: failure.reason, isFinal: failure.error !== undefined, ...defined({ error: failure.error }) };
  }
  const condition = await kubeletCondition(services, signal);
  if (condition === undefined || condition.runs) return undefined;
  const needed = condition.installed ? startOfKubelet : undefined;
  return { reason: `${reason}; ${condition.summary}`, isFinal: false, ...defined({ needed }) };
}

const startOfKubelet: NeededAction = {
  action: "The kubelet's service is not running. Find out why it stopped, and start it:",
  commands: [shell`journalctl -u kubelet -n 50`, shell`systemctl start kubelet`],
};

async function probe(url: string, network: Network, signal: AbortSignal): Promise<Unanswered | undefined> {
  try {
    const { status, body } = await network.probe(url, { signal, timeoutMs: probeTimeoutMs });
    return status === 200 ? undefined : unhealthyAnswer(status, body);
  } catch (error) {
    if (signal.aborted) throw error;
    return unansweredBy(error);
  }
}

function waitingFailed(url: string, reason: string): string {
  return `failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL ${url}' ${reason}`;
}

interface Failed {
  readonly unanswered: Unanswered | undefined;
  readonly endpoint: HealthEndpoint;
  readonly ports: HealthPorts;
}

/**
 * Returns the error with an explanation of the last probe, and with the service manager's state of a kubelet that keeps
 * running.
 */
async function explained(error: KubeadmError, { unanswered, endpoint, ports }: Failed): Promise<KubeadmError> {
  const meaning = unanswered === undefined ? undefined : await explainUnanswered(unanswered, endpoint, ports);
  const remedy = (general: string) => (meaning === undefined ? general : `${meaning} ${general}`);
  const condition = await kubeletCondition(ports.services, ports.signal);
  if (condition === undefined) {
    return new KubeadmError(error.code, error.message, { remedy: remedy(withoutServiceManager) });
  }
  const { installed, summary, journal } = condition;
  const message = error.message.includes(summary) ? error.message : `${error.message}; ${summary}`;
  if (!installed) return new KubeadmError("KUBELET_MISSING", message, { details: { journal } });
  return new KubeadmError("KUBELET_UNHEALTHY", message, { details: { journal }, remedy: remedy(error.remedy) });
}

const withoutServiceManager =
  "Start the kubelet with the files in /var/lib/kubelet (no service manager was found to start it), and read its log.";

function unhealthy(error: KubeadmError, url: string, reason: string): KubeadmError {
  return new KubeadmError(error.code, `${waitingFailed(url, reason)}: ${error.message}`, {
    details: error.details,
    remedy: error.remedy,
  });
}
