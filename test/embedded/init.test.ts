// `kubeadm init` on machines whose kubelet runs what is written, without root.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { type ClusterMachine, type EmbeddedCluster, embeddedCluster } from "../../src/embedded/index.ts";
import { kubeadm } from "../support/control-plane/kubeadm.ts";
import {
  becomesReady,
  eventually,
  initArguments,
  joinArguments,
  limitMs,
  type Started,
  startedCluster,
  storageOf,
  succeeded,
  tags,
  token,
  tree,
  writeInside,
} from "../support/control-plane/stage.ts";

const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];

function names(cluster: EmbeddedCluster, resource: Parameters<ReturnType<typeof storageOf>["list"]>[0]) {
  return storageOf(cluster)
    .list(resource)
    .map(({ metadata: { namespace, name } }) => (namespace === undefined ? name : `${namespace}/${name}`));
}

describe("init", { timeout: limitMs }, () => {
  let started: Started;
  let cp1: ClusterMachine;
  let cluster: EmbeddedCluster;
  beforeAll(async () => {
    started = await startedCluster();
    ({ cp1, cluster } = started);
  }, limitMs);
  afterAll(() => started?.[Symbol.asyncDispose]());

  test("prints its steps in upstream's order", () => {
    expect(tags(started.outcome)).toEqual([
      "init",
      "preflight",
      "certs",
      "kubeconfig",
      "etcd",
      "control-plane",
      "kubelet-start",
      "patches",
      "kubelet-start",
      "wait-control-plane",
      "kubelet-check",
      "control-plane-check",
      "upload-config",
      "kubelet",
      "upload-certs",
      "mark-control-plane",
      "bootstrap-token",
      "kubelet-finalize",
      "addons",
    ]);
  });

  test("ends with the commands that join further nodes", () => {
    expect(started.outcome.stdout).toContain("Your Kubernetes control-plane has initialized successfully!");
    expect(started.outcome.stdout).toContain(`kubeadm join ${cluster.endpoint} --token ${token}`);
    expect(started.pin).not.toBe("");
  });

  test("leaves a Node that is marked as a control plane and becomes Ready", async () => {
    const node = await becomesReady(cluster, "cp1");
    expect(node.metadata.labels).toMatchObject({
      "node-role.kubernetes.io/control-plane": "",
      "node.kubernetes.io/exclude-from-external-load-balancers": "",
    });
    expect(node["spec"]).toMatchObject({
      taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
    });
  });

  test("leaves static pods that run, etcd's with the address of its clients", async () => {
    const pods = await eventually("the mirror pods", () => {
      const found = storageOf(cluster).list(resources.pods, "kube-system");
      return found.length === components.length ? found : undefined;
    });
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(components.map((name) => `${name}-cp1`));
    expect(pods[0]?.metadata.annotations).toMatchObject({
      "kubeadm.kubernetes.io/etcd.advertise-client-urls": `https://${cp1.address}:2379`,
    });
  });

  test("makes its group of administrators before anything else, by the super administrator", () => {
    const bindings = cp1.apiServer?.requests.matching(
      ({ path, verb }) =>
        verb === "create" && path.startsWith("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
    );
    expect(bindings?.slice(0, 2).map(({ user, code }) => [user, code])).toEqual([
      ["kubernetes-admin", 403],
      ["kubernetes-super-admin", 201],
    ]);
  });

  test("leaves the accounts of the controllers, so that the controller manager starts them immediately", () => {
    expect(names(cluster, resources.serviceAccounts)).toEqual(
      expect.arrayContaining(["kube-system/certificate-controller", "kube-system/bootstrap-signer"]),
    );
    const created = cp1.apiServer?.requests.matching(
      ({ path, verb, user }) => verb === "create" && path.endsWith("/serviceaccounts") && user === "kubernetes-admin",
    );
    // With those of CoreDNS and kube-proxy.
    expect(created).toHaveLength(42);
  });

  test("leaves in the cluster what joining nodes read", async () => {
    expect(names(cluster, resources.configMaps)).toEqual(
      expect.arrayContaining([
        "kube-public/cluster-info",
        "kube-system/kubeadm-config",
        "kube-system/kubelet-config",
        "kube-system/kube-proxy",
        "kube-system/coredns",
      ]),
    );
    expect(names(cluster, resources.secrets)).toEqual(
      expect.arrayContaining(["kube-system/kubeadm-certs", `kube-system/bootstrap-token-${token.split(".")[0]}`]),
    );
    expect(names(cluster, resources.deployments)).toEqual(["kube-system/coredns"]);
    expect(names(cluster, resources.daemonSets)).toEqual(["kube-system/kube-proxy"]);
    const info = storageOf(cluster).get(resources.configMaps, { namespace: "kube-public", name: "cluster-info" });
    expect(info?.["data"]).toHaveProperty("jws-kubeconfig-abcdef");
  });

  test("gives kubeconfigs that the API server knows, those of people by way of the load balancer", () => {
    const server = (path: string) =>
      (parse(readFileSync(cp1.root.inside(path), "utf8")) as { clusters: { cluster: { server: string } }[] })
        .clusters[0]?.cluster.server;
    expect(server("/etc/kubernetes/admin.conf")).toBe(`https://${cluster.endpoint}`);
    expect(server("/etc/kubernetes/controller-manager.conf")).toBe(`https://${cp1.address}:6443`);
    const users = new Set(cp1.apiServer?.requests.all.map(({ user }) => user));
    for (const user of ["system:kube-controller-manager", "system:kube-scheduler", "system:node:cp1"]) {
      expect(users).toContain(user);
    }
  });

  test("is refused on the same machine a second time, and changes nothing", async () => {
    const before = tree(cp1, "/etc/kubernetes");
    const { status, stderr } = await kubeadm(cp1, ["init", ...initArguments(cluster, cp1)]);
    expect(status).toBe(1);
    expect(stderr).toContain("[ERROR Port-6443]: Port 6443 is in use");
    expect(stderr).toContain("/etc/kubernetes/manifests/kube-apiserver.yaml already exists");
    expect(tree(cp1, "/etc/kubernetes")).toEqual(before);
  });
});

describe("init phase", { timeout: limitMs }, () => {
  test("one after the other makes what the whole makes", async () => {
    await using whole = await startedCluster();
    await using cluster = await embeddedCluster();
    const cp1 = await cluster.machine("cp1");
    const config = initArguments(cluster, cp1);
    const phases: readonly (readonly string[])[] = [
      ["preflight"],
      ["certs", "all"],
      ["kubeconfig", "all"],
      ["etcd", "local"],
      ["control-plane", "all"],
      ["kubelet-start"],
      ["wait-control-plane"],
      ["upload-config", "all"],
      ["upload-certs", "--upload-certs"],
      ["mark-control-plane"],
      ["bootstrap-token"],
      ["kubelet-finalize", "all"],
      ["addon", "all"],
    ];
    for (const phase of phases) {
      const args = phase[0] === "wait-control-plane" ? [] : config;
      succeeded(await kubeadm(cp1, ["init", "phase", ...phase, ...args]), cp1);
    }
    await becomesReady(cluster, "cp1");
    await becomesReady(whole.cluster, "cp1");
    expect(tree(cp1, "/etc/kubernetes")).toEqual(tree(whole.cp1, "/etc/kubernetes"));
    for (const resource of [
      resources.configMaps,
      resources.roles,
      resources.roleBindings,
      resources.clusterRoles,
      resources.clusterRoleBindings,
      resources.deployments,
      resources.daemonSets,
      resources.services,
      resources.serviceAccounts,
    ]) {
      expect(names(cluster, resource)).toEqual(names(whole.cluster, resource));
    }
  });
});

describe("An init", { timeout: limitMs }, () => {
  test("waits for an API server that takes its time", async () => {
    await using cluster = await embeddedCluster();
    const cp1 = await cluster.machine("cp1", { startDelayMs: 400 });
    succeeded(await kubeadm(cp1, ["init", ...initArguments(cluster, cp1)]), cp1);
  });

  test("signs cluster-info itself, as token create does: nodes join whose tokens the controller manager never signs for", async () => {
    await using started = await startedCluster({
      cluster: { controllerManager: { extraArgs: [{ name: "controllers", value: "*,-bootstrapsigner" }] } },
    });
    const { cluster, cp1 } = started;
    const w1 = await cluster.machine("w1");
    succeeded(await kubeadm(w1, joinArguments(started, w1, "worker")), w1);
    const w2 = await cluster.machine("w2");
    const created = await kubeadm(cp1, ["token", "create", "--print-join-command"]);
    succeeded(created, cp1);
    succeeded(await kubeadm(w2, created.stdout.trim().split(" ").slice(1)), w2);
  });

  test("with a kubelet that requests its serving certificate says at the end what is pending, and how to approve it", async () => {
    await using cluster = await embeddedCluster();
    const cp1 = await cluster.machine("cp1");
    const patch = JSON.stringify({ serverTLSBootstrap: true });
    writeInside(cp1, "/etc/kubeadm/patches/kubeletconfiguration.json", patch);
    const args = initArguments(cluster, cp1, { init: { patches: { directory: "/etc/kubeadm/patches" } } });
    const outcome = await kubeadm(cp1, ["init", ...args]);
    succeeded(outcome, cp1);
    const [last = ""] = outcome.stderr.trimEnd().split("\n").slice(-1);
    expect(last).toContain("spec.signerName=kubernetes.io/kubelet-serving` (pending now: 0)");
    expect(last).toContain("kubectl certificate approve");
  });

  test("follows a reset of the only control plane with a cluster of its own", async () => {
    await using started = await startedCluster();
    const { cluster, cp1 } = started;
    const before = storageOf(cluster);
    succeeded(await kubeadm(cp1, ["reset", "--force"]), cp1);
    expect(cp1.runtime.podSandboxes()).toEqual([]);
    expect(tree(cp1, "/etc/kubernetes", "/var/lib/etcd").map((line) => line.split(" ")[1])).toEqual([
      "/etc/kubernetes/manifests",
      "/etc/kubernetes/pki",
    ]);
    succeeded(await kubeadm(cp1, ["init", ...initArguments(cluster, cp1)]), cp1);
    await becomesReady(cluster, "cp1");
    expect(storageOf(cluster)).not.toBe(before);
  });

  test("that only pretends to change the machine leaves it as it was", async () => {
    await using cluster = await embeddedCluster();
    const cp1 = await cluster.machine("cp1");
    const args = initArguments(cluster, cp1);
    const before = tree(cp1, "/etc", "/var/lib");
    const outcome = await kubeadm(cp1, ["init", ...args, "--dry-run"]);
    succeeded(outcome, cp1);
    expect(outcome.stdout).toContain("[dryrun]");
    const added = tree(cp1, "/etc", "/var/lib").filter((line) => !before.includes(line));
    expect(added.filter((line) => !line.includes("/etc/kubernetes/tmp/")).map((line) => line.split(" ")[1])).toEqual([
      "/etc/kubernetes",
      "/etc/kubernetes/tmp",
    ]);
  });

  test("says which component does not start, and why", async () => {
    await using cluster = await embeddedCluster();
    const cp1 = await cluster.machine("cp1");
    const args = initArguments(cluster, cp1, {
      init: { timeouts: { controlPlaneComponentHealthCheck: "1s", kubernetesAPICall: "1s" } },
      cluster: { scheduler: { extraArgs: [{ name: "no-such-flag", value: "1" }] } },
    });
    const { status, stderr } = await kubeadm(cp1, ["init", ...args]);
    expect(status).toBe(1);
    expect(stderr).toContain("kube-scheduler");
  });
});
