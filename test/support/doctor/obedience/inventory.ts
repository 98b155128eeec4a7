// What a cluster and its machines have that no one may lose who does as doctor says. An inventory is a set of facts, each
// one a line that can be read; what was lost are the facts that are no longer true.
import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { basename } from "node:path";
import { parse } from "yaml";
import { isRecord } from "../../../../src/values/json.ts";

export type Inventory = ReadonlySet<string>;

export function inventoryOf(...lists: readonly (readonly string[])[]): Inventory {
  return new Set(lists.flat());
}

/** Returns what the first inventory has and the second one lacks. */
export function lossesBetween(before: Inventory, after: Inventory): readonly string[] {
  return [...before].filter((fact) => !after.has(fact));
}

/** Resources that come and go while nothing is lost: controllers, kubelets and elections make them again. */
const transient = new Set([
  "events",
  "events.events.k8s.io",
  "leases.coordination.k8s.io",
  "endpoints",
  "endpointslices.discovery.k8s.io",
  "pods",
  "replicasets.apps",
  "controllerrevisions.apps",
  "certificatesigningrequests.certificates.k8s.io",
]);

/** Of the names that `kubectl api-resources --verbs=list -o name` prints, those whose objects have to stay. */
export function lastingResources(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== "" && !transient.has(name));
}

/** Parts of objects that are content: all else is status, or the server's own. */
const contents = ["rules", "roleRef", "subjects", "webhooks", "spec"] as const;

/** Kinds whose `spec` the server and its controllers do not change. */
const kindsWithOwnSpec = new Set(["DaemonSet", "Deployment", "Service"]);

/** Signatures come and go with the tokens. */
function isVolatile(key: string): boolean {
  return key.startsWith("jws-kubeconfig-");
}

/** Bootstrap tokens expire, and with one of them the uploaded certificates, which are copies. */
function expires({ kind, type }: Readonly<Record<string, unknown>>, name: unknown): boolean {
  return kind === "Secret" && (type === "bootstrap.kubernetes.io/token" || name === "kubeadm-certs");
}

/** Facts of one object, as the API server shows it; none of what expires. */
export function objectFacts(object: unknown): readonly string[] {
  if (!isRecord(object) || !isRecord(object["metadata"])) throw new Error("this is no object of Kubernetes");
  if (expires(object, object["metadata"]["name"])) return [];
  const { kind, metadata } = object;
  const { namespace, name } = metadata;
  const id = `${String(kind)} ${namespace === undefined ? "" : `${String(namespace)}/`}${String(name)}`;
  const data = isRecord(object["data"]) ? Object.entries(object["data"]) : [];
  const parts = contents.filter(
    (part) => object[part] !== undefined && (part !== "spec" || kindsWithOwnSpec.has(String(kind))),
  );
  return [
    id,
    ...data.filter(([key]) => !isVolatile(key)).map(([key, value]) => `${id}: data ${key} is ${digest(value)}`),
    ...parts.map((part) => `${id}: ${part} is ${digest(object[part])}`),
    ...(kind === "Node" ? nodeFacts(id, object) : []),
  ];
}

/** Taints that the controller manager sets and takes away with the Node's conditions. */
function isCondition(taint: string): boolean {
  return taint.startsWith("node.kubernetes.io/");
}

function nodeFacts(id: string, { metadata, spec }: Readonly<Record<string, unknown>>): readonly string[] {
  const labels = isRecord(metadata) && isRecord(metadata["labels"]) ? Object.entries(metadata["labels"]) : [];
  const taints = isRecord(spec) && Array.isArray(spec["taints"]) ? spec["taints"].filter(isRecord) : [];
  return [
    ...labels.map(([key, value]) => `${id}: label ${key}=${String(value)}`),
    ...taints
      .filter(({ key }) => !isCondition(String(key)))
      .map(({ key, effect }) => `${id}: taint ${String(key)}:${String(effect)}`),
  ];
}

