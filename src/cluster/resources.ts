import type { KubernetesObject, ResourceType } from "./cluster.ts";

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface SecretObject extends KubernetesObject {
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastHeartbeatTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export interface NodeObject extends KubernetesObject {
  readonly spec?: { readonly taints?: readonly Taint[]; readonly [field: string]: unknown };
  readonly status?: {
    readonly conditions?: readonly NodeCondition[];
    readonly nodeInfo?: Readonly<Record<string, string>>;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

export interface CertificateSigningRequest extends KubernetesObject {
  readonly spec?: {
    /** Base64 of the PEM request. */
    readonly request: string;
    readonly signerName: string;
    readonly usages?: readonly string[];
    readonly expirationSeconds?: number;
    readonly username?: string;
    readonly groups?: readonly string[];
  };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status?: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
    /** Base64 of the PEM chain. */
    readonly certificate?: string;
  };
}

export interface SelfSubjectAccessReview extends KubernetesObject {
  readonly spec: {
    readonly resourceAttributes: {
      readonly group?: string;
      readonly resource: string;
      readonly subresource?: string;
      readonly verb: string;
      readonly namespace?: string;
    };
  };
  readonly status?: { readonly allowed: boolean; readonly reason?: string };
}

const core = (plural: string, kind: string, namespaced: boolean) => ({
  group: "",
  version: "v1",
  plural,
  kind,
  namespaced,
});

export const configMaps: ResourceType<ConfigMap> = core("configmaps", "ConfigMap", true);
export const secrets: ResourceType<SecretObject> = core("secrets", "Secret", true);
export const pods: ResourceType<KubernetesObject> = core("pods", "Pod", true);
export const nodes: ResourceType<NodeObject> = core("nodes", "Node", false);
export const certificateSigningRequests: ResourceType<CertificateSigningRequest> = {
  group: "certificates.k8s.io",
  version: "v1",
  plural: "certificatesigningrequests",
  kind: "CertificateSigningRequest",
  namespaced: false,
};
export const selfSubjectAccessReviews: ResourceType<SelfSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  namespaced: false,
};
