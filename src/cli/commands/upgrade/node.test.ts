import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { goodFiles } from "../../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { addNode, type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import type { HttpRequest, HttpResponse } from "../../../cluster/transport.ts";
import { resources } from "../../../embedded/control-plane/index.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";

let cluster: OldCluster;
let files: Record<string, string | undefined>;
const socket = "unix:///var/run/containerd/containerd.sock";
const configuration = "/var/lib/kubelet/config.yaml";
const instance = "/var/lib/kubelet/instance-config.yaml";
const kubeletConfigMap = { namespace: "kube-system", name: "kubelet-config" };

beforeAll(async () => {
  cluster = await startOldCluster();
  addNode(cluster.controlPlane, "worker-1");
  const { controlPlane } = cluster;
  controlPlane.storage.update(resources.configMaps, kubeletConfigMap, {}, (map) => {
    const { kubelet = "" } = map["data"] as Record<string, string>;
    return { ...map, data: { kubelet: `${kubelet}maxPods: 77\n` } };
  });
});
afterAll(() => cluster[Symbol.asyncDispose]());

beforeEach(async () => {
  files = {
    ...goodFiles,
    ...Object.fromEntries(Object.keys(cluster.files).map((path) => [path, undefined])),
    "/etc/kubernetes/kubelet.conf": await cluster.controlPlane.createKubeconfig({
      commonName: "system:node:worker-1",
      organizations: ["system:nodes"],
    }),
    [configuration]: "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 50\n",
    [instance]: `containerRuntimeEndpoint: "${socket}"\n`,
    "/var/lib/kubelet/kubeadm-flags.env": 'KUBELET_KUBEADM_ARGS=""\n',
  };
});

/** Runs a command on worker-1, whose kubelet is the previous minor version's. */
function onWorker(line: string, changes: Record<string, string | undefined> = {}, more: object = {}) {
  return runUpgrade(cluster, line, {
    files: { ...files, ...changes },
    clock: { start: new Date("2026-01-02T03:04:05Z"), automatic: true },
    commands: { kubelet: { stdout: "Kubernetes v1.36.3\n" } },
    connectContainerRuntime: memoryContainerRuntimes({ [socket]: memoryRuntime() }),
    ...more,
  });
}

const messageOf = (stderr: string) => /^error: (.*)$/m.exec(stderr)?.[1];
const reading = `[upgrade] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[upgrade] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
`;
const patched =
  '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"\n';
const backup = "/etc/kubernetes/tmp/kubeadm-kubelet-config-2026-01-02-03-04-05/config.yaml";

