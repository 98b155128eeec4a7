import { at, type StoredObject, stringAt } from "../objects.ts";
import { type GroupResource, qualified } from "../status.ts";
import {
  approvalSubresource,
  certificateSigningRequestStrategy,
  signingStatusSubresource,
} from "./certificate-signing-requests.ts";
import {
  bindingStrategy,
  configMapStrategy,
  namespaceStrategy,
  nodeStrategy,
  podStrategy,
  secretStrategy,
  serviceStrategy,
} from "./core-strategies.ts";
import {
  allVerbs,
  type FieldReader,
  keepStatus,
  type ObjectSubresource,
  type ResourceDefinition,
  type Strategy,
  statusSubresource,
} from "./resource.ts";
import { workloadStrategy } from "./workload-strategy.ts";

const withStatus = { status: statusSubresource } satisfies Record<string, ObjectSubresource>;
const specAndStatus: Strategy = {
  prepareForCreate: (object) => ({ ...object, status: {} }),
  prepareForUpdate: keepStatus,
};

type Given = Partial<ResourceDefinition> & Pick<ResourceDefinition, "resource" | "kind">;

function define(group: string, namespaced: boolean, given: Given): ResourceDefinition {
  return {
    group,
    version: "v1",
    namespaced,
    singular: given.kind.toLowerCase(),
    verbs: allVerbs,
    names: "subdomain",
    fields: {},
    hasGeneration: false,
    strategy: {},
    subresources: {},
    ...given,
  };
}

function field(...path: readonly string[]): FieldReader {
  return (object) => String(at(object, ...path) ?? "");
}

function eventFields(reference: string): Readonly<Record<string, FieldReader>> {
  const parts = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"];
  return {
    ...Object.fromEntries(parts.map((part) => [`${reference}.${part}`, field("involvedObject", part)])),
    reason: field("reason"),
    reportingComponent: field("reportingComponent"),
    source: (object: StoredObject) => stringAt(object, "source", "component") ?? "",
    type: field("type"),
  };
}

const serviceAccountToken: ObjectSubresource = { verbs: ["create"] };

const core: readonly ResourceDefinition[] = [
  define("", false, {
    resource: "namespaces",
    kind: "Namespace",
    shortNames: ["ns"],
    names: "label",
    verbs: allVerbs.filter((verb) => verb !== "deletecollection"),
    fields: { "status.phase": field("status", "phase") },
    strategy: namespaceStrategy,
    subresources: withStatus,
  }),
  define("", false, {
    resource: "nodes",
    kind: "Node",
    shortNames: ["no"],
    fields: { "spec.unschedulable": (object) => String(at(object, "spec", "unschedulable") ?? false) },
    strategy: nodeStrategy,
    subresources: withStatus,
  }),
  define("", true, {
    resource: "configmaps",
    kind: "ConfigMap",
    shortNames: ["cm"],
    strategy: configMapStrategy,
  }),
  define("", true, { resource: "secrets", kind: "Secret", fields: { type: field("type") }, strategy: secretStrategy }),
  define("", true, { resource: "endpoints", kind: "Endpoints", singular: "endpoints", shortNames: ["ep"] }),
  define("", true, { resource: "events", kind: "Event", shortNames: ["ev"], fields: eventFields("involvedObject") }),
  define("", true, {
    resource: "pods",
    kind: "Pod",
    shortNames: ["po"],
    categories: ["all"],
    fields: {
      "spec.nodeName": field("spec", "nodeName"),
      "spec.restartPolicy": field("spec", "restartPolicy"),
      "spec.schedulerName": field("spec", "schedulerName"),
      "spec.serviceAccountName": field("spec", "serviceAccountName"),
      "status.phase": field("status", "phase"),
    },
    strategy: podStrategy,
    subresources: withStatus,
  }),
  define("", true, {
    resource: "serviceaccounts",
    kind: "ServiceAccount",
    shortNames: ["sa"],
    subresources: { token: serviceAccountToken },
  }),
  define("", true, {
    resource: "services",
    kind: "Service",
    shortNames: ["svc"],
    categories: ["all"],
    names: "label",
    fields: { "spec.clusterIP": field("spec", "clusterIP"), "spec.type": field("spec", "type") },
    strategy: serviceStrategy,
    subresources: withStatus,
  }),
];

