// What init and a control-plane join leave behind, with everything taken out that is new in every run.
import type { Lab } from "../../../lab/lab.ts";
import type { LabHost } from "../../../lab/lab-host.ts";
import { comparableTree } from "../join/upstream-comparison.ts";
import { controlPlaneLab, isControlPlane, type Program } from "./control-plane-lab.ts";

export interface HostRecord {
  /** `type mode owner path`. */
  readonly tree: readonly string[];
  /** Path → content, of text files that are neither certificates nor keys. */
  readonly files: Readonly<Record<string, string>>;
  /** Path, or `path#user` in a kubeconfig → what openssl tells of it. */
  readonly certificates: Readonly<Record<string, string>>;
}

export interface ClusterRecord {
  readonly cp1: HostRecord;
  readonly cp2: HostRecord;
  /** `kind/name` → what is in it. */
  readonly objects: Readonly<Record<string, unknown>>;
  /** `verb path code` of what the program itself wrote, sorted. */
  readonly writes: readonly string[];
  /** What the program asked, but for looks at health: how many those are depends on how long it takes. */
  readonly requests: readonly string[];
}

/** Two control planes by one program. Hosts of two such clusters have the same names and addresses. */
export async function recordCluster(by: Program): Promise<ClusterRecord> {
  await using cluster = await controlPlaneLab(`record-${by}`);
  const { lab } = cluster;
  const [cp1, cp2] = await cluster.addHosts("cp1", "cp2");
  await cluster.init(by, cp1);
  await cluster.joins(cp2, { by, controlPlane: true });
  for (const host of [cp1, cp2]) await isControlPlane(lab, host);
  const mask = masker(lab);
  const rows = [...(await lab.auditLog(cp1)), ...(await lab.auditLog(cp2))].filter(({ userAgent }) =>
    userAgent.startsWith("kubeadm"),
  );
  return {
    cp1: await recordHost(cp1, mask),
    cp2: await recordHost(cp2, mask),
    objects: await recordObjects(lab, mask),
    writes: rows
      .filter(({ verb, code = 0 }) => ["create", "update", "patch", "delete"].includes(verb) && code < 300)
      .map(({ verb, uri, code }) => mask(`${verb} ${uri.replace(/\?.*/, "")} ${code}`))
      .toSorted(),
    requests: rows
      .filter(({ uri }) => !/^\/(healthz|livez|readyz)/.test(uri))
      .map(({ verb, uri, code }) => mask(`${verb} ${uri.replace(/\?.*/, "")} ${code}`))
      .toSorted(),
  };
}

export type Mask = (text: string) => string;

/** Replaces secrets and names of the moment by placeholders. */
export function masker(lab: Lab): Mask {
  const { token, certificateKey, caCertHash } = lab.cluster;
  const [id = "", secret = ""] = token.split(".");
  const words: readonly (readonly [string, string])[] = [
    [certificateKey, "<KEY>"],
    [caCertHash, "<CA-HASH>"],
    [secret, "<TOKEN-SECRET>"],
    [id, "<TOKEN-ID>"],
  ];
  return (text) =>
    words
      .reduce((masked, [word, name]) => masked.replaceAll(word, name), text)
      .replaceAll(/(certificate-authority-data|client-certificate-data|client-key-data): \S+/g, "$1: <DATA>")
      .replaceAll(/bootstrap-token-[a-z0-9]{6}(?![a-z0-9.])/g, "bootstrap-token-<ID>")
      .replaceAll(/kubelet-client-\d{4}(-\d\d){5}\.pem/g, "kubelet-client-<TIME>.pem")
      .replaceAll(/[0-9a-f]{16}-[0-9a-f]{16}\.(wal|snap)/g, "<SEQUENCE>.$1")
      .replaceAll(/(jws-kubeconfig-\S+: )\S+/g, "$1<SIGNATURE>");
}

const directories = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd"];
const isText = /\.(yaml|conf|env)$/;
const isCertificate = /\.crt$/;
/** etcd writes these when it likes. */
const etcdsAffair = / \/var\/lib\/etcd\/member\/./;

export async function recordHost(host: LabHost, mask: Mask): Promise<HostRecord> {
  const entries = await host.readTree(directories);
  const files: Record<string, string> = {};
  const certificates: Record<string, string> = {};
  for (const { path, content } of entries) {
    if (content === undefined || path.startsWith("/var/lib/kubelet/pods/")) continue;
    const text = content.toString("utf8");
    if (isCertificate.test(path) && path.startsWith("/etc/")) certificates[path] = await describe(host, text);
    if (isText.test(path)) files[path] = withSortedMembers(mask(text));
    const embedded = /client-certificate-data: (\S+)/.exec(text)?.[1];
    if (embedded === undefined) continue;
    certificates[`${path}#user`] = await describe(host, Buffer.from(embedded, "base64").toString("utf8"));
  }
  const lines = entries.map(({ type, mode, uid, gid, path, target }) =>
    mask([type, mode.toString(8).padStart(4, "0"), `${uid}:${gid}`, path, target ?? ""].join(" ").trim()),
  );
  return { tree: comparableTree(lines).filter((line) => !etcdsAffair.test(line)), files, certificates };
}

