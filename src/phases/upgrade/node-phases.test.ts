import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PhaseSetting, runPhases } from "../../../test/support/upgrade/control-plane-phases.ts";
import { coreDnsOf, type OldCluster, startOldCluster } from "../../../test/support/upgrade/old-cluster.ts";
import { resources } from "../../embedded/control-plane/index.ts";
import { addon } from "./addon.ts";
import { controlPlane } from "./control-plane.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { kubeletConfig } from "./kubelet-config.ts";
import { postUpgrade } from "./post-upgrade.ts";

let cluster: OldCluster;
beforeEach(async () => {
  cluster = await startOldCluster();
});
afterEach(() => cluster[Symbol.asyncDispose]());

/** The cluster's configuration has another field. */
function configure(text: string) {
  const key = { namespace: "kube-system", name: "kubeadm-config" };
  cluster.controlPlane.storage.update(resources.configMaps, key, {}, (map) => {
    const { ClusterConfiguration = "" } = map["data"] as Record<string, string>;
    const before = ClusterConfiguration.replace(/^kubernetesVersion: .*$/m, "kubernetesVersion: v1.37.2");
    return { ...map, data: { ClusterConfiguration: `${before}${text}` } };
  });
}
const reading = /^\[upgrade\] (Reading configuration|Use 'kubeadm init).*\n/gm;
const linesOf = (stdout: string) => stdout.replace(reading, "");

describe("the phase addon", () => {
  beforeEach(() => {
    configure("");
    cluster.controlPlane.storage.create(resources.daemonSets, {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "kube-proxy", namespace: "kube-system", labels: { "k8s-app": "kube-proxy" } },
      spec: {
        selector: { matchLabels: { "k8s-app": "kube-proxy" } },
        template: {
          metadata: { labels: { "k8s-app": "kube-proxy" } },
          spec: { containers: [{ name: "kube-proxy", image: "registry.k8s.io/kube-proxy:v1.36.3" }] },
        },
      },
    });
  });
  const imageOf = (resource: "deployments" | "daemonSets", name: string) =>
    /"image":"([^"]*)"/.exec(
      JSON.stringify(cluster.controlPlane.storage.get(resources[resource], { namespace: "kube-system", name }) ?? {}),
    )?.[1];
  const images = () => [imageOf("deployments", "coredns"), imageOf("daemonSets", "kube-proxy")];
  const previous = ["registry.k8s.io/coredns/coredns:v1.14.2", "registry.k8s.io/kube-proxy:v1.36.3"];
  const next = ["registry.k8s.io/coredns/coredns:v1.14.6", "registry.k8s.io/kube-proxy:v1.37.2"];

  const addControlPlane = (nodeName: string, tag: string) =>
    cluster.controlPlane.storage.create(resources.pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `kube-apiserver-${nodeName}`,
        namespace: "kube-system",
        labels: { component: "kube-apiserver", tier: "control-plane" },
      },
      spec: { nodeName, containers: [{ name: "kube-apiserver", image: `registry.k8s.io/kube-apiserver:${tag}` }] },
    });

  /** The API server of this machine has the new version. */
  const upgradeApiServer = () => {
    const key = { namespace: "kube-system", name: "kube-apiserver-cp1" };
    cluster.controlPlane.storage.update(resources.pods, key, {}, (pod) =>
      JSON.parse(JSON.stringify(pod).replace("kube-apiserver:v1.36.3", "kube-apiserver:v1.37.2")),
    );
  };
  const waiting = (nodes: string) =>
    `[upgrade/addon] Skipping upgrade of addons because control plane instances [${nodes}] have not been upgraded\n`;

  it("upgrades both addons on the only control plane", async () => {
    upgradeApiServer();
    const { stdout } = await runPhases(cluster, [addon]);
    expect(linesOf(stdout)).toBe(
      "[addons] Applied essential addon: CoreDNS\n[addons] Applied essential addon: kube-proxy\n",
    );
    expect(images()).toEqual(next);
  });

  it("leaves them unchanged while this control plane is of the older version", async () => {
    const { stdout } = await runPhases(cluster, [addon]);
    expect(linesOf(stdout)).toBe(waiting("cp1").repeat(2));
    expect(images()).toEqual(previous);
  });

  it("leaves them to the last control plane", async () => {
    upgradeApiServer();
    addControlPlane("cp3", "v1.36.3");
    addControlPlane("cp2", "v1.36.3");
    const { stdout } = await runPhases(cluster, [addon]);
    expect(linesOf(stdout)).toBe(waiting("cp2 cp3").repeat(2));
    expect(images()).toEqual(previous);
  });

  it("upgrades them on the last control plane", async () => {
    upgradeApiServer();
    addControlPlane("cp2", "v1.37.2");
    await runPhases(cluster, [addon]);
    expect(images()).toEqual(next);
  });

  it("shows their objects in a dry run, and changes nothing", async () => {
    const { stdout } = await runPhases(cluster, [addon], { dryRun: true });
    expect(linesOf(stdout)).toContain("kind: Deployment\n");
    expect(linesOf(stdout)).toContain("image: registry.k8s.io/kube-proxy:v1.37.2\n");
    expect(images()).toEqual(previous);
  });

  it("skips addons that are disabled", async () => {
    configure("dns:\n  disabled: true\nproxy:\n  disabled: true\n");
    const { stdout } = await runPhases(cluster, [addon]);
    expect(linesOf(stdout)).toBe(
      "[upgrade/addon] Skipping the addon/coredns phase. The addon is disabled.\n[upgrade/addon] Skipping the addon/kube-proxy phase. The addon is disabled.\n",
    );
  });

  it.each([false, true])("does not bring back addons that were removed (dry run: %s)", async (dryRun) => {
    upgradeApiServer();
    const { storage } = cluster.controlPlane;
    storage.delete(resources.deployments, { namespace: "kube-system", name: "coredns" });
    storage.delete(resources.daemonSets, { namespace: "kube-system", name: "kube-proxy" });
    const { stdout } = await runPhases(cluster, [addon], { dryRun });
    expect(linesOf(stdout).split("\n")).toEqual([
      "[upgrade/addon] Skipping the addon/coredns phase. The Deployment kube-system/coredns was removed: `kubeadm init phase addon coredns` creates it.",
      expect.stringMatching(/^\[upgrade\/addon\] Skipping the addon\/kube-proxy phase\. The DaemonSet /),
      "",
    ]);
    expect(images()).toEqual([undefined, undefined]);
  });

  it("stops where several Deployments could be CoreDNS", async () => {
    upgradeApiServer();
    const other = coreDnsOf("v1.14.2");
    cluster.controlPlane.storage.create(resources.deployments, {
      ...other,
      metadata: { ...other.metadata, name: "other" },
    });
    await expect(runPhases(cluster, [addon])).rejects.toMatchObject({ code: "DNS_DEPLOYMENTS_AMBIGUOUS" });
  });

  it("is not for workers", async () => {
    const { stdout } = await runPhases(cluster, [addon], { role: "worker" });
    expect(linesOf(stdout)).toBe(
      "[upgrade/addon] Skipping the addon/coredns phase. Not a control plane node.\n[upgrade/addon] Skipping the addon/kube-proxy phase. Not a control plane node.\n",
    );
  });
});

