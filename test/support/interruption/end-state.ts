// What a run leaves on a machine, in the cluster and in etcd, with everything taken out that is new in every run.
import { existsSync, readFileSync } from "node:fs";
import { resources } from "../../../src/embedded/control-plane/index.ts";
import type { ClusterMachine, EmbeddedCluster } from "../../../src/embedded/index.ts";
import { tree } from "../control-plane/stage.ts";

export interface EndState {
  /** Mode and path, one line each. */
  readonly tree: readonly string[];
  /** Path → content of each file that is the same after every run. */
  readonly files: Readonly<Record<string, string>>;
  /** `resource namespace/name`. */
  readonly objects: readonly string[];
  /** `name peer-URL`, and whether it is a learner. */
  readonly members: readonly string[];
}

const directories = ["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/var/lib/kubeadm"];
/** Certificates, keys, and kubeconfigs with them, are new in every run. */
const isTheSame = /^\/etc\/kubernetes\/manifests\/|^\/var\/lib\/kubelet\/(config\.yaml|kubeadm-flags\.env|instance)/;
/** Objects that come and go, and those that the cluster collects itself. */
const transient = new Set(["events", "leases", "certificatesigningrequests"]);

export function objectsOf(cluster: EmbeddedCluster): readonly string[] {
  const storage = cluster.storage();
  if (storage === undefined) return [];
  return Object.values(resources)
    .filter(({ resource }) => !transient.has(resource))
    .flatMap((type) =>
      storage
        .list(type)
        .map(
          ({ metadata }) =>
            `${type.resource} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`,
        ),
    );
}

/** `before`: the objects that were there before the machine's first run. */
export function endState(cluster: EmbeddedCluster, machine: ClusterMachine, before: readonly string[]): EndState {
  const mask = masker(machine);
  const known = new Set(before);
  const lines = directories.flatMap((directory) =>
    existsSync(machine.root.inside(directory)) ? [directory, ...tree(machine, directory)] : [],
  );
  const paths = lines.map((line) => line.replace(/^\d+ /, "")).filter((path) => isTheSame.test(path));
  return {
    // How many certificates a kubelet has requested depends on how long it ran before it was restarted.
    tree: [...new Set(lines.map(mask))].toSorted(),
    files: Object.fromEntries(paths.map((path) => [path, mask(readFileSync(machine.root.inside(path), "utf8"))])),
    objects: objectsOf(cluster)
      .filter((object) => !known.has(object) && !isMirrorPod(object) && !isOfController(object))
      .map(mask)
      .toSorted(),
    members: cluster
      .etcdMembers()
      .map(({ name, peerUrls, isLearner }) => mask(`${name} ${peerUrls.join(",")}${isLearner ? " learner" : ""}`))
      .toSorted(),
  };
}

/** Kubelets make the mirrors of static Pods at times of their own; the manifests are compared as files. */
function isMirrorPod(object: string): boolean {
  return object.startsWith("pods kube-system/");
}

/** The controller manager makes the accounts of its controllers when it likes; the program makes the other two. */
function isOfController(object: string): boolean {
  return object.startsWith("serviceaccounts ") && !/\/(coredns|kube-proxy)$/.test(object);
}

function masker({ hostname, address }: ClusterMachine): (text: string) => string {
  const words: readonly (readonly [RegExp, string])[] = [
    [new RegExp(`\\b${hostname}\\b`, "g"), "<node>"],
    [new RegExp(`\\b${address.replaceAll(".", "\\.")}\\b`, "g"), "<address>"],
    [/kubelet-client-\d{4}(-\d\d){5}\.pem/g, "kubelet-client-<time>.pem"],
    // Follows from timeouts.controlPlaneComponentHealthCheck, which may be another one in the second run.
    [/failureThreshold: \d+/g, "failureThreshold: <number>"],
    [/bootstrap-token-[a-z0-9]{6}/g, "bootstrap-token-<id>"],
    [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "<uid>"],
  ];
  return (text) => words.reduce((masked, [pattern, word]) => masked.replaceAll(pattern, word), text);
}
