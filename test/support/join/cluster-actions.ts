// What administrators do to a cluster, by plain requests that either kind of cluster answers.
import { randomInt } from "node:crypto";
import { poll } from "../../../src/async/poll.ts";
import { localClock } from "../../../src/host/local/clock.ts";
import type { StageCluster } from "./stage.ts";

type Requests = Pick<StageCluster, "request">;
export type Fields = Readonly<Record<string, unknown>>;

const csrs = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
const autoApproval = "kubeadm:node-autoapprove-bootstrap";

export interface TokenUses {
  readonly signing?: boolean;
  readonly authentication?: boolean;
}

/** A bootstrap token of kubeadm's default group. Where it signs, cluster-info has its signature when this resolves. */
export async function createToken(cluster: Requests, uses: TokenUses = {}): Promise<string> {
  const { signing = true, authentication = true } = uses;
  const id = randomText(6);
  const secret = randomText(16);
  await cluster.request("POST", "/api/v1/namespaces/kube-system/secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": id,
      "token-secret": secret,
      expiration: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, ""),
      ...(signing ? { "usage-bootstrap-signing": "true" } : {}),
      ...(authentication ? { "usage-bootstrap-authentication": "true" } : {}),
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    },
  });
  if (signing) {
    await eventually("a signature of the token", async () => {
      const { data } = (await clusterInfo(cluster)) as { data: Fields };
      return data[`jws-kubeconfig-${id}`] !== undefined;
    });
  }
  return `${id}.${secret}`;
}

function randomText(length: number): string {
  const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

function clusterInfo(cluster: Requests): Promise<unknown> {
  return cluster.request("GET", "/api/v1/namespaces/kube-public/configmaps/cluster-info");
}

/** What the seed page has administrators copy out as a discovery file: cluster-info's kubeconfig. */
export async function discoveryKubeconfig(cluster: Requests): Promise<string> {
  const { data } = (await clusterInfo(cluster)) as { data: { kubeconfig: string } };
  return data.kubeconfig;
}

export interface NodeFields {
  readonly metadata: {
    readonly uid: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly taints?: readonly Fields[]; readonly podCIDR?: string; readonly podCIDRs?: unknown };
}

export async function getNode(cluster: Requests, name: string): Promise<NodeFields | undefined> {
  return (await cluster.request("GET", `/api/v1/nodes/${name}`)) as NodeFields | undefined;
}

/**
 * The Node once the controllers have nothing left to change about it. After a kubelet has reported itself Ready, the
 * Node keeps the taints of one that is not, up to the next look of the node lifecycle controller (every 5 s).
 */
export async function settledNode(cluster: Requests, name: string): Promise<NodeFields> {
  let node: NodeFields | undefined;
  await eventually(`the Node ${name} to lose the taints of one that is not ready`, async () => {
    node = await getNode(cluster, name);
    const taints = node?.spec.taints ?? [];
    const hasTtl = node?.metadata.annotations["node.alpha.kubernetes.io/ttl"] !== undefined;
    return hasTtl && !taints.some(({ key }) => key === "node.kubernetes.io/not-ready");
  });
  if (node === undefined) throw new Error(`there is no Node ${name}`);
  return node;
}

/** A Node of no one: no kubelet speaks for it. */
export async function addNode(cluster: Requests, name: string, { ready }: { readonly ready: boolean }): Promise<void> {
  // Without a resourceVersion the status is set whatever controllers write to the Node meanwhile.
  const node = { apiVersion: "v1", kind: "Node", metadata: { name } };
  await cluster.request("POST", "/api/v1/nodes", node);
  const time = new Date().toISOString().replace(/\.\d+/, "");
  const times = { lastHeartbeatTime: time, lastTransitionTime: time };
  const conditions = [{ type: "Ready", status: ready ? "True" : "False", reason: "Test", message: "test", ...times }];
  await cluster.request("PUT", `/api/v1/nodes/${name}/status`, { ...node, status: { conditions } });
}

export async function deleteNode(cluster: Requests, name: string): Promise<void> {
  await cluster.request("DELETE", `/api/v1/nodes/${name}`);
}

export interface SigningRequest {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly username: string; readonly request: string; readonly signerName: string };
  readonly status?: { readonly conditions?: readonly Fields[]; readonly certificate?: string };
}

/** Requests for kubelets' client certificates that a bootstrap token, or anyone else, has created. */
export async function signingRequestsOf(cluster: Requests, user: string): Promise<readonly SigningRequest[]> {
  const { items } = (await cluster.request("GET", csrs)) as { items: readonly SigningRequest[] };
  return items.filter(
    ({ spec }) => spec.username === user && spec.signerName === "kubernetes.io/kube-apiserver-client-kubelet",
  );
}

/** `kubectl certificate approve` */
export async function approve(cluster: Requests, request: SigningRequest): Promise<void> {
  const condition = { type: "Approved", status: "True", reason: "Test", message: "approved manually" };
  await cluster.request("PUT", `${csrs}/${request.metadata.name}/approval`, {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    ...request,
    status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] },
  });
}

/** The seed page's "turning off auto-approval", until disposed of. */
export async function withoutAutoApproval(cluster: Requests): Promise<AsyncDisposable> {
  const { metadata: _, ...binding } = (await cluster.request("GET", `${bindings}/${autoApproval}`)) as Fields;
  await cluster.request("DELETE", `${bindings}/${autoApproval}`);
  const restored = { ...binding, metadata: { name: autoApproval } };
  return { [Symbol.asyncDispose]: async () => void (await cluster.request("POST", bindings, restored)) };
}

/** Waits for what a cluster does on its own. */
export async function eventually(what: string, probe: () => Promise<boolean>, deadlineMs = 120_000): Promise<void> {
  await poll<true>({
    until: async () => ((await probe()) ? { done: true, value: true } : { done: false, reason: what }),
    everyMs: () => 20,
    deadlineMs,
    clock: localClock,
    signal: new AbortController().signal,
    onTimeout: () => new Error(`waited ${deadlineMs} ms for ${what}`),
  });
}