describe("the phase control-plane", () => {
  it("shows no password of a proxy in a dry run", async () => {
    configure("");
    const machine = { environment: { HTTPS_PROXY: "http://user:hunter2@proxy.example:3128" } };
    const { told, stdout } = await runPhases(cluster, [controlPlane], { dryRun: true, machine });
    expect(stdout).toContain("value: http://user:xxxxx@proxy.example:3128\n");
    expect(JSON.stringify(told)).not.toContain("hunter2");
  });
});

describe("the phase kubeconfig", () => {
  const path = "/etc/kubernetes/kubelet.conf";
  const manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
  const local = () => {
    const endpoint = /advertise-address\.endpoint: (\S+)/.exec(cluster.files[manifest] ?? "")?.[1];
    return `https://${endpoint}`;
  };
  const finished = "[upgrade/kubeconfig] The kubeconfig files for this node were successfully upgraded!\n";

  async function run(server: string, setting: PhaseSetting = {}) {
    configure("controlPlaneEndpoint: lb.example:6443\n");
    const text = (cluster.files[path] ?? "").replace(/server: .*/, `server: ${server}`);
    const { host, ...output } = await runPhases(cluster, [kubeconfig], {
      ...setting,
      files: { [path]: text, ...setting.files },
    });
    const written = await host.files.readText(path);
    return { ...output, host, server: /server: (.*)/.exec(written)?.[1], isSame: written === text };
  }

  it("points the kubelet to its own API server, and restarts it", async () => {
    const { host, server, stdout } = await run("https://lb.example:6443");
    expect({ server, stdout: linesOf(stdout) }).toEqual({ server: local(), stdout: finished });
    expect(host.services.actions).toEqual([{ action: "restart", service: "kubelet" }]);
  });

  it.each([
    ["its own API server", () => local()],
    ["a third server", () => "https://192.0.2.99:6443"],
  ])("leaves a kubelet.conf with %s unchanged", async (_, server) => {
    const { host, isSame, stdout } = await run(server());
    expect({ isSame, stdout: linesOf(stdout) }).toEqual({ isSame: true, stdout: finished });
    expect(host.services.actions).toEqual([]);
  });

  it("shows the change in a dry run", async () => {
    const { isSame, stdout } = await run("https://lb.example:6443", { dryRun: true });
    expect(isSame).toBe(true);
    expect(linesOf(stdout)).toContain(
      `[dryrun] Would change the Server URL from "https://lb.example:6443" to "${local()}" in ${path} and try to restart kubelet\n${finished}`,
    );
  });

  it("names a kubelet.conf without a cluster", async () => {
    await expect(
      run("https://lb.example:6443", {
        files: { [path]: "apiVersion: v1\nkind: Config\n" },
        machine: { hostname: "cp1" },
      }),
    ).rejects.toThrow(
      `failed to update kubelet local mode: cannot find cluster for active context in kubeconfig "${path}"`,
    );
  });

  it.each([
    ["no YAML", "a: b: c\n", "yaml: mapping values are not allowed in this context"],
    ["no text", "\u0000", "yaml: control characters are not allowed"],
    ["a list", "[]", "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value"],
    ["another object", "apiVersion: v1\nkind: Pod\n", 'no kind "Pod" is registered for version "v1"'],
  ])("says what is wrong with a kubelet.conf that is %s", async (_, content, reason) => {
    await expect(
      run("https://lb.example:6443", { files: { [path]: content }, machine: { hostname: "cp1" } }),
    ).rejects.toMatchObject({
      code: "KUBECONFIG_INVALID",
      message: expect.stringContaining(`failed to update kubelet local mode: ${reason}`),
      remedy: expect.stringContaining(path),
    });
  });

  it("is not for workers", async () => {
    const { stdout } = await runPhases(cluster, [kubeconfig], { role: "worker" });
    expect(linesOf(stdout)).toBe("[upgrade/kubeconfig] Skipping phase. Not a control plane node.\n");
  });
});

