import type { KubernetesObject, ResourceType } from "./cluster.ts";
import { listOfFields, type Shape } from "./shape.ts";

/** Only the fields of a Deployment or DaemonSet that this program reads have a type; it writes whole objects. */
export interface WorkloadObject extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly name: string;
          readonly image: string;
          readonly [field: string]: unknown;
        }[];
        readonly [field: string]: unknown;
      };
      readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
  };
  /** Numbers, if the server keeps its promise. */
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface JobObject extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly reason?: string; readonly message?: string }[];
  };
}

/** What a component has reported of an object. */
export interface EventObject extends KubernetesObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}

export interface ServiceObject extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

const podTemplate: Shape = {
  fields: { spec: { fields: { containers: listOfFields({ name: "label", image: "text" }) } } },
};
const shape = { spec: { fields: { template: podTemplate } }, status: { fields: {} } } as const;

export const deployments: ResourceType<WorkloadObject> = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  namespaced: true,
  shape,
};

export const daemonSets: ResourceType<WorkloadObject> = {
  group: "apps",
  version: "v1",
  plural: "daemonsets",
  kind: "DaemonSet",
  namespaced: true,
  shape,
};

export const jobs: ResourceType<JobObject> = {
  group: "batch",
  version: "v1",
  plural: "jobs",
  kind: "Job",
  namespaced: true,
  shape: {
    status: { fields: { conditions: listOfFields({ type: "text", reason: "text", message: "text" }) } },
  },
};

export const services: ResourceType<ServiceObject> = {
  group: "",
  version: "v1",
  plural: "services",
  kind: "Service",
  namespaced: true,
  shape: { spec: { fields: {} } },
};

export const serviceAccounts: ResourceType<KubernetesObject> = {
  group: "",
  version: "v1",
  plural: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
};

export const objectEvents: ResourceType<EventObject> = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
  shape: { reason: "text", message: "text", lastTimestamp: "text", eventTime: "text" },
};
