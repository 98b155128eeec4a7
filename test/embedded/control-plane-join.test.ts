// Control planes and workers that join a cluster which `kubeadm init` has made, without root.
import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../src/embedded/control-plane/index.ts";
import type { ClusterMachine, EmbeddedCluster, MachineOptions } from "../../src/embedded/index.ts";
import { certificateSubject } from "../../src/pki/x509.ts";
import { kubeadm, kubeadmKilled, type Outcome } from "../support/control-plane/kubeadm.ts";
import {
  becomesReady,
  eventually,
  joinArguments,
  limitMs,
  type Started,
  startedCluster,
  storageOf,
  succeeded,
  tags,
} from "../support/control-plane/stage.ts";

const controlPlaneLabel = "node-role.kubernetes.io/control-plane";

async function joinsAsControlPlane(started: Started, machine: ClusterMachine): Promise<Outcome> {
  const outcome = await kubeadm(machine, joinArguments(started, machine, "control-plane"));
  succeeded(outcome, machine);
  return outcome;
}

/** Names of etcd's members, learners marked. */
function members(cluster: EmbeddedCluster): readonly string[] {
  return cluster
    .etcdMembers()
    .map(({ name, isLearner }) => (isLearner ? `${name} (learner)` : name))
    .toSorted();
}

async function isControlPlane(cluster: EmbeddedCluster, name: string): Promise<void> {
  const node = await becomesReady(cluster, name);
  expect(node.metadata.labels).toHaveProperty(controlPlaneLabel, "");
}

describe("A control plane that joins", { timeout: limitMs }, () => {
  let started: Started;
  let cp2: ClusterMachine;
  let outcome: Outcome;
  beforeAll(async () => {
    started = await startedCluster();
    cp2 = await started.cluster.machine("cp2");
    outcome = await joinsAsControlPlane(started, cp2);
  }, limitMs);
  afterAll(() => started?.[Symbol.asyncDispose]());

  test("prints its steps in upstream's order", () => {
    expect(tags(outcome)).toEqual([
      "preflight",
      "download-certs",
      "certs",
      "kubeconfig",
      "control-plane",
      "check-etcd",
      "kubelet-start",
      "patches",
      "kubelet-start",
      "etcd",
      "kubelet-check",
      "kubelet-start",
      "mark-control-plane",
      "control-plane-check",
    ]);
  });

  test("has a vote in etcd, and serves what the first one serves", async () => {
    expect(members(started.cluster)).toEqual(["cp1", "cp2"]);
    expect(cp2.apiServer?.storage).toBe(started.cp1.apiServer?.storage);
    await isControlPlane(started.cluster, "cp2");
  });

  test("gets the keys that control planes share, and makes its own certificates", () => {
    for (const shared of ["ca.key", "sa.key", "front-proxy-ca.key", "etcd/ca.key"]) {
      expect(cp2.read(`/etc/kubernetes/pki/${shared}`)).toBe(started.cp1.read(`/etc/kubernetes/pki/${shared}`));
    }
    for (const own of ["apiserver.crt", "etcd/peer.crt"]) {
      expect(cp2.read(`/etc/kubernetes/pki/${own}`)).not.toBe(started.cp1.read(`/etc/kubernetes/pki/${own}`));
    }
    expect(existsSync(cp2.root.inside("/etc/kubernetes/super-admin.conf"))).toBe(false);
  });

  test("signs its kubelet's first certificate itself: the cluster has no request for it", () => {
    const requests = storageOf(started.cluster).list(resources.certificateSigningRequests);
    expect(requests.filter(({ spec }) => JSON.stringify(spec).includes('"system:bootstrap:'))).toEqual([]);
    const pki = "/var/lib/kubelet/pki";
    const [name = ""] = readdirSync(cp2.root.inside(pki)).filter((file) => /^kubelet-client-\d/.test(file));
    const certificate = new X509Certificate(cp2.read(`${pki}/${name}`));
    expect(certificateSubject(certificate)).toEqual({ commonName: "system:node:cp2", organizations: ["system:nodes"] });
  });

  test("writes its API server's manifest with that of its etcd, the others before the kubelet starts", () => {
    const written = (path: string) => statSync(cp2.root.inside(path)).mtimeMs;
    const manifest = (name: string) => written(`/etc/kubernetes/manifests/${name}.yaml`);
    expect(manifest("kube-controller-manager")).toBeLessThan(written("/var/lib/kubelet/kubeadm-flags.env"));
    expect(manifest("kube-apiserver")).toBeGreaterThanOrEqual(manifest("etcd"));
  });

  test("has its kubelet speak to its own API server", () => {
    const users = cp2.apiServer?.requests.all.map(({ user }) => user);
    expect(users).toContain("system:node:cp2");
    expect(cp2.read("/etc/kubernetes/kubelet.conf")).toContain(`https://${cp2.address}:6443`);
  });

  test("serves a worker, too", async () => {
    await using worker = await started.cluster.machine("w1");
    succeeded(await kubeadm(worker, joinArguments(started, worker, "worker")), worker);
    const node = await becomesReady(started.cluster, "w1");
    expect(node.metadata.labels).not.toHaveProperty(controlPlaneLabel);
  });

  test("carries the cluster on while the first one is away", async () => {
    const cp3 = await started.cluster.machine("cp3");
    await joinsAsControlPlane(started, cp3);
    await started.cp1.runtime.stop();
    await using worker = await started.cluster.machine("w2");
    succeeded(await kubeadm(worker, joinArguments(started, worker, "worker")), worker);
    await becomesReady(started.cluster, "w2");
  });
});

