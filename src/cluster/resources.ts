import type { Taint } from "../kubernetes/taint.ts";
import type { KubernetesObject, ResourceType } from "./cluster.ts";
import { listOfFields, textList, texts } from "./shape.ts";

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

const conditions = listOfFields({
  type: "text",
  status: "text",
  lastHeartbeatTime: "text",
  reason: "text",
  message: "text",
});

const core = (plural: string, kind: string, namespaced: boolean) => ({
  group: "",
  version: "v1",
  plural,
  kind,
  namespaced,
});

export const configMaps: ResourceType<ConfigMap> = {
  ...core("configmaps", "ConfigMap", true),
  shape: { data: texts },
};
export const secrets: ResourceType<SecretObject> = {
  ...core("secrets", "Secret", true),
  shape: { type: "text", data: texts },
};
export const pods: ResourceType<KubernetesObject> = core("pods", "Pod", true);
export const nodes: ResourceType<NodeObject> = {
  ...core("nodes", "Node", false),
  shape: {
    spec: { fields: { taints: listOfFields({ key: "text", value: "text", effect: "text", timeAdded: "text" }) } },
    status: {
      fields: {
        conditions,
        nodeInfo: { fields: { machineID: "text", kubeletVersion: "text" } },
        addresses: listOfFields({ type: "text", address: "text" }),
      },
    },
  },
};
export const certificateSigningRequests: ResourceType<CertificateSigningRequest> = {
  group: "certificates.k8s.io",
  version: "v1",
  plural: "certificatesigningrequests",
  kind: "CertificateSigningRequest",
  namespaced: false,
  shape: {
    spec: { fields: { request: "text", signerName: "text", usages: textList, username: "text", groups: textList } },
    status: { fields: { conditions, certificate: "text" } },
  },
};
export const selfSubjectAccessReviews: ResourceType<SelfSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  plural: "selfsubjectaccessreviews",
  kind: "SelfSubjectAccessReview",
  namespaced: false,
  shape: { status: { fields: { allowed: "boolean", reason: "text" } } },
};
