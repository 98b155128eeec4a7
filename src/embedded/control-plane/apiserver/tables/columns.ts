import { humanDuration } from "../../../../kubernetes/human-duration.ts";
import {
  at,
  type Fields,
  fieldsAt,
  isFields,
  listAt,
  numberAt,
  ownValue,
  type StoredObject,
  stringAt,
  stringsAt,
} from "../objects.ts";

export interface Column {
  readonly name: string;
  readonly type?: "string" | "integer" | "boolean";
  readonly format?: "name";
  readonly description?: string;
  /** 1: only with `-o wide`. */
  readonly priority?: 1;
  readonly cell: (object: StoredObject, now: Date) => unknown;
}

const name: Column = {
  name: "Name",
  format: "name",
  description: "Name must be unique within a namespace.",
  cell: ({ metadata }) => metadata.name,
};

const age: Column = { name: "Age", cell: ({ metadata }, now) => since(metadata.creationTimestamp, now) };
const createdAt: Column = { name: "Created At", cell: ({ metadata }) => metadata.creationTimestamp ?? "" };

/** The columns of a resource, by its name with the group (`leases.coordination.k8s.io`). */
export function columnsOf(resource: string): readonly Column[] {
  return ownValue(columns, resource) ?? [name, age];
}

function since(timestamp: unknown, now: Date): string {
  const then = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(then) ? "<unknown>" : humanDuration(now.getTime() - then);
}

function text(path: readonly string[], otherwise = ""): Column["cell"] {
  return (object) => stringAt(object, ...path) || otherwise;
}

function count(path: readonly string[]): Column["cell"] {
  return (object) => numberAt(object, ...path) ?? 0;
}

function sizeOf(...fields: readonly string[]): Column["cell"] {
  return (object) => fields.reduce((sum, field) => sum + Object.keys(fieldsAt(object, field) ?? {}).length, 0);
}

function nodeStatus(node: StoredObject): string {
  const ready = listAt(node, "status", "conditions").find((condition) => at(condition, "type") === "Ready");
  const words = ready === undefined ? ["Unknown"] : [at(ready, "status") === "True" ? "Ready" : "NotReady"];
  if (at(node, "spec", "unschedulable") === true) words.push("SchedulingDisabled");
  return words.join(",");
}

function nodeRoles({ metadata }: StoredObject): string {
  const prefix = "node-role.kubernetes.io/";
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(prefix) && label !== prefix) return [label.slice(prefix.length)];
    return label === "kubernetes.io/role" && value !== "" ? [value] : [];
  });
  return [...new Set(roles)].sort().join(",") || "<none>";
}

function nodeAddress(type: string): Column["cell"] {
  return (node) => {
    const found = listAt(node, "status", "addresses").find((address) => at(address, "type") === type);
    return stringAt(found, "address") ?? "<none>";
  };
}

function kernel(node: StoredObject): string {
  const version = stringAt(node, "status", "nodeInfo", "kernelVersion") || "<unknown>";
  const architecture = stringAt(node, "status", "nodeInfo", "architecture") ?? "";
  return architecture === "" ? version : `${version} (${architecture})`;
}

function csrCondition(csr: StoredObject): string {
  const types = listAt(csr, "status", "conditions").map((condition) => at(condition, "type"));
  const words = [types.includes("Denied") ? "Denied" : types.includes("Approved") ? "Approved" : "Pending"];
  if (types.includes("Failed")) words.push("Failed");
  if ((stringAt(csr, "status", "certificate") ?? "") !== "") words.push("Issued");
  return words.join(",");
}

function requestedDuration(csr: StoredObject): string {
  const seconds = numberAt(csr, "spec", "expirationSeconds");
  return seconds === undefined ? "<none>" : humanDuration(seconds * 1000);
}

function podReady(pod: StoredObject): string {
  const statuses = listAt(pod, "status", "containerStatuses");
  const ready = statuses.filter((status) => at(status, "ready") === true).length;
  return `${ready}/${listAt(pod, "spec", "containers").length}`;
}