describe("upgrade node on a worker", () => {
  it("prints upstream's lines, and writes the cluster's configuration of the kubelet", async () => {
    const { status, stdout, stderr, host } = await onWorker("node");
    expect(status, stderr).toBe(0);
    expect(stdout.replace(backup, "BACKUP")).toBe(`${reading}[upgrade/preflight] Running pre-flight checks
[upgrade/preflight] Skipping prepull. Not a control plane node.
[upgrade/control-plane] Skipping phase. Not a control plane node.
[upgrade/kubeconfig] Skipping phase. Not a control plane node.
[upgrade] Backing up kubelet config file to BACKUP
${patched}[kubelet-start] Writing kubelet configuration to file "${configuration}"
[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!
[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.
[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.
`);
    // The cluster's version: its first control plane was upgraded before.
    expect(stderr.match(/^\[upgrade\] .*$/gm)).toEqual([
      "[upgrade] If the kubelet of this machine is older than v1.36.3: drain the Node worker-1, install the new kubelet, and restart it",
    ]);
    const written = toJson(readYaml(await host.files.readText(configuration)));
    expect(written).toMatchObject({
      maxPods: 77,
      containerRuntimeEndpoint: socket,
      staticPodPath: "/etc/kubernetes/manifests",
    });
    expect(await host.files.readText(backup)).toBe(files[configuration]);
    expect(stderr).not.toContain("KUBEADM_UPGRADE_DRYRUN_DIR");
    expect((await host.files.status(backup.replace("/config.yaml", "")))?.mode).toBe(0o700);
    expect(await host.files.readText(instance)).toBe(files[instance]);
    expect(await host.files.readText("/var/lib/kubelet/kubeadm-flags.env")).toBe('KUBELET_KUBEADM_ARGS=""\n');
  });

  it("looks at the machine, and reads what else it needs, while it reads the cluster's configuration", async () => {
    const others = new Set(["kubelet", "runtime", "kube-proxy", "kubelet-config", "selfsubjectreviews", "w1"]);
    const allDone = Promise.withResolvers<void>();
    const looks: string[] = [];
    const done = (what: string) => {
      others.delete(what);
      if (others.size === 0) allDone.resolve();
    };
    const { status, stderr } = await onWorker(
      "node",
      {},
      {
        commands: {
          kubelet: () => {
            looks.push("kubelet");
            done("kubelet");
            return { stdout: "Kubernetes v1.36.3\n" };
          },
        },
        connectContainerRuntime: (path: string) => {
          looks.push("runtime");
          done("runtime");
          return memoryContainerRuntimes({ [socket]: memoryRuntime() })(path);
        },
        intercept: async ({ url }: HttpRequest, send: () => Promise<HttpResponse>) => {
          // It would never be answered if one of the others waited for it.
          if (url.endsWith("/kubeadm-config")) await allDone.promise;
          else done(new URL(url).pathname.replace(/^.*\//, ""));
          return send();
        },
      },
    );
    expect(status, stderr).toBe(0);
    expect(looks.toSorted()).toEqual(["kubelet", "runtime"]);
  });

  it("reads its Node in parallel with the configurations, and fails as if it had read them first", async () => {
    const done: string[] = [];
    const intercept = async ({ url }: HttpRequest, send: () => Promise<HttpResponse>) => {
      const name = new URL(url).pathname.replace(/^.*\//, "");
      if (name === "kube-proxy") await setTimeout(20);
      done.push(name);
      return send();
    };
    const name = "kubelet-config";
    const { storage } = cluster.controlPlane;
    const before = storage.get(resources.configMaps, kubeletConfigMap);
    storage.delete(resources.configMaps, kubeletConfigMap);
    const conf = await cluster.controlPlane.createKubeconfig({
      commonName: "system:node:other",
      organizations: ["system:nodes"],
    });
    try {
      const { status, stderr } = await onWorker("node", { "/etc/kubernetes/kubelet.conf": conf }, { intercept });
      expect(status).toBe(1);
      expect(messageOf(stderr)).toContain(`configmaps "${name}" not found`);
      const early = done.filter((each) => each === "selfsubjectreviews" || each === "kube-proxy");
      expect(early).toEqual(["selfsubjectreviews", "kube-proxy"]);
    } finally {
      if (before !== undefined) storage.create(resources.configMaps, before);
    }
  });

  it("writes the same a second time, and keeps the backup of the first", async () => {
    const first = await onWorker("node");
    const snapshot = await first.host.files.readText(configuration);
    const second = await onWorker("node", { [configuration]: snapshot, [backup]: "the first one\n" });
    expect(second.status, second.stderr).toBe(0);
    expect(await second.host.files.readText(configuration)).toBe(snapshot);
    expect(await second.host.files.readText(backup)).toBe("the first one\n");
    expect(await second.host.files.readText(backup.replace("05/config", "05-2/config"))).toBe(snapshot);
  });

  it("applies the patches of a directory", async () => {
    const patches = { "/p/kubeletconfiguration.yaml": "maxPods: 88\n" };
    const { status, stderr, host } = await onWorker("node --patches /p", patches);
    expect(status, stderr).toBe(0);
    expect(await host.files.readText(configuration)).toContain("\nmaxPods: 88\n");
  });

  it("restores what is missing, and says so", async () => {
    const { status, stderr, host } = await onWorker("node", { [configuration]: undefined, [instance]: undefined });
    expect(status, stderr).toBe(0);
    expect(stderr).toContain(`${configuration} does not exist: creating it`);
    expect(stderr).toContain(`Node "worker-1" lacks a kubelet instance config file "${instance}"`);
    expect(await host.files.readText(instance)).toBe(
      'containerRuntimeEndpoint: "unix:///var/run/containerd/containerd.sock"\n',
    );
    expect(await host.files.readText(configuration)).toContain("\nmaxPods: 77\n");
  });

  it("shows in a dry run what it would write, and writes nothing", async () => {
    const environment = { PATH: "/usr/bin", KUBEADM_UPGRADE_DRYRUN_DIR: "/dry" };
    const { status, stdout, stderr, host } = await onWorker("node --dry-run", {}, { machine: { environment } });
    expect(status, stderr).toBe(0);
    expect(stdout.startsWith('[dryrun] Creating a real client from "/etc/kubernetes/kubelet.conf"\n')).toBe(true);
    expect(stdout).not.toContain("CREATE");
    expect(stdout).toContain(`[dryrun] Would back up kubelet config file to ${backup}\n`);
    expect(stdout).toContain(`[dryrun] Would write file "${configuration}" with content:\n`);
    expect(stdout).toContain("\nmaxPods: 77\n");
    expect(stdout).toMatch(/\[upgrade\/successful\] Finished dryrunning successfully!\n$/);
    expect(await host.files.readText(configuration)).toBe(files[configuration]);
    expect(await host.files.status(backup)).toBeUndefined();
    expect(await host.files.readText("/dry/config.yaml")).toContain("\nmaxPods: 77\n");
  });

  it("fails in a dry run without a kubeconfig, as the real run would", async () => {
    const { status, stderr } = await onWorker("node --dry-run", { "/etc/kubernetes/kubelet.conf": undefined });
    expect(status).toBe(1);
    expect(messageOf(stderr)).toContain("open /etc/kubernetes/kubelet.conf: no such file or directory");
  });

  it("leaves the kubelet's configuration unchanged if a patch fails", async () => {
    const { status, stderr, host } = await onWorker("node --patches /p", {
      "/p/kubeletconfiguration+json.yaml": "- {op: remove, path: /none}\n",
    });
    expect(status).toBe(1);
    expect(messageOf(stderr)).toContain("error execution phase kubelet-config: ");
    expect(await host.files.readText(configuration)).toBe(files[configuration]);
  });

  it("runs one phase alone", async () => {
    const { status, stdout } = await onWorker("node phase addon coredns");
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `${reading}[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.\n`,
    });
  });

  it("takes what the file says, and phases to skip", async () => {
    const file = {
      "/c.yaml":
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\nnode: {skipPhases: [kubelet-config]}\n",
    };
    const { status, host } = await onWorker("node --config /c.yaml", file);
    expect(status).toBe(0);
    expect(await host.files.readText(configuration)).toBe(files[configuration]);
    const mixed = await onWorker("node --config /c.yaml --patches /p", file);
    expect(messageOf(mixed.stderr)).toBe("can not mix '--config' with arguments [patches]");
    const unknown = await onWorker("node --skip-phases bogus");
    expect(messageOf(unknown.stderr)).toBe("invalid phase name: bogus");
  });

  it("continues after a failure, and names the run that it continues", async () => {
    const broken = { "/p/kubeletconfiguration+json.yaml": "- {op: remove, path: /none}\n" };
    const first = await onWorker("node --patches /p", broken);
    expect(first.status).toBe(1);
    const journal = await first.host.files.readText("/var/lib/kubeadm/journal.json");
    const directory = backup.replace("/config.yaml", "");
    const left = { [backup]: await first.host.files.readText(backup), "/var/lib/kubeadm/journal.json": journal };
    const second = await onWorker("node --patches /p", { ...left, "/p/kubeletconfiguration.yaml": "maxPods: 88\n" });
    expect(second.status, second.stderr).toBe(0);
    expect(second.stdout).toMatch(/^\[run\] Continuing the upgrade node of "[^"]+" that stopped /m);
    expect(second.stdout).toContain(" in kubelet-config\n");
    expect(second.stdout).toContain(`[upgrade] The previous run's backup is kept in "${directory}"\n`);
    expect(await second.host.files.readText(configuration)).toContain("\nmaxPods: 88\n");
    expect(await second.host.files.status("/var/lib/kubeadm/journal.json")).toBeUndefined();
  });

  it("does all phases again with other options, after a warning", async () => {
    const broken = { "/p/kubeletconfiguration+json.yaml": "- {op: remove, path: /none}\n" };
    const first = await onWorker("node --patches /p", broken);
    const journal = await first.host.files.readText("/var/lib/kubeadm/journal.json");
    const second = await onWorker("node", { "/var/lib/kubeadm/journal.json": journal });
    expect(second.status, second.stderr).toBe(0);
    expect(second.stderr).toMatch(
      /an unfinished upgrade node of this machine .* differs in the configuration \(patches\)\. All its phases run again/,
    );
    expect(await second.host.files.readText(configuration)).toContain("\nmaxPods: 77\n");
  });

  it("tells its run as events", async () => {
    const { stdout } = await onWorker("node --output json");
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toContain("upgrade.kubelet-configuration.finished");
    expect(events.at(-1)?.type).toBe("run.finished");
  });

  it("writes a report", async () => {
    const { status, stderr, host } = await onWorker("node --report /r.html");
    expect(status, stderr).toBe(0);
    expect(await host.files.readText("/r.html")).toContain("kubeadm upgrade node");
  });

  it.each<[string, string, Record<string, string | undefined>, string]>([
    [
      "a control plane whose API server has lost its manifest, which is no worker",
      "node",
      { "/etc/kubernetes/manifests/etcd.yaml": "x" },
      "this machine is a control plane (it has /etc/kubernetes/manifests/etcd.yaml), but /etc/kubernetes/manifests/kube-apiserver.yaml is missing",
    ],
    [
      "a machine without a kubelet's kubeconfig",
      "node",
      { "/etc/kubernetes/kubelet.conf": undefined },
      `couldn't create a Kubernetes client from file "/etc/kubernetes/kubelet.conf": failed to load admin kubeconfig: open /etc/kubernetes/kubelet.conf: no such file or directory`,
    ],
    ["a stray word", "node x", {}, 'unknown command "x" for "kubeadm upgrade node"'],
  ])("refuses %s", async (_, line, changes, message) => {
    const { status, stderr } = await onWorker(line, changes);
    expect({ status, message: messageOf(stderr) }).toEqual({ status: 1, message });
  });

  it("refuses a cluster that is too old", async () => {
    const { storage } = cluster.controlPlane;
    const reference = { namespace: "kube-system", name: "kubeadm-config" };
    const before = storage.get(resources.configMaps, reference);
    storage.update(resources.configMaps, reference, {}, (map) => {
      const { ClusterConfiguration = "" } = map["data"] as Record<string, string>;
      return { ...map, data: { ClusterConfiguration: ClusterConfiguration.replace("v1.36.3", "v1.35.9") } };
    });
    const { stderr } = await onWorker("node");
    storage.update(resources.configMaps, reference, {}, (map) => ({ ...map, data: before?.["data"] }));
    expect(messageOf(stderr)).toBe(
      "unable to fetch the kubeadm-config ConfigMap: this version of kubeadm only supports deploying clusters with the control plane version >= 1.36.0. Current version: v1.35.9",
    );
  });
});
