import { stringify } from "yaml";
import { type AddressFamilies, joinHostPort, POD_SUBNETS, SERVICE_SUBNETS } from "./addresses.ts";

type Document = Readonly<Record<string, unknown>>;

/** Additions to init's documents, merged deeply; lists of the addition come after the lab's own. */
export interface ExtraConfig {
  readonly init?: Document | undefined;
  readonly cluster?: Document | undefined;
  readonly kubelet?: Document | undefined;
  readonly kubeProxy?: Document | undefined;
}

export interface InitConfigRequest {
  readonly kubernetes: string;
  readonly hostName: string;
  readonly address: string;
  readonly families: AddressFamilies;
  readonly token: string;
  readonly certificateKey: string;
  readonly auditLog: boolean;
  readonly cgroupVersion: 1 | 2;
  readonly extra?: ExtraConfig | undefined;
}

export const AUDIT_FOLDER = "/var/log/kubernetes/audit";
export const AUDIT_LOG = `${AUDIT_FOLDER}/audit.log`;
/** On every host: a joining control plane's API server gets the same arguments as the first one. */
export const AUDIT_POLICY = "/usr/local/lib/kubeadm-lab/audit-policy.yaml";

export interface InitConfig {
  readonly text: string;
  /** The host:port of the cluster for joining hosts. */
  readonly endpoint: string;
  readonly certificatesDirectory: string;
}

export function initConfig(request: InitConfigRequest): InitConfig {
  const extra = request.extra ?? {};
  const init = merge(initConfiguration(request), extra.init);
  const cluster = merge(clusterConfiguration(request), extra.cluster);
  const documents = [
    init,
    cluster,
    merge(kubeletConfiguration(request), extra.kubelet),
    merge({ apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" }, extra.kubeProxy),
  ];
  // A kube-proxy document that only has a kind does not differ from the default.
  const text = documents
    .filter((document) => Object.keys(document).length > 2)
    .map((document) => stringify(document))
    .join("---\n");
  const { controlPlaneEndpoint, certificatesDir = "/etc/kubernetes/pki" } = cluster;
  const { bindPort = 6443 } = init["localAPIEndpoint"] as Document;
  return {
    text,
    endpoint: `${controlPlaneEndpoint ?? joinHostPort(request.address, Number(bindPort))}`,
    certificatesDirectory: `${certificatesDir}`,
  };
}

function initConfiguration({ hostName, address, token, certificateKey, cgroupVersion }: InitConfigRequest): Document {
  return {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "InitConfiguration",
    localAPIEndpoint: { advertiseAddress: address, bindPort: 6443 },
    nodeRegistration: { name: hostName, ignorePreflightErrors: ignoredChecks(cgroupVersion) },
    bootstrapTokens: [{ token, ttl: "24h0m0s" }],
    certificateKey,
  };
}

/** Control groups of version 1 are an error of that check since 1.35, and a kubelet warning that can be turned off. */
export function ignoredChecks(cgroupVersion: 1 | 2): string[] {
  return cgroupVersion === 1 ? ["SystemVerification"] : [];
}

function clusterConfiguration({ kubernetes, address, families, auditLog }: InitConfigRequest): Document {
  return {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "ClusterConfiguration",
    kubernetesVersion: `v${kubernetes}`,
    controlPlaneEndpoint: joinHostPort(address, 6443),
    networking: { podSubnet: POD_SUBNETS[families], serviceSubnet: SERVICE_SUBNETS[families] },
    ...(auditLog ? { apiServer: auditedApiServer() } : {}),
  };
}

function auditedApiServer(): Document {
  return {
    extraArgs: [
      { name: "audit-policy-file", value: AUDIT_POLICY },
      { name: "audit-log-path", value: AUDIT_LOG },
      // Written by the thread of the request, so the log contains every request that was answered.
      { name: "audit-log-mode", value: "blocking" },
    ],
    extraVolumes: [
      { name: "audit-policy", hostPath: AUDIT_POLICY, mountPath: AUDIT_POLICY, readOnly: true, pathType: "File" },
      { name: "audit-log", hostPath: AUDIT_FOLDER, mountPath: AUDIT_FOLDER, pathType: "DirectoryOrCreate" },
    ],
  };
}

function kubeletConfiguration({ cgroupVersion }: InitConfigRequest): Document {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    cgroupDriver: "cgroupfs",
    failSwapOn: false,
    ...(cgroupVersion === 1 ? { failCgroupV1: false } : {}),
  };
}

/** User, operation, time and answer of every request; the written objects too, except secrets. */
export const auditPolicy = stringify({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "Metadata", resources: [{ group: "", resources: ["secrets", "serviceaccounts/token"] }] },
    { level: "Metadata", verbs: ["get", "list", "watch"] },
    { level: "Request", verbs: ["create", "update", "patch", "delete", "deletecollection"] },
    { level: "Metadata" },
  ],
});

export function merge(base: Document, addition: Document | undefined): Document {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(addition ?? {})) {
    const own = merged[key];
    if (Array.isArray(own) && Array.isArray(value)) merged[key] = [...own, ...value];
    else if (isDocument(own) && isDocument(value)) merged[key] = merge(own, value);
    else merged[key] = value;
  }
  return merged;
}

function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