/** Facts of etcd, from what `etcdctl member list` and `etcdctl endpoint status --cluster` print. */
export function memberFacts(memberList: string, endpointStatus: string): readonly string[] {
  const answering = new Set(rowsOf(endpointStatus).map(([, id = ""]) => id));
  return rowsOf(memberList).flatMap(([id = "", , name = "", peers = "", , isLearner = ""]) => {
    const member = `etcd member ${name} (${id}) at ${peers}`;
    return [
      isLearner === "true" ? `${member}: learner` : `${member}: voter`,
      ...(answering.has(id) ? [`${member}: has its data`] : []),
    ];
  });
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(", "));
}

/** A file of a host. */
export interface HostFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Facts of a file: whose key it is, for whom and by whom a certificate is, which server a kubeconfig names, the flags of
 * a static Pod. A leaf may be renewed with another key; the keys of CAs and of service accounts may never change.
 */
export function fileFacts(host: string, { path, content }: HostFile): readonly string[] {
  const about = `${host}:${path}`;
  try {
    if (path.endsWith(".key")) return [`${about}: ${keyFact(path, createPublicKey(createPrivateKey(content)))}`];
    if (path.endsWith(".pub")) return [`${about}: ${keyFact(path, createPublicKey(content))}`];
    if (path.endsWith(".crt") || path.endsWith(".pem")) return certificateFacts(about, new X509Certificate(content));
    if (path.endsWith(".conf")) return kubeconfigFacts(about, parse(content));
    if (path.includes("/manifests/")) return manifestFacts(about, parse(content));
    return [];
  } catch {
    // A damaged file is none that could be lost.
    return [];
  }
}

const lastingKeys = new Set(["ca.key", "front-proxy-ca.key", "sa.key", "sa.pub"]);

function keyFact(path: string, key: KeyObject): string {
  return lastingKeys.has(basename(path)) ? `key ${publicKeyDigest(key)}` : "a private key";
}

function certificateFacts(about: string, certificate: X509Certificate): readonly string[] {
  const { ca, publicKey, subject, issuer, subjectAltName } = certificate;
  if (ca) return [`${about}: CA ${oneLine(subject)} with the key ${publicKeyDigest(publicKey)}`];
  const names = subjectAltName === undefined ? [] : subjectAltName.split(", ");
  return [
    `${about}: certificate of ${oneLine(subject)} by ${oneLine(issuer)}`,
    ...names.map((name) => `${about}: valid for ${name}`),
  ];
}

function kubeconfigFacts(about: string, kubeconfig: unknown): readonly string[] {
  if (!isRecord(kubeconfig)) return [];
  const entries = (list: string, field: string) =>
    (Array.isArray(kubeconfig[list]) ? kubeconfig[list] : [])
      .map((each: unknown) => (isRecord(each) ? each[field] : undefined))
      .filter(isRecord);
  return [
    ...entries("clusters", "cluster").map(({ server }) => `${about}: server ${String(server)}`),
    ...entries("users", "user").flatMap((user) => {
      const data = user["client-certificate-data"];
      return typeof data === "string" ? certificateFacts(about, new X509Certificate(Buffer.from(data, "base64"))) : [];
    }),
  ];
}

/** Once it has data, etcd does not read how its cluster began. */
const isOfBeginning = (flag: string) => flag.startsWith("--initial-cluster");

function manifestFacts(about: string, pod: unknown): readonly string[] {
  const spec = isRecord(pod) ? pod["spec"] : undefined;
  const containers = isRecord(spec) && Array.isArray(spec["containers"]) ? spec["containers"].filter(isRecord) : [];
  const words = containers.flatMap(({ command }) => (Array.isArray(command) ? command.map(String) : []));
  return words.filter((word) => !isOfBeginning(word)).map((word) => `${about}: ${word}`);
}

function oneLine(name: string): string {
  return name.split("\n").join(",");
}

function publicKeyDigest(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value, sortedKeys)).digest("hex").slice(0, 16);
}

function sortedKeys(_key: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}
