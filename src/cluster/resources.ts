import type { Taint } from "../kubernetes/taint.ts";
import type { KubernetesObject, ResourceType } from "./cluster.ts";
import { listOfFields, type Shape, textList, texts } from "./shape.ts";

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface SecretObject extends KubernetesObject {
  readonly type?: string;
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** Only the fields of a Pod that this program reads have a type. */
export interface PodObject extends KubernetesObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly name: string; readonly image?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly NodeCondition[];
    readonly containerStatuses?: readonly {
      readonly name?: string;
      readonly ready?: boolean;
      readonly lastState?: { readonly terminated?: ContainerTermination };
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: ContainerTermination;
      };
    }[];
  };
}

/** `exitCode` is a number, if the server keeps its promise. */
export interface ContainerTermination {
  readonly exitCode?: unknown;
  readonly reason?: string;
  readonly message?: string;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastHeartbeatTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface NodeObject extends KubernetesObject {
  readonly spec?: {
    readonly taints?: readonly Taint[];
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly conditions?: readonly NodeCondition[];
    readonly nodeInfo?: Readonly<Record<string, string>>;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
  };
}

/** What a leader renews every few seconds (coordination.k8s.io). */
export interface LeaseObject extends KubernetesObject {
  readonly spec?: { readonly holderIdentity?: string; readonly renewTime?: string };
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

export interface SelfSubjectReview extends KubernetesObject {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
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
const terminated: Shape = { fields: { reason: "text", message: "text" } };

export const pods: ResourceType<PodObject> = {
  ...core("pods", "Pod", true),
  shape: {
    spec: { fields: { nodeName: "subdomain", containers: listOfFields({ name: "label", image: "text" }) } },
    status: {
      fields: {
        phase: "text",
        reason: "text",
        message: "text",
        conditions,
        containerStatuses: listOfFields({
          name: "label",
          ready: "boolean",
          lastState: { fields: { terminated } },
          state: { fields: { waiting: { fields: { reason: "text", message: "text" } }, terminated } },
        }),
      },
    },
  },
};
export const nodes: ResourceType<NodeObject> = {
  ...core("nodes", "Node", false),
  shape: {
    spec: {
      fields: {
        podCIDR: "text",
        podCIDRs: textList,
        taints: listOfFields({ key: "text", value: "text", effect: "text", timeAdded: "text" }),
      },
    },
    status: {
      fields: {
        conditions,
        nodeInfo: { fields: { machineID: "text", kubeletVersion: "text" } },
        addresses: listOfFields({ type: "text", address: "text" }),
      },
    },
  },
};
export const leases: ResourceType<LeaseObject> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
  shape: { spec: { fields: { holderIdentity: "text", renewTime: "text" } } },
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
export const selfSubjectReviews: ResourceType<SelfSubjectReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  namespaced: false,
  shape: { status: { fields: { userInfo: { fields: { username: "text" } } } } },
};
