import type { Clock } from "../../async/clock.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { RequestError } from "../../cluster/request-error.ts";
import type { CertificateSigningRequest } from "../../cluster/resources.ts";
import type { ErrorCode } from "../../errors/catalogue.ts";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { Files } from "../../host/host.ts";
import { defined } from "../../values/defined.ts";
import { shell } from "../../values/shell.ts";
import type { KubeletFailure } from "../kubelet/kubelet-failure.ts";
import { nodeUser } from "../kubelet/node-user.ts";
import { type Finding, waitWithDiagnosis } from "../waiting/diagnosed-wait.ts";
import { progressReporter } from "../waiting/persist.ts";
import {
  neededForSignature,
  nodeRequests,
  remedyOfRefusal,
  stateOf,
  waitingReason,
} from "./certificate-request-state.ts";

export interface BootstrapPorts {
  readonly files: Files;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Client with the bootstrap credentials; absent if they no longer exist (the phase runs alone). */
  readonly cluster?: Cluster;
  /** Returns why the kubelet itself fails, if it does. */
  readonly kubeletFailure: (signal: AbortSignal) => Promise<KubeletFailure | undefined>;
}

export interface BootstrapOptions {
  readonly nodeName: string;
  /** Throws while the kubelet's kubeconfig, or a file that it references, is missing or unusable. */
  readonly loadKubeletCredentials: () => Promise<void>;
  /** Names of requests for the node that existed before the kubelet started; the wait ignores their state. */
  readonly earlierRequests: ReadonlySet<string>;
  /** Directories in which the kubelet writes its credentials. */
  readonly directories: readonly string[];
  /** timeouts.tlsBootstrap in milliseconds. */
  readonly timeoutMs: number;
}

/** File events wake the wait; this is how long a missed event can delay it. */
const fallbackEveryMs = 500;
/** A bootstrap takes about 50 ms; only if it takes longer is the API server queried. */
const diagnoseAfterMs = 1_500;
const diagnoseEveryMs = 2_000;

const again = "run the same command again";

interface Diagnosis extends Finding {
  readonly code: ErrorCode;
  readonly csr?: string;
  /** Last lines of the kubelet's journal. */
  readonly journal?: readonly string[];
}

/**
 * Waits until the kubelet has its client certificate. Meanwhile it reads the certificate signing request, so that the
 * user sees whether it was sent, approved, denied, signed, or written.
 */
export async function waitForClientCertificate(options: BootstrapOptions, ports: BootstrapPorts): Promise<void> {
  const { clock, events, signal } = ports;
  events.emit("kubelet.bootstrap.waiting", {});
  using report = progressReporter({
    what: `the kubelet of node ${options.nodeName} to get its client certificate`,
    deadlineMs: options.timeoutMs,
    clock,
    events,
  });
  await waitWithDiagnosis<true, Diagnosis>({
    check: async () => {
      const missing = await attempted(options.loadKubeletCredentials);
      return missing === undefined ? { done: true, value: true } : { done: false, reason: missing };
    },
    diagnose: ({ reason }, _attempt, attemptSignal) => diagnose(options, ports, reason, attemptSignal),
    diagnoseAfterMs,
    diagnoseEveryMs,
    everyMs: () => fallbackEveryMs,
    wakeUp: async (wakeSignal) => {
      await Promise.race(options.directories.map((directory) => ports.files.changed(directory, wakeSignal)));
    },
    deadlineMs: options.timeoutMs,
    clock,
    signal,
    report,
    failed: ({ finding }) => failure(finding ?? { code: "BOOTSTRAP_TIMEOUT", reason: "", isFinal: false }),
  });
}

async function attempted(load: () => Promise<void>): Promise<string | undefined> {
  try {
    await load();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** Returns upstream's message; it mentions the deadline only if the deadline has passed. */
function failure({ code, reason, csr, isFinal, remedy, journal }: Diagnosis): KubeadmError {
  const tail = reason === "" ? "" : `: ${reason}`;
  const deadline = isFinal ? "" : ": context deadline exceeded";
  return new KubeadmError(code, `failed while waiting for TLS bootstrap${deadline}${tail}`, {
    details: {
      reason,
      ...defined({ csr, journal }),
    },
    ...defined({ remedy }),
  });
}

async function diagnose(
  options: BootstrapOptions,
  ports: BootstrapPorts,
  missing: string,
  signal: AbortSignal,
): Promise<Diagnosis> {
  const trouble = await ports.kubeletFailure(signal);
  if (trouble !== undefined) {
    const journal = trouble.error?.details["journal"];
    return {
      code: "KUBELET_CRASH_LOOP",
      reason: trouble.reason,
      isFinal: trouble.error !== undefined,
      ...defined({ remedy: trouble.error?.remedy }),
      ...(Array.isArray(journal) ? { journal: journal.map(String) } : {}),
    };
  }
  if (ports.cluster === undefined) return { code: "BOOTSTRAP_TIMEOUT", reason: missing, isFinal: false };
  try {
    const requests = await nodeRequests(ports.cluster, options.nodeName, { signal });
    const own = requests.filter(({ metadata }) => !options.earlierRequests.has(metadata?.name ?? ""));
    return judge(newest(own), options.nodeName);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    const reason = `${missing}; the certificate signing requests cannot be read: ${error.message}`;
    return { code: "BOOTSTRAP_TIMEOUT", reason, isFinal: false };
  }
}

/**
 * Returns the request that the kubelet waits for. Timestamps are in whole seconds: among the latest, one that is not
 * issued yet wins.
 */
function newest(requests: readonly CertificateSigningRequest[]): CertificateSigningRequest | undefined {
  const created = (request: CertificateSigningRequest) => request.metadata?.creationTimestamp ?? "";
  const last = requests.map(created).toSorted().at(-1);
  const latest = requests.filter((request) => created(request) === last);
  return latest.find((request) => stateOf(request).state !== "issued") ?? latest.at(-1);
}

function judge(request: CertificateSigningRequest | undefined, nodeName: string): Diagnosis {
  if (request === undefined) {
    const reason = `the kubelet has not sent a certificate signing request for ${nodeUser(nodeName)} yet`;
    return { code: "BOOTSTRAP_TIMEOUT", reason, isFinal: false };
  }
  const name = request.metadata?.name ?? "";
  const outcome = stateOf(request);
  switch (outcome.state) {
    case "pending": {
      const remedy = `Approve it with \`${shell`kubectl certificate approve ${name}`}\`, then ${again}; automatic approval needs kube-controller-manager and the ClusterRoleBinding kubeadm:node-autoapprove-bootstrap.`;
      const reason = waitingReason(name, "pending");
      const needed = neededForSignature(name, "pending");
      return { code: "BOOTSTRAP_CSR_PENDING", reason, isFinal: false, csr: name, remedy, needed };
    }
    case "approved":
      return {
        code: "BOOTSTRAP_CSR_NOT_SIGNED",
        reason: waitingReason(name, "approved"),
        isFinal: false,
        csr: name,
        needed: neededForSignature(name, "approved"),
      };
    case "denied":
    case "failed": {
      const reason = `certificate signing request ${name} is ${outcome.state}: ${outcome.reason}`;
      return { code: "BOOTSTRAP_CSR_DENIED", reason, isFinal: true, csr: name, remedy: remedyOfRefusal(name, again) };
    }
    case "issued":
      return {
        code: "BOOTSTRAP_TIMEOUT",
        reason: `certificate signing request ${name} is issued, the kubelet has not written its certificate yet`,
        isFinal: false,
        csr: name,
      };
  }
}