function podStatus(pod: StoredObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const waiting = listAt(pod, "status", "containerStatuses").flatMap(
    (status) => stringAt(status, "state", "waiting", "reason") ?? [],
  );
  return waiting[0] ?? stringAt(pod, "status", "reason") ?? stringAt(pod, "status", "phase") ?? "Unknown";
}

function podRestarts(pod: StoredObject): string {
  const counts = listAt(pod, "status", "containerStatuses").map((status) => numberAt(status, "restartCount") ?? 0);
  return String(counts.reduce((sum, restarts) => sum + restarts, 0));
}

function servicePorts(service: StoredObject): string {
  const ports = listAt(service, "spec", "ports").map((port) => `${at(port, "port")}/${at(port, "protocol") ?? "TCP"}`);
  return ports.join(",") || "<none>";
}

function labelText(labels: Fields | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.join(",") || "<none>";
}

function eventSeen(event: StoredObject, now: Date, which: "first" | "last"): string {
  const first = stringAt(event, "firstTimestamp") ?? stringAt(event, "eventTime");
  const last = stringAt(event, "series", "lastObservedTime") ?? stringAt(event, "lastTimestamp") ?? first;
  return since(which === "first" ? first : last, now);
}

function eventObject(event: StoredObject): string {
  const kind = (stringAt(event, "involvedObject", "kind") ?? "").toLowerCase();
  const named = stringAt(event, "involvedObject", "name") ?? "";
  return named === "" ? kind : `${kind}/${named}`;
}

function eventSource(event: StoredObject): string {
  const component = stringAt(event, "source", "component") ?? stringAt(event, "reportingComponent") ?? "";
  const host = stringAt(event, "source", "host") ?? "";
  return host === "" ? component : `${component}, ${host}`;
}

function boundRole(binding: StoredObject): string {
  return `${stringAt(binding, "roleRef", "kind")}/${stringAt(binding, "roleRef", "name")}`;
}

function subjectsOf(kind: string): Column["cell"] {
  return (binding) =>
    listAt(binding, "subjects")
      .filter(isFields)
      .filter((subject) => subject["kind"] === kind)
      .map((subject) => (kind === "ServiceAccount" ? `${subject["namespace"]}/${subject["name"]}` : subject["name"]))
      .join(", ");
}

const bindingColumns: readonly Column[] = [
  name,
  { name: "Role", cell: boundRole },
  age,
  { name: "Users", priority: 1, cell: subjectsOf("User") },
  { name: "Groups", priority: 1, cell: subjectsOf("Group") },
  { name: "ServiceAccounts", priority: 1, cell: subjectsOf("ServiceAccount") },
];

const podTemplate = ["spec", "template", "spec"];
const containerColumns: readonly Column[] = [
  {
    name: "Containers",
    priority: 1,
    cell: (object) =>
      listAt(object, ...podTemplate, "containers")
        .map((item) => at(item, "name"))
        .join(","),
  },
  {
    name: "Images",
    priority: 1,
    cell: (object) =>
      listAt(object, ...podTemplate, "containers")
        .map((item) => at(item, "image"))
        .join(","),
  },
  { name: "Selector", priority: 1, cell: (object) => labelText(fieldsAt(object, "spec", "selector", "matchLabels")) },
];