describe("Control planes that join", { timeout: limitMs }, () => {
  let started: Started;
  let made = 0;
  beforeAll(async () => {
    started = await startedCluster();
  }, limitMs);
  afterAll(() => started?.[Symbol.asyncDispose]());

  /** Each test has machines of its own, which stay members of the cluster. */
  async function addMachine(options?: MachineOptions): Promise<ClusterMachine> {
    made += 1;
    return started.cluster.machine(`joining-${made}`, options);
  }

  test("at the same time all become members", async () => {
    const machines = [await addMachine(), await addMachine()];
    await Promise.all(machines.map((machine) => joinsAsControlPlane(started, machine)));
    const hostnames = machines.map(({ hostname }) => hostname);
    expect(members(started.cluster)).toEqual(expect.arrayContaining(hostnames));
    for (const hostname of hostnames) await isControlPlane(started.cluster, hostname);
  });

  test("phase by phase become members as by the whole", async () => {
    const machine = await addMachine();
    const [command = "", ...config] = joinArguments(started, machine, "control-plane");
    for (const phase of [
      ["preflight"],
      ["control-plane-prepare", "all"],
      ["kubelet-start"],
      ["etcd-join"],
      ["kubelet-wait-bootstrap"],
      ["control-plane-join", "all"],
    ]) {
      succeeded(await kubeadm(machine, [command, "phase", ...phase, ...config]), machine);
    }
    expect(members(started.cluster)).toContain(machine.hostname);
    await isControlPlane(started.cluster, machine.hostname);
  });

  test("leave etcd by a reset, and may come back", async () => {
    const machine = await addMachine();
    const { hostname } = machine;
    const before = members(started.cluster);
    await joinsAsControlPlane(started, machine);
    succeeded(await kubeadm(machine, ["reset", "--force"]), machine);
    expect(members(started.cluster)).toEqual(before);
    await eventually("no API server", () => (machine.apiServer === undefined ? true : undefined));
    expect(machine.runtime.podSandboxes()).toEqual([]);
    storageOf(started.cluster).delete(resources.nodes, { name: hostname });
    await joinsAsControlPlane(started, machine);
    expect(members(started.cluster)).toEqual([...before, hostname].toSorted());
  });

  test.each([
    ["after the certificates are there", "/etc/kubernetes/pki/etcd/peer.crt"],
    ["after its kubelet was set up", "/var/lib/kubelet/kubeadm-flags.env"],
    ["while etcd's member starts", "/etc/kubernetes/manifests/etcd.yaml"],
  ])("and are killed %s can be reset and join again", async (_when, path) => {
    const machine = await addMachine();
    const before = members(started.cluster);
    const args = joinArguments(started, machine, "control-plane");
    await kubeadmKilled(machine, args, () => existsSync(machine.root.inside(path)));
    succeeded(await kubeadm(machine, ["reset", "--force"]), machine);
    // The kubelet may have registered its Node by then, which a reset leaves to the operator.
    const storage = storageOf(started.cluster);
    const key = { name: machine.hostname };
    if (storage.get(resources.nodes, key) !== undefined) storage.delete(resources.nodes, key);
    await joinsAsControlPlane(started, machine);
    expect(members(started.cluster)).toEqual([...before, machine.hostname].toSorted());
    await isControlPlane(started.cluster, machine.hostname);
  });

  test("and are interrupted while etcd's member starts withdraw it", async () => {
    const machine = await addMachine({ startDelayMs: 60_000 });
    const before = members(started.cluster);
    const interrupt = new AbortController();
    const args = joinArguments(started, machine, "control-plane");
    const running = kubeadm(machine, args, { signal: interrupt.signal });
    await eventually("a learner", () => (members(started.cluster).length > before.length ? true : undefined));
    interrupt.abort();
    expect((await running).status).toBe(130);
    expect(members(started.cluster)).toEqual(before);
    expect(existsSync(machine.root.inside("/etc/kubernetes/manifests/etcd.yaml"))).toBe(false);
  });

  test("with another key than the one that encrypted the certificates fail before anything is written", async () => {
    const machine = await addMachine();
    const args = joinArguments(started, machine, "control-plane", "f".repeat(64));
    const { status, stderr } = await kubeadm(machine, args);
    expect(status).toBe(1);
    expect(stderr).toContain("error decoding secret data with provided key");
    expect(existsSync(machine.root.inside("/etc/kubernetes/pki/ca.key"))).toBe(false);
    expect(members(started.cluster)).not.toContain(machine.hostname);
  });
});
