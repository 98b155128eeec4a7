import type { Clock } from "../../async/clock.ts";
import { poll } from "../../async/poll.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { Network, Services } from "../../host/host.ts";
import { healthUrl } from "../kubelet/health-endpoint.ts";
import { progressTeller } from "../waiting/persist.ts";
import { kubeletCondition, kubeletTrouble } from "./kubelet-failure.ts";

export interface HealthPorts {
  readonly network: Network;
  readonly services: Services;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface HealthOptions {
  readonly address: string;
  readonly port: number;
  /** timeouts.kubeletHealthCheck in milliseconds. */
  readonly timeoutMs: number;
}

/** A probe of the loopback interface costs under a millisecond; upstream's step of 500 ms costs 250 on average. */
const firstProbesEveryMs = 20;
const laterProbesEveryMs = 250;
const firstProbesMs = 5_000;
const probeTimeoutMs = 2_000;
/** When a kubelet that does not answer is first looked at, and how often again. */
const troubleAfterMs = 2_000;
const troubleEveryMs = 1_000;

/** Waits until the kubelet's healthz answers 200; ends early when the service manager shows that it never will. */
export async function waitForHealthyKubelet(options: HealthOptions, ports: HealthPorts): Promise<void> {
  const { events, clock, signal } = ports;
  const { timeoutMs } = options;
  if (options.port === 0) return events.emit("kubelet.health.skipped", {});
  const url = healthUrl(options);
  events.emit("kubelet.health.waiting", { url, timeoutMs });
  const started = clock.monotonic();
  const tellProgress = progressTeller({ what: `a healthy kubelet at ${url}`, deadlineMs: timeoutMs, events });
  let lookedAt = 0;
  try {
    await poll<true>({
      until: async ({ elapsedMs }, attemptSignal) => {
        const failure = await probe(url, ports.network, attemptSignal);
        if (failure === undefined) return { done: true, value: true };
        if (elapsedMs < troubleAfterMs || elapsedMs - lookedAt < troubleEveryMs)
          return { done: false, reason: failure };
        lookedAt = elapsedMs;
        const trouble = await kubeletTrouble(ports.services, attemptSignal);
        if (trouble?.error !== undefined) throw unhealthy(trouble.error, url, failure);
        if (trouble !== undefined) return { done: false, reason: trouble.reason };
        const condition = await kubeletCondition(ports.services, attemptSignal);
        return { done: false, reason: condition?.runs === false ? `${failure}; ${condition.summary}` : failure };
      },
      everyMs: ({ elapsedMs }) => (elapsedMs < firstProbesMs ? firstProbesEveryMs : laterProbesEveryMs),
      deadlineMs: timeoutMs,
      clock,
      signal,
      onWaiting: (reason, attempt) => {
        if (attempt.elapsedMs >= troubleAfterMs) tellProgress(reason, attempt);
      },
      onTimeout: (reason) => new KubeadmError("KUBELET_UNHEALTHY", waitingFailed(url, reason)),
    });
  } catch (error) {
    events.emit("kubelet.health.missed", { durationMs: clock.monotonic() - started });
    throw isKubeadmError(error) && error.code === "KUBELET_UNHEALTHY" ? await withCondition(error, ports) : error;
  }
  events.emit("kubelet.health.reached", { durationMs: clock.monotonic() - started });
}

async function probe(url: string, network: Network, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { status } = await network.probe(url, { signal, timeoutMs: probeTimeoutMs });
    return status === 200 ? undefined : `returned status code: ${status}`;
  } catch (error) {
    if (signal.aborted) throw error;
    return `returned error: ${messageOf(error)}`;
  }
}

function waitingFailed(url: string, reason: string): string {
  return `failed while waiting for the kubelet to start: The HTTP call equal to 'curl -sSL ${url}' ${reason}`;
}

/** The same with what the service manager has to say of a kubelet that neither answers nor exits. */
async function withCondition(error: KubeadmError, { services, signal }: HealthPorts): Promise<KubeadmError> {
  const condition = await kubeletCondition(services, signal);
  if (condition === undefined) return new KubeadmError(error.code, error.message, { remedy: withoutServiceManager });
  const { installed, summary, journal } = condition;
  const message = error.message.includes(summary) ? error.message : `${error.message}; ${summary}`;
  return new KubeadmError(installed ? "KUBELET_UNHEALTHY" : "KUBELET_MISSING", message, { details: { journal } });
}

const withoutServiceManager =
  "See that the kubelet runs with what is in /var/lib/kubelet (no service manager was found to start it), and read its log.";

function unhealthy(error: KubeadmError, url: string, failure: string): KubeadmError {
  return new KubeadmError(error.code, `${waitingFailed(url, failure)}: ${error.message}`, {
    details: error.details,
    remedy: error.remedy,
  });
}
