import type { Cluster, ReadOptions } from "../../cluster/cluster.ts";
import { type CertificateSigningRequest, certificateSigningRequests } from "../../cluster/resources.ts";
import { shell } from "../../values/shell.ts";
import { nodeUser } from "../kubelet/node-user.ts";
import type { NeededAction } from "../waiting/persist.ts";

/** The signer of kubelets' client certificates, and the only one whose requests are approved for bootstrap tokens. */
export const kubeletClientSigner = "kubernetes.io/kube-apiserver-client-kubelet";

const kubeletServingSigner = "kubernetes.io/kubelet-serving";

/** Selects the requests for kubelets' serving certificates; no controller of Kubernetes approves them. */
export const servingRequestSelector = `spec.signerName=${kubeletServingSigner}`;

export type CertificateRequestState =
  | { readonly state: "pending" | "approved" }
  | { readonly state: "denied" | "failed"; readonly reason: string }
  | { readonly state: "issued"; readonly certificate: string };

/** Returns the state of a request from its conditions and certificate (certificates.k8s.io/v1). */
export function stateOf(request: CertificateSigningRequest): CertificateRequestState {
  const conditions = request.status?.conditions ?? [];
  for (const [type, state] of [
    ["Denied", "denied"],
    ["Failed", "failed"],
  ] as const) {
    const condition = conditions.find((candidate) => candidate.type === type);
    if (condition !== undefined) {
      return { state, reason: [condition.reason, condition.message].filter(Boolean).join(": ") };
    }
  }
  const certificate = request.status?.certificate;
  if (certificate !== undefined && certificate !== "") {
    return { state: "issued", certificate: Buffer.from(certificate, "base64").toString() };
  }
  return { state: conditions.some((condition) => condition.type === "Approved") ? "approved" : "pending" };
}

/** Reports whether the request is for the node's identity: its subject is plain text in the DER. */
export function isForNode(request: CertificateSigningRequest, nodeName: string): boolean {
  const pem = Buffer.from(request.spec?.request ?? "", "base64").toString();
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ""), "base64").toString("latin1");
  const subject = nodeUser(nodeName);
  const at = der.indexOf(subject);
  // The byte before a DER string is its length: a longer name that only begins the same does not match.
  return at > 0 && der.charCodeAt(at - 1) === subject.length;
}

/** Returns what an unsigned request waits for. */
export function waitingReason(name: string, state: "pending" | "approved"): string {
  return state === "pending"
    ? `certificate signing request ${name} is Pending: it waits for approval`
    : `certificate signing request ${name} is approved, but kube-controller-manager has not signed it`;
}

/** Returns what an administrator does about an unsigned request. */
export function neededForSignature(name: string, state: "pending" | "approved"): NeededAction {
  return state === "pending"
    ? {
        action: "Check that it is this machine's, and approve it with an administrator's kubeconfig:",
        commands: [shell`kubectl certificate approve ${name}`],
      }
    : {
        action:
          "Check that kube-controller-manager runs, and that it has the key of the CA (--cluster-signing-key-file):",
        commands: [shell`kubectl -n kube-system get pods -l component=kube-controller-manager`],
      };
}

/** `again` is what to do after the reason for the denial is resolved. */
export function remedyOfRefusal(name: string, again: string): string {
  return `Find out who denied it and why (\`${shell`kubectl describe csr ${name}`}\`); then ${again}.`;
}

/** Returns all certificate signing requests for the identity of a node, from any sender and time. */
export async function nodeRequests(
  cluster: Pick<Cluster, "list">,
  nodeName: string,
  options: ReadOptions,
): Promise<readonly CertificateSigningRequest[]> {
  const fieldSelector = `spec.signerName=${kubeletClientSigner}`;
  const requests = await cluster.list(certificateSigningRequests, { ...options, fieldSelector });
  return requests.filter((request) => isForNode(request, nodeName));
}
