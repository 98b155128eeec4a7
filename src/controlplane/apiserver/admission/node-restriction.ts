// k/k:plugin/pkg/admission/noderestriction: a kubelet writes its own objects, and only some labels of its Node.
import { nodeNameOf } from "../authorization/node.ts";
import { at, isEqualJson, stringAt } from "../objects.ts";
import { forbidden, qualified, quoted, type StatusError } from "../status.ts";
import type { Admission } from "./write.ts";

export function admitNodeWrite(write: Admission): void {
  const nodeName = nodeNameOf(write.user);
  if (nodeName === undefined) return;
  switch (qualified(write.definition)) {
    case "nodes":
      admitNode(write, nodeName);
      break;
    case "pods":
      admitPod(write, nodeName);
      break;
    case "leases.coordination.k8s.io":
      admitOwnName(write, nodeName, "can only access node lease with the same name as the requesting node");
      break;
    case "csinodes.storage.k8s.io":
      admitOwnName(write, nodeName, "can only access CSINode with the same name as the requesting node");
      break;
    default:
  }
}

function refuse({ definition, name }: Admission, why: string): StatusError {
  return forbidden(definition, name, why);
}

function admitOwnName(write: Admission, nodeName: string, why: string): void {
  if (write.name !== nodeName) throw refuse(write, why);
}

function admitPod(write: Admission, nodeName: string): void {
  const pod = write.next ?? write.current;
  if (stringAt(pod, "spec", "nodeName") !== nodeName) {
    throw refuse(write, `node ${quoted(nodeName)} can only ${write.operation} pods with spec.nodeName set to itself`);
  }
  const isMirror = pod?.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined;
  if (write.operation === "create" && !isMirror) {
    throw refuse(
      write,
      `pod does not have "kubernetes.io/config.mirror" annotation, node ${quoted(nodeName)} can only create mirror pods`,
    );
  }
}

function admitNode(write: Admission, nodeName: string): void {
  const { operation, next, current } = write;
  if (write.name !== nodeName) {
    throw refuse(write, `node ${quoted(nodeName)} is not allowed to modify node ${quoted(write.name)}`);
  }
  if (operation === "create") {
    const labels = forbiddenLabels(next?.metadata.labels ?? {}, {});
    if (labels.length > 0) {
      throw refuse(write, `node ${quoted(nodeName)} is not allowed to set the following labels: ${labels.join(", ")}`);
    }
  }
  if (operation !== "update" || write.subresource !== "") return;
  if (!isEqualJson(at(next, "spec", "taints") ?? [], at(current, "spec", "taints") ?? [])) {
    throw refuse(write, `node ${quoted(nodeName)} is not allowed to modify taints`);
  }
  const labels = forbiddenLabels(next?.metadata.labels ?? {}, current?.metadata.labels ?? {});
  if (labels.length > 0) {
    throw refuse(write, `is not allowed to modify labels: ${labels.join(", ")}`);
  }
}

// k8s.io/kubelet/pkg/apis, kubeletLabels and kubeletLabelNamespaces
const kubeletLabels = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/instance-type",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "node.kubernetes.io/windows-build",
]);

type Labels = Readonly<Record<string, string>>;

function forbiddenLabels(next: Labels, current: Labels): readonly string[] {
  const keys = [...new Set([...Object.keys(next), ...Object.keys(current)])];
  return keys.filter((key) => next[key] !== current[key] && !mayKubeletSet(key)).sort();
}

function mayKubeletSet(label: string): boolean {
  const domain = label.includes("/") ? (label.split("/")[0] ?? "") : "";
  const isKubernetes = /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
  const isKubeletDomain = /(^|\.)(kubelet|node)\.kubernetes\.io$/.test(domain);
  if (/(^|\.)node-restriction\.kubernetes\.io$/.test(domain)) return false;
  return !isKubernetes || kubeletLabels.has(label) || isKubeletDomain;
}
