// A cluster of 1.36.3 on embedded machines: what kubeadm 1.36.3 makes, created by this program.
import { resources, type StoredObject } from "../../src/embedded/control-plane/index.ts";
import {
  type ClusterMachine,
  type EmbeddedCluster,
  embeddedCluster,
  type MachineOptions,
} from "../../src/embedded/index.ts";
import { toJson } from "../../src/go/yaml/node.ts";
import { readYaml } from "../../src/go/yaml/read-yaml.ts";
import { type WritableMap, writeYaml } from "../../src/go/yaml/write-yaml.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import {
  becomesReady,
  eventually,
  initArguments,
  joinArguments,
  type Started,
  storageOf,
  succeeded,
} from "../support/control-plane/stage.ts";
import { type ComponentTags, mirrorTags } from "./cluster-versions.ts";

export const olderVersion = "v1.36.3";
/** Of the images that kubeadm 1.36.3 deploys. */
export const olderTags = { etcd: "3.6.8-0", coreDns: "v1.14.2" } as const;
/** Of the images that kubeadm 1.37.2 deploys. */
export const newerTags = { etcd: "3.7.0-0", coreDns: "v1.14.6" } as const;
export const newerVersion = "v1.37.2";

/** The image tags of the manifests. */
export const olderImages = imagesOf(olderVersion, olderTags.etcd);
export const newerImages = imagesOf(newerVersion, newerTags.etcd);

/** Which machines the cluster has, and how they differ from usual ones. */
export interface OlderClusterOptions {
  /** Of cp1, cp2 and so on; one usual machine by default. */
  readonly controlPlanes?: readonly MachineOptions[];
  /** Of w1, w2 and so on; none by default. */
  readonly workers?: readonly MachineOptions[];
  /** More members of the ClusterConfiguration. */
  readonly cluster?: object;
  /** Makes what cp1 needs before its init; returns still more members. */
  readonly prepare?: (cluster: EmbeddedCluster, cp1: ClusterMachine) => Promise<object>;
}

export interface OlderCluster extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly cp1: ClusterMachine;
  readonly controlPlanes: readonly ClusterMachine[];
  readonly workers: readonly ClusterMachine[];
}

/** Milliseconds until the kubelet looks again after a static Pod that waits for the end of its predecessor. */
const podRestartDelayMs = 10_000;

/** Creates the cluster; all its Nodes are Ready, and so are the static Pods. */
export async function startOlderCluster(options: OlderClusterOptions = {}): Promise<OlderCluster> {
  const { controlPlanes: planes = [{}], workers: more = [], cluster: configuration = {}, prepare } = options;
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await embeddedCluster());
  const machine = (name: string, { kubelet, ...rest }: MachineOptions) =>
    cluster.machine(name, {
      ...rest,
      ...(kubelet === false ? { kubelet } : { kubelet: { version: olderVersion, podRestartDelayMs, ...kubelet } }),
    });
  const [first = {}, ...others] = planes;
  const cp1 = await machine("cp1", first);
  const tagged = {
    kubernetesVersion: olderVersion,
    etcd: { local: { imageTag: olderTags.etcd } },
    dns: { imageTag: olderTags.coreDns },
    ...configuration,
    ...(await prepare?.(cluster, cp1)),
  };
  const outcome = await kubeadm(cp1, ["init", ...initArguments(cluster, cp1, { cluster: tagged }), "--upload-certs"]);
  succeeded(outcome, cp1);
  const pin = /--discovery-token-ca-cert-hash (sha256:[0-9a-f]{64})/.exec(outcome.stdout)?.[1] ?? "";
  const join = async (name: string, role: "worker" | "control-plane", wanted: MachineOptions) => {
    const joining = await machine(name, wanted);
    succeeded(
      await kubeadm(joining, joinArguments({ cluster, pin } satisfies Partial<Started>, joining, role)),
      joining,
    );
    return joining;
  };
  const controlPlanes = [cp1];
  for (const [index, each] of others.entries()) controlPlanes.push(await join(`cp${index + 2}`, "control-plane", each));
  const workers = await Promise.all(more.map((each, index) => join(`w${index + 1}`, "worker", each)));
  for (const { hostname } of [...controlPlanes, ...workers]) await becomesReady(cluster, hostname);
  for (const each of controlPlanes) {
    await eventually(`the Pods of ${each.hostname}`, () => {
      const { etcd: ofEtcd, ...others } = mirrorTags(cluster, each);
      const awaited = "external" in tagged.etcd ? Object.values(others) : [ofEtcd, ...Object.values(others)];
      return !awaited.includes("") || undefined;
    });
  }
  makeOlder(cluster);
  // The times of certificates are whole seconds: one of the second in which an upgrade begins counts as renewed by it.
  const second = Math.floor(Date.now() / 1_000);
  await eventually("the next second", () => Math.floor(Date.now() / 1_000) > second || undefined);
  const kept = stack.move();
  return { cluster, cp1, controlPlanes, workers, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function imagesOf(version: string, etcd: string): ComponentTags {
  return { etcd, "kube-apiserver": version, "kube-controller-manager": version, "kube-scheduler": version };
}

/** Changes the objects in which kubeadm 1.36.3 differs: it sets no tags of its own images, and no mode of kube-proxy. */
function makeOlder(cluster: EmbeddedCluster): void {
  changeMap(cluster, "kubeadm-config", "ClusterConfiguration", (document) => {
    const { etcd, dns } = document as { etcd: { local?: WritableMap }; dns: WritableMap };
    const { imageTag: _dnsTag, ...otherDns } = dns;
    if (etcd.local === undefined) return { ...document, dns: otherDns };
    const { imageTag: _etcdTag, ...local } = etcd.local;
    return { ...document, etcd: { local }, dns: otherDns };
  });
  changeMap(cluster, "kube-proxy", "config.conf", (document) => ({ ...document, mode: "" }));
}

function changeMap(
  cluster: EmbeddedCluster,
  name: string,
  key: string,
  change: (document: WritableMap) => WritableMap,
): void {
  storageOf(cluster).update(resources.configMaps, { namespace: "kube-system", name }, {}, (map) => {
    const data = map["data"] as Readonly<Record<string, string>>;
    const text = writeYaml(change(toJson(readYaml(data[key] ?? "")) as WritableMap));
    return { ...map, data: { ...data, [key]: text } } as StoredObject;
  });
}
