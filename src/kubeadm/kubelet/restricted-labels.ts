import type { Events } from "../../events/events.ts";
import { shell } from "../../values/shell.ts";
import type { NodeRegistration } from "../config/fields/node-registration.ts";

/** The labels of Kubernetes' namespaces that a kubelet may set on its own Node. */
const allowedLabels: ReadonlySet<string> = new Set([
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "kubernetes.io/arch",
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);
const allowedNamespaces = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const ownNamespaces = ["kubernetes.io", "k8s.io"];

/** Warns of labels that make the kubelet exit immediately; upstream leaves that to the kubelet's log. */
export function warnOfRestrictedLabels({ name, kubeletExtraArgs }: NodeRegistration, events: Events): void {
  const restricted = kubeletExtraArgs.flatMap((arg) => (arg.name === "node-labels" ? restrictedLabels(arg.value) : []));
  if (restricted.length === 0) return;
  const message =
    `node-labels of kubeletExtraArgs has labels that a kubelet may not set on its own Node, so it will not start: ` +
    `${restricted.join(", ")}. Remove them, and set them after the Node has registered: ` +
    shell`kubectl label node ${name} ${restricted.map((label) => (label.includes("=") ? label : `${label}=`))}`;
  events.emit("warning", { area: "preflight", message });
}

/** Returns those of a list `key=value,…` that a kubelet may not set on its own Node. */
export function restrictedLabels(list: string): readonly string[] {
  const labels = list.split(",").map((label) => label.trim());
  return labels.filter((label) => isRestricted(label.split("=", 1)[0] ?? ""));
}

function isRestricted(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0 || allowedLabels.has(key)) return false;
  const namespace = key.slice(0, slash);
  return isWithin(namespace, ownNamespaces) && !isWithin(namespace, allowedNamespaces);
}

function isWithin(namespace: string, domains: readonly string[]): boolean {
  return domains.some((domain) => namespace === domain || namespace.endsWith(`.${domain}`));
}