describe("the phase kubelet-config", () => {
  it("writes the cluster's configuration on a control plane, too", async () => {
    configure("");
    const config = "/var/lib/kubelet/config.yaml";
    const { host, stdout } = await runPhases(cluster, [kubeletConfig], { files: { [config]: "maxPods: 7\n" } });
    expect(linesOf(stdout)).toContain(
      "[upgrade] Backing up kubelet config file to /etc/kubernetes/tmp/kubeadm-kubelet-config-2026-01-02-03-04-05/config.yaml\n",
    );
    expect(await host.files.readText(config)).toContain("kind: KubeletConfiguration\n");
  });
});

describe("the phase post-upgrade", () => {
  const path = "/var/lib/kubelet/kubeadm-flags.env";
  const backup = "/etc/kubernetes/tmp/kubeadm-kubelet-env-2026-01-02-03-04-05/kubeadm-flags.env";
  const before = 'KUBELET_KUBEADM_ARGS="--v=2 --pod-infra-container-image=registry.k8s.io/pause:3.9"\n';

  it("removes a flag that the kubelet no longer has, and keeps a copy of the file", async () => {
    const { host, stdout } = await runPhases(cluster, [postUpgrade], { files: { [path]: before } });
    expect(stdout).toBe(
      `[upgrade] Backing up kubelet env file to ${backup}\n[kubelet-start] Writing kubelet environment file with flags to file "${path}"\n`,
    );
    expect([await host.files.readText(path), await host.files.readText(backup)]).toEqual([
      'KUBELET_KUBEADM_ARGS="--v=2"\n',
      before,
    ]);
  });

  it("says in a dry run what it would remove", async () => {
    const { host, stdout } = await runPhases(cluster, [postUpgrade], { dryRun: true, files: { [path]: before } });
    expect(stdout).toBe(`[dryrun] Would remove unwanted kubelet flags [pod-infra-container-image] from ${path}\n`);
    expect(await host.files.readText(path)).toBe(before);
  });

  it.each([
    ["with other flags", { [path]: 'KUBELET_KUBEADM_ARGS="--v=2"\n' }],
    ["that does not exist", {}],
  ])("does nothing with a file %s", async (_, files) => {
    const { stdout } = await runPhases(cluster, [postUpgrade], { files });
    expect(stdout).toBe("");
  });
});

describe("what a symlink points to", () => {
  it.each([
    ["config.yaml", "maxPods: 7\n", "kubeadm-kubelet-config", [kubeletConfig]],
    [
      "kubeadm-flags.env",
      'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=a"\n',
      "kubeadm-kubelet-env",
      [postUpgrade],
    ],
  ] as const)("is copied from %s for its owner only", async (name, content, directory, phases) => {
    configure("");
    const { host } = await runPhases(cluster, phases, {
      files: { [`/var/lib/kubelet/${name}`]: { target: "/srv/it" }, "/srv/it": content },
    });
    const backup = `/etc/kubernetes/tmp/${directory}-2026-01-02-03-04-05/${name}`;
    expect(await host.files.readText(backup)).toBe(content);
    expect(await host.files.status(backup)).toMatchObject({ kind: "file", mode: 0o600 });
    expect((await host.files.status(`/var/lib/kubelet/${name}`))?.mode).not.toBe(0o777);
  });
});
