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
}

export interface ServiceObject extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

const podTemplate: Shape = {
  fields: { spec: { fields: { containers: listOfFields({ name: "text", image: "text" }) } } },
};
const shape = { spec: { fields: { template: podTemplate } } } as const;

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