const columns: Readonly<Record<string, readonly Column[]>> = {
  nodes: [
    name,
    { name: "Status", description: "The status of the node", cell: nodeStatus },
    { name: "Roles", description: "The roles of the node", cell: nodeRoles },
    age,
    { name: "Version", cell: text(["status", "nodeInfo", "kubeletVersion"]) },
    { name: "Internal-IP", priority: 1, cell: nodeAddress("InternalIP") },
    { name: "External-IP", priority: 1, cell: nodeAddress("ExternalIP") },
    { name: "OS-Image", priority: 1, cell: text(["status", "nodeInfo", "osImage"], "<unknown>") },
    { name: "Kernel-Version", priority: 1, cell: kernel },
    {
      name: "Container-Runtime",
      priority: 1,
      cell: text(["status", "nodeInfo", "containerRuntimeVersion"], "<unknown>"),
    },
  ],
  namespaces: [name, { name: "Status", cell: text(["status", "phase"]) }, age],
  secrets: [name, { name: "Type", cell: text(["type"]) }, { name: "Data", cell: sizeOf("data") }, age],
  configmaps: [name, { name: "Data", cell: sizeOf("data", "binaryData") }, age],
  pods: [
    name,
    { name: "Ready", cell: podReady },
    { name: "Status", cell: podStatus },
    { name: "Restarts", cell: podRestarts },
    age,
    { name: "IP", priority: 1, cell: text(["status", "podIP"], "<none>") },
    { name: "Node", priority: 1, cell: text(["spec", "nodeName"], "<none>") },
    { name: "Nominated Node", priority: 1, cell: text(["status", "nominatedNodeName"], "<none>") },
    { name: "Readiness Gates", priority: 1, cell: () => "<none>" },
  ],
  services: [
    name,
    { name: "Type", cell: text(["spec", "type"]) },
    { name: "Cluster-IP", cell: text(["spec", "clusterIP"], "<none>") },
    { name: "External-IP", cell: (service) => stringsAt(service, "spec", "externalIPs").join(",") || "<none>" },
    { name: "Port(s)", cell: servicePorts },
    age,
    { name: "Selector", priority: 1, cell: (service) => labelText(fieldsAt(service, "spec", "selector")) },
  ],
  events: [
    { name: "Last Seen", cell: (event, now) => eventSeen(event, now, "last") },
    { name: "Type", cell: text(["type"]) },
    { name: "Reason", cell: text(["reason"]) },
    { name: "Object", cell: eventObject },
    { name: "Subobject", priority: 1, cell: text(["involvedObject", "fieldPath"]) },
    { name: "Source", priority: 1, cell: eventSource },
    { name: "Message", cell: (event) => (stringAt(event, "message") ?? "").trim() },
    { name: "First Seen", priority: 1, cell: (event, now) => eventSeen(event, now, "first") },
    {
      name: "Count",
      priority: 1,
      cell: (event) => numberAt(event, "series", "count") ?? numberAt(event, "count") ?? 1,
    },
    { ...name, priority: 1 },
  ],
  "daemonsets.apps": [
    name,
    { name: "Desired", type: "integer", cell: count(["status", "desiredNumberScheduled"]) },
    { name: "Current", type: "integer", cell: count(["status", "currentNumberScheduled"]) },
    { name: "Ready", type: "integer", cell: count(["status", "numberReady"]) },
    { name: "Up-to-date", type: "integer", cell: count(["status", "updatedNumberScheduled"]) },
    { name: "Available", type: "integer", cell: count(["status", "numberAvailable"]) },
    { name: "Node Selector", cell: (object) => labelText(fieldsAt(object, ...podTemplate, "nodeSelector")) },
    age,
    ...containerColumns,
  ],
  "deployments.apps": [
    name,
    {
      name: "Ready",
      cell: (object) =>
        `${count(["status", "readyReplicas"])(object, new Date(0))}/${numberAt(object, "spec", "replicas") ?? 1}`,
    },
    { name: "Up-to-date", type: "integer", cell: count(["status", "updatedReplicas"]) },
    { name: "Available", type: "integer", cell: count(["status", "availableReplicas"]) },
    age,
    ...containerColumns,
  ],
  "certificatesigningrequests.certificates.k8s.io": [
    name,
    age,
    { name: "SignerName", cell: text(["spec", "signerName"], "<none>") },
    { name: "Requestor", cell: text(["spec", "username"]) },
    { name: "RequestedDuration", cell: requestedDuration },
    { name: "Condition", cell: csrCondition },
  ],
  "leases.coordination.k8s.io": [name, { name: "Holder", cell: text(["spec", "holderIdentity"]) }, age],
  "roles.rbac.authorization.k8s.io": [name, createdAt],
  "clusterroles.rbac.authorization.k8s.io": [name, createdAt],
  "rolebindings.rbac.authorization.k8s.io": bindingColumns,
  "clusterrolebindings.rbac.authorization.k8s.io": bindingColumns,
  "csinodes.storage.k8s.io": [
    name,
    { name: "Drivers", type: "integer", cell: (object) => listAt(object, "spec", "drivers").length },
    age,
  ],
};
