// A cluster created by `kubeadm init` on machines of an embedded cluster, and what tests look at on it.
import { chmodSync, lstatSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect } from "vitest";
import { poll } from "../../../src/async/poll.ts";
import { resources, type Storage, type StoredObject } from "../../../src/embedded/control-plane/index.ts";
import { entriesBelow } from "../../../src/embedded/entries-below.ts";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "../../../src/embedded/index.ts";
import { localClock } from "../../../src/host/local/clock.ts";
import { kubeadm, type Outcome } from "./kubeadm.ts";

export const initConfigurationPath = "/etc/kubeadm/init.yaml";
export const token = "abcdef.0123456789abcdef";
export const certificateKey = "0123456789abcdef".repeat(4);

export function writeInside(machine: ClusterMachine, path: string, content: string, mode = 0o600): void {
  mkdirSync(dirname(machine.root.inside(path)), { recursive: true });
  writeFileSync(machine.root.inside(path), content);
  chmodSync(machine.root.inside(path), mode);
}

/** Milliseconds for what takes a few seconds where nothing else runs, and many times that on a busy machine. */
export const limitMs = 180_000;

export interface InitChanges {
  /** More members of the ClusterConfiguration. */
  readonly cluster?: object;
  /** More members of the InitConfiguration. */
  readonly init?: object;
}

const timeouts = {
  controlPlaneComponentHealthCheck: "30s",
  kubeletHealthCheck: "30s",
  kubernetesAPICall: "30s",
  etcdAPICall: "30s",
  tlsBootstrap: "30s",
  discovery: "30s",
};

/** Writes a configuration for init whose keys are quick to make, and gives the arguments that use it. */
export function initArguments(
  { endpoint }: Pick<EmbeddedCluster, "endpoint">,
  machine: ClusterMachine,
  { cluster = {}, init = {} }: InitChanges = {},
): readonly string[] {
  const apiVersion = "kubeadm.k8s.io/v1beta4";
  const documents = [
    { apiVersion, kind: "InitConfiguration", bootstrapTokens: [{ token }], certificateKey, timeouts, ...init },
    {
      apiVersion,
      kind: "ClusterConfiguration",
      kubernetesVersion: "v1.37.2",
      controlPlaneEndpoint: endpoint,
      encryptionAlgorithm: "ECDSA-P256",
      networking: { podSubnet: "10.244.0.0/16" },
      ...cluster,
    },
  ];
  const text = documents.map((document) => `${JSON.stringify(document, undefined, 2)}\n`).join("---\n");
  writeInside(machine, initConfigurationPath, text);
  return ["--config", initConfigurationPath];
}

export interface Started extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly cp1: ClusterMachine;
  /** Of the init. */
  readonly outcome: Outcome;
  /** `sha256:…` of the cluster's CA. */
  readonly pin: string;
}

/** A cluster of one control plane, created by `init --upload-certs`. */
export async function startedCluster(changes: InitChanges = {}): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await embeddedCluster());
  const cp1 = await cluster.machine("cp1");
  const outcome = await kubeadm(cp1, ["init", ...initArguments(cluster, cp1, changes), "--upload-certs"]);
  succeeded(outcome, cp1);
  const pin = /--discovery-token-ca-cert-hash (sha256:[0-9a-f]{64})/.exec(outcome.stdout)?.[1] ?? "";
  const kept = stack.move();
  return { cluster, cp1, outcome, pin, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The arguments of a join; timeouts are those of the configuration that it writes. */
export function joinArguments(
  { cluster, pin }: Pick<Started, "cluster" | "pin">,
  machine: ClusterMachine,
  role: "worker" | "control-plane",
  key = certificateKey,
): readonly string[] {
  const configuration = {
    apiVersion: "kubeadm.k8s.io/v1beta4",
    kind: "JoinConfiguration",
    discovery: { bootstrapToken: { apiServerEndpoint: cluster.endpoint, token, caCertHashes: [pin] } },
    ...(role === "worker" ? {} : { controlPlane: { certificateKey: key } }),
    timeouts,
  };
  writeInside(machine, "/etc/kubeadm/join.yaml", `${JSON.stringify(configuration, undefined, 2)}\n`);
  return ["join", "--config", "/etc/kubeadm/join.yaml"];
}

export function succeeded(outcome: Outcome, machine: ClusterMachine): void {
  const kubelet = machine.kubelet?.output().split("\n").slice(-15).join("\n");
  expect(outcome.status, `${outcome.stdout}\n${outcome.stderr}\nthe kubelet:\n${kubelet}`).toBe(0);
}

/** Tags of the lines on stdout, each once where it repeats. */
export function tags({ stdout }: Outcome): readonly string[] {
  const found = stdout.split("\n").flatMap((line) => /^\[([a-z-]+)\]/.exec(line)?.[1] ?? []);
  return found.filter((tag, index) => tag !== found[index - 1]);
}

export function storageOf(cluster: EmbeddedCluster): Storage {
  const storage = cluster.storage();
  if (storage === undefined) throw new Error("no API server runs");
  return storage;
}

/** The value that `look` finds in time. */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  return poll({
    until: async () => {
      const found = await look();
      return found === undefined ? { done: false, reason: "not yet" } : { done: true, value: found };
    },
    everyMs: () => 10,
    deadlineMs: 60_000,
    clock: localClock,
    signal: AbortSignal.timeout(70_000),
    onTimeout: () => new Error(`never came: ${what}`),
  });
}

export async function becomesReady(cluster: EmbeddedCluster, name: string): Promise<StoredObject> {
  return eventually(`Node ${name} to be Ready`, () => {
    const node = cluster.storage()?.get(resources.nodes, { name });
    const { conditions = [] } = (node?.["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
    return conditions.some(({ type, status }) => type === "Ready" && status === "True") ? node : undefined;
  });
}

/** Everything below the directories, one line each: mode, path, and the target of links. */
export function tree(machine: ClusterMachine, ...directories: readonly string[]): readonly string[] {
  return directories.flatMap((directory) =>
    entriesBelow(machine.root.inside(directory)).map((entry) => {
      const status = lstatSync(entry);
      const target = status.isSymbolicLink() ? ` -> ${readlinkSync(entry)}` : "";
      return `${(status.mode & 0o7777).toString(8)} ${entry.slice(machine.root.path.length)}${target}`;
    }),
  );
}