/** Both programs name the members in the order in which etcd does: by their IDs, which differ from cluster to cluster. */
function withSortedMembers(text: string): string {
  return text.replace(/(?<=--initial-cluster=)\S+/, (members) => members.split(",").sort().join(","));
}

/** Every field and extension. Of numbers that differ in every run their kind is left; of times the length of validity. */
async function describe(host: LabHost, pem: string): Promise<string> {
  const text = await host.mustRun(["openssl", "x509", "-noout", "-text"], { input: pem });
  const [from = "", to = ""] = ["Not Before: ", "Not After : "].map((label) => text.split(label)[1]?.split("\n")[0]);
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  return text
    .replace(/Serial Number:.*\n(?: +[0-9a-f:]+\n)?/, "Serial Number: <NUMBER>\n")
    .replace(/Not Before: .*\n +Not After : .*/, `valid for ${days} days`)
    .replaceAll(/(?: +(?:[0-9a-f]{2}:)+(?:[0-9a-f]{2})?\n)+/g, "<BYTES>\n")
    .replaceAll(/ +(?:[0-9A-F]{2}:){5,}[0-9A-F]{2}/g, "<BYTES>");
}

const kinds = [
  ...["configmaps", "serviceaccounts", "services", "daemonsets", "deployments", "roles", "rolebindings"],
  ...["secrets", "clusterroles", "clusterrolebindings", "nodes"],
];
const namespaces = ["kube-system", "kube-public"];
const isOurs =
  /kubeadm|kubelet-config|kube-proxy|coredns|kube-dns|cluster-info|bootstrap|node-proxier|^cp\d$|extension-api/;
/** Of the moment, or written by the components. */
const volatileFields = new Set([
  ...["creationTimestamp", "uid", "resourceVersion", "generation", "managedFields", "status", "ownerReferences"],
  ...["podCIDR", "podCIDRs", "clusterIP", "clusterIPs", "deployment.kubernetes.io/revision"],
  ...["deprecated.daemonset.template.generation", "volumes.kubernetes.io/controller-managed-attach-detach"],
  "expiration",
]);

export async function recordObjects(lab: Lab, mask: Mask): Promise<Readonly<Record<string, unknown>>> {
  const found: Record<string, unknown> = {};
  for (const namespace of namespaces) {
    const list = (await lab.get(["-n", namespace, kinds.join(",")])) as { items: readonly KubernetesObject[] };
    for (const item of list.items) {
      const { kind, metadata } = item;
      if (!isOurs.test(metadata.name) || metadata.labels?.["kubernetes.io/bootstrapping"] === "rbac-defaults") continue;
      const masked = JSON.parse(mask(JSON.stringify(item.kind === "Secret" ? sealed(item) : item))) as unknown;
      found[mask(`${kind}/${metadata.namespace ?? ""}/${metadata.name}`)] = steady(masked);
    }
  }
  return found;
}

interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
  readonly data?: Readonly<Record<string, string>>;
}

/** Lengths instead of what must not be seen. Those of certificates and keys differ by some bytes: numbers in them do. */
function sealed(secret: KubernetesObject): KubernetesObject {
  const lengths = Object.entries(secret.data ?? {}).map(([key, value]) => {
    const { length } = Buffer.from(value, "base64");
    return [key, length > longestField ? "a PEM block" : `${length} bytes`] as const;
  });
  return { ...secret, data: Object.fromEntries(lengths) };
}

/** Of a token's Secret. */
const longestField = 200;

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((each) => !isPassingTaint(each)).map(steady);
  if (typeof value !== "object" || value === null) return maskedScalar(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !volatileFields.has(key))
      .map(([key, inner]) => [key, key.startsWith("jws-kubeconfig-") ? "<SIGNATURE>" : steady(inner)]),
  );
}

/** Controllers put these on a Node and take them off again while it becomes Ready. */
function isPassingTaint(value: unknown): boolean {
  const { key, effect } = (value ?? {}) as { readonly key?: unknown; readonly effect?: unknown };
  return effect !== undefined && typeof key === "string" && key.startsWith("node.kubernetes.io/");
}

/** A CA in a ConfigMap. */
function maskedScalar(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.replaceAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, "<CERTIFICATE>");
}
