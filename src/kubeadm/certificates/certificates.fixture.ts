import { X509Certificate } from "node:crypto";
import type { Event, EventOf } from "../../events/event.ts";
import { eventsTo } from "../../events/events.ts";
import { type MemoryHost, type MemorySeed, memoryHost } from "../../host/memory.ts";
import { certificateContent } from "../../pki/certificate-content.ts";
import { keySource } from "../../pki/key-source.ts";
import type { KeyAlgorithm } from "../../pki/keys.ts";
import { type ClusterConfiguration, clusterConfigurationFromV1beta4 } from "../config/cluster/cluster-configuration.ts";
import { defaultTimeouts } from "../config/fields/timeouts.ts";
import { nodeRegistrationFrom } from "../config/versions/convert-join.ts";
import type { ControlPlaneNode } from "../control-plane/control-plane-node.ts";
import { type AuthorityName, authorities, type LeafName, leaves } from "./certificate-table.ts";
import { ensureAuthority, ensureLeaf } from "./init-certificates.ts";
import type { IssuingPorts } from "./make-certificates.ts";
import { makeServiceAccountKeys } from "./service-account-keys.ts";

export function controlPlaneNode(more: Partial<ClusterConfiguration> = {}, name = "cp1", address = "192.0.2.10") {
  const node: ControlPlaneNode = {
    nodeRegistration: nodeRegistrationFrom({ name, criSocket: "unix:///run/containerd/containerd.sock" }),
    localAPIEndpoint: { advertiseAddress: address, bindPort: 6443 },
    cluster: { ...clusterConfigurationFromV1beta4({}), ...more },
    timeouts: defaultTimeouts,
  };
  return node;
}

export const externalEtcd: ClusterConfiguration["etcd"] = {
  external: {
    endpoints: ["https://192.0.2.9:2379"],
    httpEndpoints: [],
    caFile: "/e/ca",
    certFile: "/e/crt",
    keyFile: "/e/key",
  },
};

export interface Workshop {
  readonly host: MemoryHost;
  readonly ports: IssuingPorts;
  /** Types of the events since the last call, with their main field: "certificate.kept ca". */
  told(): readonly string[];
  /** What was reported of the validity of certificates, among all events. */
  validities(): readonly EventOf<"certificate.validity">[];
  /** Messages of the warnings among all events. */
  warnings(): readonly string[];
}

/** Returns a machine in memory with the ports for creating certificates on it. Keys are P-256, which is fast. */
export function workshop(
  seed: MemorySeed = {},
  { now = new Date("2026-11-24T12:00:00Z"), algorithm = "ECDSA-P256" as KeyAlgorithm } = {},
): Workshop {
  const host = memoryHost(seed);
  const all: Event[] = [];
  let from = 0;
  const keys = keySource(algorithm, { atOnce: 2, signal: new AbortController().signal });
  const events = eventsTo(
    (event) => all.push(event),
    () => now,
  );
  return {
    host,
    ports: { now, keys, warned: new Set(), files: host.files, events },
    told: () => {
      const news = all.slice(from).filter(({ type }) => type !== "warning" && type !== "certificate.validity");
      from = all.length;
      return news.map((event) => [event.type, ...named(event)].join(" "));
    },
    validities: () => all.filter((event) => event.type === "certificate.validity"),
    warnings: () => all.flatMap((event) => (event.type === "warning" ? [event.message] : [])),
  };
}

function named(event: Event): readonly string[] {
  const kind = "kind" in event && event.type === "certificate.kept" ? [event.kind] : [];
  const name = "name" in event ? event.name : "file" in event ? event.file : "path" in event ? event.path : undefined;
  return name === undefined ? kind : [...kind, name];
}

/** Creates all certificates, phase by phase, as init does. */
export async function makeAll(node: ControlPlaneNode, ports: IssuingPorts): Promise<void> {
  const order: readonly (AuthorityName | LeafName)[] = [
    "ca",
    "apiserver",
    "apiserver-kubelet-client",
    "front-proxy-ca",
    "front-proxy-client",
    "etcd-ca",
    "etcd-server",
    "etcd-peer",
    "etcd-healthcheck-client",
    "apiserver-etcd-client",
  ];
  for (const name of order) {
    if (name in authorities) await ensureAuthority(name as AuthorityName, node, ports);
    else if (name in leaves) await ensureLeaf(name as LeafName, node, ports);
  }
  await makeServiceAccountKeys(node.cluster, ports);
}

export const pki = "/etc/kubernetes/pki";
/** Files by their paths. */
export type Tree = Readonly<Record<string, string>>;

export const without = (tree: Tree, ...names: string[]): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !names.includes(path.slice(pki.length + 1))));
export const withFiles = (tree: Tree, files: Tree): Tree => ({
  ...tree,
  ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`${pki}/${name}`, content])),
});
export const from = (tree: Tree, name: string): string => tree[`${pki}/${name}`] ?? "";

export async function contentOf({ host }: Workshop, name: string) {
  return certificateContent(new X509Certificate(await host.files.readText(`${pki}/${name}`)));
}
