// k/k:plugin/pkg/admission/noderestriction: a kubelet writes its own objects, and only some labels of its Node.
import { certificateRequestSubject } from "../../../../pki/x509.ts";
import { nodeNameOf } from "../authorization/node.ts";
import { at, isEqualJson, ownValue, stringAt } from "../objects.ts";
import { resources } from "../resource-names.ts";
import { forbidden, qualified, quoted, type StatusError } from "../status.ts";
import { admitPodOfNode } from "./node-pods.ts";
import { isMirrorPod, projectedSources, volumesOf } from "./pod-references.ts";
import type { Admission, AdmissionContext } from "./write.ts";

type NodeAdmission = (write: Admission, nodeName: string, context: AdmissionContext) => void;

const admissions = new Map<string, NodeAdmission>([
  ["nodes", admitNode],
  ["pods", admitPodOfNode],
  ["leases.coordination.k8s.io", admitLease],
  ["csinodes.storage.k8s.io", ownNameOnly("can only access CSINode with the same name as the requesting node")],
  ["resourceslices.resource.k8s.io", admitResourceSlice],
  ["certificatesigningrequests.certificates.k8s.io", admitRequest],
  ["podcertificaterequests.certificates.k8s.io", admitPodCertificateRequest],
]);

export function admitNodeWrite(write: Admission, context: AdmissionContext): void {
  const nodeName = nodeNameOf(write.user);
  if (nodeName === undefined) return;
  if (nodeName === "") throw refuse(write, `could not determine node from user ${quoted(write.user.username)}`);
  admissions.get(qualified(write.definition))?.(write, nodeName, context);
}

function refuse({ definition, name }: Admission, why: string): StatusError {
  return forbidden(definition, name, why);
}

function ownNameOnly(why: string): NodeAdmission {
  return (write, nodeName) => {
    if (write.name !== nodeName) throw refuse(write, why);
  };
}

const ownLease = ownNameOnly("can only access node lease with the same name as the requesting node");

function admitLease(write: Admission, nodeName: string, context: AdmissionContext): void {
  if (write.namespace !== "kube-node-lease") {
    throw refuse(write, 'can only access leases in the "kube-node-lease" system namespace');
  }
  ownLease(write, nodeName, context);
}

function admitResourceSlice(write: Admission, nodeName: string): void {
  if (write.operation === "update") return;
  if (stringAt(write.next ?? write.current, "spec", "nodeName") === nodeName) return;
  throw refuse(write, `can only ${write.operation} ResourceSlice with the same NodeName as the requesting node`);
}

const nodeSigners = ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"];

/** A node requests certificates in its own name only. */
function admitRequest(write: Admission, nodeName: string): void {
  if (write.operation !== "create") return;
  if (!nodeSigners.includes(stringAt(write.next, "spec", "signerName") ?? "")) return;
  const pem = Buffer.from(stringAt(write.next, "spec", "request") ?? "", "base64").toString("utf8");
  if (commonNameOf(pem, write) === `system:node:${nodeName}`) return;
  throw refuse(write, `can only create a node CSR with CN=system:node:${nodeName}`);
}

function commonNameOf(pem: string, write: Admission): string {
  try {
    return certificateRequestSubject(pem).commonName;
  } catch (error) {
    throw refuse(write, `unable to parse csr: ${error instanceof Error ? error.message : error}`);
  }
}

