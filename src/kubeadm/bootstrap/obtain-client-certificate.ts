import type { Cluster } from "../../cluster/cluster.ts";
import { RequestError } from "../../cluster/request-error.ts";
import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  selfSubjectAccessReviews,
} from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import type { Events } from "../../events/events.ts";
import { formatDuration } from "../../go/duration.ts";
import { certificatesIn, encodeCertificates, hasKey } from "../../pki/certificate.ts";
import { requestClientCertificate } from "../../pki/certificate-request.ts";
import { nodeUser } from "../kubelet/node-user.ts";
import { kubeletClientSigner, remedyOfRefusal, stateOf, waitingReason } from "./certificate-request-state.ts";

export interface ClientCertificate {
  /** PEM chain, leaf first. */
  readonly certificate: string;
  readonly privateKey: Secret;
  /** Undefined if it was signed on this machine. */
  readonly requestName?: string;
}

export interface ObtainOptions {
  readonly nodeName: string;
  /** Client with the bootstrap credentials. */
  readonly cluster: Cluster;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for the signature; it takes about 30 if the controller manager is running. */
  readonly patienceMs: number;
  /** Signs on this machine, as the cluster would; the request is not sent then. */
  readonly sign?: (request: string) => string;
}

/**
 * Requests the kubelet's first client certificate on its behalf, so that the kubelet starts with it and answers its
 * health check earlier (docs/adr/0006). Only if the cluster approves automatically: a SelfSubjectAccessReview asks
 * whether the identity may create `certificatesigningrequests/nodeclient`, which is what the approver checks. Returns
 * undefined if not, or if no signature comes in time: the kubelet then bootstraps on its own, as upstream's does.
 */
export async function obtainClientCertificate(options: ObtainOptions): Promise<ClientCertificate | undefined> {
  const { cluster, signal, events, patienceMs } = options;
  const patience = AbortSignal.timeout(patienceMs);
  const either = AbortSignal.any([signal, patience]);
  try {
    const [allowed, { request, privateKey }] = await Promise.all([
      isApprovedAutomatically(cluster, either),
      requestClientCertificate({ organizations: ["system:nodes"], commonName: nodeUser(options.nodeName) }),
    ]);
    if (!allowed) return leaveToKubelet(events, "the cluster does not approve such requests automatically");
    if (options.sign !== undefined) return { certificate: options.sign(request), privateKey };
    const created = await cluster.create(certificateSigningRequests, signingRequest(request), { signal: either });
    const requestName = created.metadata?.name ?? "";
    using onWaiting = waitReporter(options);
    const issuedText = await issued(cluster, requestName, { signal: either, onWaiting });
    const certificate = certificateOf(issuedText, privateKey);
    if (certificate === undefined) return leaveToKubelet(events, "the issued certificate does not match this key");
    return { certificate, privateKey, requestName };
  } catch (error) {
    if (signal.aborted || !isExpected(error, patience)) throw error;
    return leaveToKubelet(events, patience.aborted ? "it was not signed in time" : (error as Error).message);
  }
}

/** Returns the chain, encoded again because the key goes into the same file; undefined if it is not for the key. */
function certificateOf(pem: string, privateKey: Secret): string | undefined {
  const chain = certificatesIn(pem);
  const [leaf] = chain;
  return leaf !== undefined && hasKey(leaf, privateKey.reveal()) ? encodeCertificates(chain) : undefined;
}

/** Reports whether the kubelet's own bootstrap may still succeed after this failure; not after a denial. */
function isExpected(error: unknown, patience: AbortSignal): boolean {
  return patience.aborted || error instanceof RequestError;
}

function leaveToKubelet(events: Events, reason: string): undefined {
  const message = `The kubelet will do the TLS bootstrap instead: ${reason}`;
  events.emit("log", { level: 1, area: "kubelet-start", message });
  return undefined;
}

async function isApprovedAutomatically(cluster: Cluster, signal: AbortSignal): Promise<boolean> {
  const review = await cluster.create(
    selfSubjectAccessReviews,
    {
      spec: {
        resourceAttributes: {
          group: "certificates.k8s.io",
          resource: "certificatesigningrequests",
          subresource: "nodeclient",
          verb: "create",
        },
      },
    },
    { signal },
  );
  return review.status?.allowed === true;
}

/**
 * Returns the request as the kubelet's certificate manager creates it (golden: generateName csr-, no expiration, two
 * usages for EC keys).
 */
function signingRequest(request: string): CertificateSigningRequest {
  return {
    metadata: { generateName: "csr-" },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName: kubeletClientSigner,
      usages: ["digital signature", "client auth"],
    },
  };
}

/** Milliseconds after which the wait for the signature is reported; about 30 ms are usual. */
const reportAfterMs = 1_500;

/** Returns a function that reports what the request waits for, once and only if the wait is long. */
function waitReporter({ events, nodeName, patienceMs }: ObtainOptions): ((reason: string) => void) & Disposable {
  const what = `the first client certificate of node ${nodeName}`;
  const started = performance.now();
  let isReported = false;
  const report = (pending: string) => {
    isReported = true;
    // Nobody should approve a request that will be of no use a moment later.
    const reason = `${pending}; after ${formatDuration(patienceMs)} the kubelet sends one of its own`;
    events.emit("wait.progress", { what, reason, elapsedMs: performance.now() - started, deadlineMs: patienceMs });
  };
  const end = () => {
    if (isReported) events.emit("wait.finished", { what, durationMs: performance.now() - started });
  };
  return Object.assign(report, { [Symbol.dispose]: end });
}

interface Watching {
  readonly signal: AbortSignal;
  readonly onWaiting: (reason: string) => void;
}

async function issued(cluster: Cluster, name: string, { signal, onWaiting }: Watching): Promise<string> {
  let reason = waitingReason(name, "pending");
  const timer = setTimeout(() => onWaiting(reason), reportAfterMs);
  try {
    const fieldSelector = `metadata.name=${name}`;
    for await (const event of cluster.watch(certificateSigningRequests, { fieldSelector, signal })) {
      if (event.type === "BOOKMARK") continue;
      const outcome = stateOf(event.object);
      if (outcome.state === "issued") return outcome.certificate;
      if (outcome.state === "denied" || outcome.state === "failed") throw refused(name, outcome);
      reason = waitingReason(name, outcome.state);
    }
    throw new TransportError("reset", cluster.server, `the watch on certificate signing request ${name} ended`);
  } finally {
    clearTimeout(timer);
  }
}

function refused(name: string, { state, reason }: { readonly state: string; readonly reason: string }): KubeadmError {
  const message = `certificate signing request ${name} is ${state}: ${reason}`;
  return new KubeadmError("BOOTSTRAP_CSR_DENIED", message, {
    details: { csr: name, reason },
    remedy: remedyOfRefusal(name, "run the same command again"),
  });
}
