import { type ControlPlane, resources, type StoredObject } from "../../src/embedded/control-plane/index.ts";

export const counts = { nodes: 5_000, tokens: 10_000, requests: 20_000 } as const;

const base64 = (text: string) => Buffer.from(text).toString("base64");

const core = (kind: string) => ({ apiVersion: "v1", kind });

/** About as long as a certificate. */
const certificate = base64("-".repeat(1_200));

/**
 * Stores what a large cluster has. Its tokens are for authentication only: each one that signs adds a line to cluster-info,
 * whose size etcd limits.
 */
export function fill({ storage }: Pick<ControlPlane, "storage">, times = 1): void {
  const create = (resource: (typeof resources)[keyof typeof resources], object: object) => {
    storage.create(resource, object as StoredObject);
  };
  for (let index = 0; index < times * counts.nodes; index += 1) {
    const name = `large-${index}`;
    create(resources.nodes, {
      ...core("Node"),
      metadata: { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
      spec: { podCIDR: `10.${(index >> 8) & 255}.${index & 255}.0/24` },
      status: {
        conditions: [
          { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
        ],
        addresses: [{ type: "InternalIP", address: `10.${(index >> 8) & 255}.${index & 255}.1` }],
        images: Array.from({ length: 20 }, (_, image) => ({
          names: [`example.com/image-${image}@sha256:${"a".repeat(64)}`],
          sizeBytes: 1,
        })),
        nodeInfo: { kubeletVersion: "v1.37.2" },
      },
    });
  }
  for (let index = 0; index < times * counts.tokens; index += 1) {
    const id = index.toString(36).padStart(6, "0");
    create(resources.secrets, {
      ...core("Secret"),
      metadata: { name: `bootstrap-token-${id}`, namespace: "kube-system" },
      type: "bootstrap.kubernetes.io/token",
      data: {
        ...{
          "token-id": base64(id),
          "token-secret": base64("0123456789abcdef"),
          "usage-bootstrap-authentication": base64("true"),
        },
        ...{ expiration: base64(new Date(Date.now() + 86_400_000).toISOString()) },
      },
    });
  }
  for (let index = 0; index < times * counts.requests; index += 1) {
    create(resources.certificateSigningRequests, {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: `csr-large-${index}` },
      spec: {
        ...{ request: base64("-".repeat(500)), signerName: "kubernetes.io/kube-apiserver-client-kubelet" },
        ...{
          username: "system:bootstrap:abcdef",
          usages: ["digital signature", "client auth"],
          groups: ["system:bootstrappers"],
        },
      },
      status: {
        conditions: [{ type: "Approved", status: "True", reason: "AutoApproved", message: "approved" }],
        certificate,
      },
    });
  }
}