/** For a Pod that runs on the node, with its service account, for a signer that one of its volumes names. */
function admitPodCertificateRequest(write: Admission, nodeName: string, { storage }: AdmissionContext): void {
  if (write.operation !== "create") throw refuse(write, `unexpected operation ${write.operation.toUpperCase()}`);
  const spec = (field: string) => stringAt(write.next, "spec", field) ?? "";
  const { namespace } = write;
  if (spec("nodeName") !== nodeName) {
    const found = `PodCertificateRequest.Spec.NodeName=${quoted(spec("nodeName"))}`;
    throw refuse(write, `${found}, which is not the requesting node ${quoted(nodeName)}`);
  }
  const node = storage.get(resources.nodes, { name: nodeName });
  const pod = storage.get(resources.pods, { namespace, name: spec("podName") });
  const account = storage.get(resources.serviceAccounts, { namespace, name: spec("serviceAccountName") });
  const shown = quoted(`${namespace}/${spec("podName")}`);
  if (node?.metadata.uid !== spec("nodeUID") || pod?.metadata.uid !== spec("podUID")) {
    throw refuse(write, `PodCertificateRequest for pod ${shown} names UIDs that are not those of the node and the pod`);
  }
  if (pod === undefined || stringAt(pod, "spec", "nodeName") !== nodeName) {
    throw refuse(write, `pod ${shown} is not running on node ${quoted(nodeName)} named in the PodCertificateRequest`);
  }
  if (isMirrorPod(pod)) throw refuse(write, `pod ${shown} is a mirror pod`);
  const isOfPod = stringAt(pod, "spec", "serviceAccountName") === spec("serviceAccountName");
  if (!isOfPod || account?.metadata.uid !== spec("serviceAccountUID")) {
    throw refuse(write, `PodCertificateRequest for pod ${shown} names a service account that is not the pod's`);
  }
  const signers = volumesOf(pod)
    .flatMap(projectedSources)
    .map((each) => stringAt(each, "podCertificate", "signerName"));
  if (signers.includes(spec("signerName"))) return;
  const signer = `signer ${quoted(spec("signerName"))}`;
  throw refuse(write, `pod ${shown} does not mount a podCertificate projected volume for ${signer}`);
}

/** Also through a subresource: immutable fields are immutable there as well. */
function admitNode(write: Admission, nodeName: string): void {
  const { operation, next, current } = write;
  const node = `node ${quoted(nodeName)}`;
  if (write.name !== nodeName) throw refuse(write, `${node} is not allowed to modify node ${quoted(write.name)}`);
  if (operation === "delete") return;
  const configSource = at(next, "spec", "configSource");
  if (configSource !== undefined && !isEqualJson(configSource, at(current, "spec", "configSource"))) {
    throw refuse(write, `${node} is not allowed to set configSource`);
  }
  const labels = forbiddenLabels(next?.metadata.labels ?? {}, current?.metadata.labels ?? {});
  if (operation === "create") {
    if (labels.length === 0) return;
    throw refuse(write, `${node} is not allowed to set the following labels: ${labels.join(", ")}`);
  }
  if (!isEqualJson(at(next, "spec", "taints") ?? [], at(current, "spec", "taints") ?? [])) {
    throw refuse(write, `${node} is not allowed to modify taints`);
  }
  if (!isEqualJson(next?.metadata.ownerReferences ?? [], current?.metadata.ownerReferences ?? [])) {
    throw refuse(write, `${node} is not allowed to modify ownerReferences`);
  }
  if (labels.length > 0) throw refuse(write, `is not allowed to modify labels: ${labels.join(", ")}`);
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
]);

type Labels = Readonly<Record<string, string>>;

function forbiddenLabels(next: Labels, current: Labels): readonly string[] {
  const keys = [...new Set([...Object.keys(next), ...Object.keys(current)])];
  return keys.filter((key) => ownValue(next, key) !== ownValue(current, key) && !mayKubeletSet(key)).sort();
}

function mayKubeletSet(label: string): boolean {
  const slash = label.indexOf("/");
  const domain = slash < 0 ? "" : label.slice(0, slash);
  const isKubernetes = /(^|\.)(kubernetes|k8s)\.io$/.test(domain);
  const isKubeletDomain = /(^|\.)(kubelet|node)\.kubernetes\.io$/.test(domain);
  if (/(^|\.)node-restriction\.kubernetes\.io$/.test(domain)) return false;
  return !isKubernetes || kubeletLabels.has(label) || isKubeletDomain;
}
