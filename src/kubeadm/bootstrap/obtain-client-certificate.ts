import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  selfSubjectAccessReviews,
} from "../../cluster/resources.ts";
import { TransportError } from "../../cluster/transport.ts";
import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import type { Events } from "../../events/events.ts";
import { requestClientCertificate } from "../../pki/certificate-request.ts";
import { kubeletClientSigner, stateOf } from "./certificate-request-state.ts";

export interface ClientCertificate {
  /** PEM chain, leaf first. */
  readonly certificate: string;
  readonly privateKey: Secret;
  readonly requestName: string;
}

export interface ObtainOptions {
  readonly nodeName: string;
  /** Speaks with the bootstrap credentials. */
  readonly cluster: Cluster;
  readonly events: Events;
  readonly signal: AbortSignal;
  /** Milliseconds to wait for the signature; it takes some 30 where the controller manager runs. */
  readonly patienceMs: number;
}

/**
 * Asks for the kubelet's first client certificate in the kubelet's stead, so that the kubelet starts with it and answers
 * its health check earlier (docs/adr/0006). Only where the cluster will approve by itself: the identity is asked whether
 * it may create `certificatesigningrequests/nodeclient`, which is what the approver asks. Undefined where that is not so,
 * or where no signature comes in time: the kubelet then bootstraps by itself, as it would have without us.
 */
export async function obtainClientCertificate(options: ObtainOptions): Promise<ClientCertificate | undefined> {
  const { cluster, signal, events } = options;
  const patience = AbortSignal.timeout(options.patienceMs);
  const either = AbortSignal.any([signal, patience]);
  try {
    const [allowed, { request, privateKey }] = await Promise.all([
      isApprovedAutomatically(cluster, either),
      requestClientCertificate({ organization: "system:nodes", commonName: `system:node:${options.nodeName}` }),
    ]);
    if (!allowed) return leaveToKubelet(events, "the cluster does not approve such requests by itself");
    const created = await cluster.create(certificateSigningRequests, signingRequest(request), { signal: either });
    const requestName = created.metadata?.name ?? "";
    const certificate = await issued(cluster, requestName, either);
    return { certificate, privateKey, requestName };
  } catch (error) {
    if (signal.aborted || !isExpected(error, patience)) throw error;
    return leaveToKubelet(events, patience.aborted ? "no signature came in time" : (error as Error).message);
  }
}

/** Failures that the kubelet's own bootstrap may yet outlast; a denial is none of them. */
function isExpected(error: unknown, patience: AbortSignal): boolean {
  return patience.aborted || error instanceof ApiStatusError || error instanceof TransportError;
}

function leaveToKubelet(events: Events, reason: string): undefined {
  const message = `Leaving the TLS bootstrap to the kubelet: ${reason}`;
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

/** As the kubelet's certificate manager makes it (golden: generateName csr-, no expiration, two usages for EC keys). */
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

async function issued(cluster: Cluster, name: string, signal: AbortSignal): Promise<string> {
  const fieldSelector = `metadata.name=${name}`;
  for await (const event of cluster.watch(certificateSigningRequests, { fieldSelector, signal })) {
    if (event.type === "BOOKMARK") continue;
    const outcome = stateOf(event.object);
    if (outcome.state === "issued") return outcome.certificate;
    if (outcome.state === "denied" || outcome.state === "failed") {
      throw new KubeadmError(
        "BOOTSTRAP_CSR_DENIED",
        `certificate signing request ${name} is ${outcome.state}: ${outcome.reason}`,
        {
          details: { csr: name, reason: outcome.reason },
        },
      );
    }
  }
  throw new TransportError("reset", cluster.server, `the watch on certificate signing request ${name} ended`);
}