const workloads: readonly ResourceDefinition[] = [
  ["daemonsets", "DaemonSet", "ds"],
  ["deployments", "Deployment", "deploy"],
  ["replicasets", "ReplicaSet", "rs"],
].map(([resource = "", kind = "", short = ""]) =>
  define("apps", true, {
    resource,
    kind,
    shortNames: [short],
    categories: ["all"],
    hasGeneration: true,
    strategy: workloadStrategy,
    subresources: withStatus,
  }),
);

const rbac: readonly ResourceDefinition[] = [
  define("rbac.authorization.k8s.io", false, {
    resource: "clusterrolebindings",
    kind: "ClusterRoleBinding",
    names: "path-segment",
    strategy: bindingStrategy,
  }),
  define("rbac.authorization.k8s.io", false, { resource: "clusterroles", kind: "ClusterRole", names: "path-segment" }),
  define("rbac.authorization.k8s.io", true, {
    resource: "rolebindings",
    kind: "RoleBinding",
    names: "path-segment",
    strategy: bindingStrategy,
  }),
  define("rbac.authorization.k8s.io", true, { resource: "roles", kind: "Role", names: "path-segment" }),
];

const others: readonly ResourceDefinition[] = [
  define("batch", true, {
    resource: "jobs",
    kind: "Job",
    categories: ["all"],
    hasGeneration: true,
    strategy: specAndStatus,
    subresources: withStatus,
  }),
  define("certificates.k8s.io", false, {
    resource: "certificatesigningrequests",
    kind: "CertificateSigningRequest",
    shortNames: ["csr"],
    fields: { "spec.signerName": field("spec", "signerName") },
    strategy: certificateSigningRequestStrategy,
    subresources: { approval: approvalSubresource, status: signingStatusSubresource },
  }),
  define("certificates.k8s.io", true, {
    resource: "podcertificaterequests",
    kind: "PodCertificateRequest",
    fields: { "spec.nodeName": field("spec", "nodeName"), "spec.signerName": field("spec", "signerName") },
    strategy: specAndStatus,
    subresources: withStatus,
  }),
  define("coordination.k8s.io", true, { resource: "leases", kind: "Lease" }),
  define("discovery.k8s.io", true, { resource: "endpointslices", kind: "EndpointSlice" }),
  define("events.k8s.io", true, {
    resource: "events",
    kind: "Event",
    shortNames: ["ev"],
    fields: eventFields("regarding"),
  }),
  define("node.k8s.io", false, { resource: "runtimeclasses", kind: "RuntimeClass" }),
  define("resource.k8s.io", false, {
    resource: "resourceslices",
    kind: "ResourceSlice",
    fields: { "spec.nodeName": field("spec", "nodeName"), "spec.driver": field("spec", "driver") },
  }),
  define("storage.k8s.io", false, { resource: "csidrivers", kind: "CSIDriver" }),
  define("storage.k8s.io", false, { resource: "csinodes", kind: "CSINode" }),
  define("storage.k8s.io", false, {
    resource: "volumeattachments",
    kind: "VolumeAttachment",
    strategy: specAndStatus,
    subresources: withStatus,
  }),
];

/** Every stored resource type of the server. */
export const registry: readonly ResourceDefinition[] = [...core, ...workloads, ...rbac, ...others];

const byName = new Map(registry.map((definition) => [qualified(definition), definition]));

export function findResource(resource: GroupResource): ResourceDefinition | undefined {
  return byName.get(qualified(resource));
}
