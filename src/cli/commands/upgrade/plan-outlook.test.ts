import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { manifest, manifestOf } from "../../../../test/fixtures/kubeadm/upgrade/etcd/etcd-machine.ts";
import { addNode, type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import { resources } from "../../../embedded/control-plane/index.ts";

let cluster: OldCluster;
beforeAll(async () => {
  cluster = await startOldCluster();
  addNode(cluster.controlPlane, "worker-1", { kubelet: "v1.33.4" });
});
afterAll(() => cluster[Symbol.asyncDispose]());

const socket = "unix:///run/containerd/containerd.sock";
const files = {
  "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: "${socket}"\n`,
  [manifest]: manifestOf("3.6.8-0"),
};

async function outlook(line = "plan v1.37.2", seed: Parameters<typeof runUpgrade>[2] = {}) {
  const { status, stdout, stderr } = await runUpgrade(cluster, line, { ...seed, files: { ...files, ...seed.files } });
  expect(status, stderr).toBe(0);
  return stdout.slice(stdout.indexOf("What to expect from the upgrade to "));
}

describe("the outlook of upgrade plan", () => {
  it("says which images are present", async () => {
    const runtime = memoryRuntime({ images: new Set(["registry.k8s.io/kube-apiserver:v1.37.2"]) });
    const text = await outlook("plan v1.37.2", {
      connectContainerRuntime: memoryContainerRuntimes({ [socket]: runtime }),
    });
    expect(text).toMatch(
      /^What to expect from the upgrade to v1\.37\.2 on this control plane, cp1:\n\nIMAGE +PRESENT\n/,
    );
    expect(text).toMatch(/^registry\.k8s\.io\/kube-apiserver:v1\.37\.2 +yes$/m);
    expect(text).toMatch(/^registry\.k8s\.io\/etcd:3\.7\.0-0 +no$/m);
  });

  it("ends with the command to run on a terminal only: scripts look for one line with it", async () => {
    const last = "\n\nTo make this upgrade, run `kubeadm upgrade apply v1.37.2` on this machine.\n";
    expect((await outlook("plan v1.37.2", { terminal: true })).endsWith(last)).toBe(true);
    expect(await outlook("plan v1.37.2")).not.toContain("kubeadm upgrade apply");
  });

  it("says why a part is not known, and shows the rest", async () => {
    const text = await outlook("plan v1.37.2", { connectContainerRuntime: memoryContainerRuntimes({}) });
    expect(text).toMatch(/^Images: unknown: .+$/m);
    expect(text).toContain("\nThe manifests have no edits: they are as kubeadm writes them.\n");
    expect(text).toContain("KUBELET");
  });

  it("names certificates that are missing, and shows what changes in manifests", async () => {
    const path = "/etc/kubernetes/manifests/kube-scheduler.yaml";
    const edited = (cluster.files[path] ?? "").replace(
      "    - --leader-elect=true\n",
      "    - --leader-elect=true\n    - --mine=1\n",
    );
    const text = await outlook("plan v1.37.2", { files: { [path]: edited } });
    expect(text).toMatch(/^admin\.conf +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ +yes$/m);
    expect(text).toMatch(/^apiserver +missing +no$/m);
    expect(text).toContain("--- /etc/kubernetes/manifests/kube-scheduler.yaml\n+++ new manifest\n");
    expect(text).toContain("\n-    - --mine=1\n");
    expect(text).toContain("\n-    image: registry.k8s.io/etcd:3.6.8-0\n+    image: registry.k8s.io/etcd:3.7.0-0\n");
    const [, edits = ""] = text.split(/^Manifest edits, .* --patches\.\n/m);
    expect(edits).toMatch(/^--- as kubeadm writes it\n\+\+\+ \/etc\/kubernetes\/manifests\/kube-scheduler\.yaml\n/);
    expect(edits.split("\n").filter((line) => /^[+-] /.test(line))).toEqual(["+    - --mine=1"]);
  });

  it("shows no password of a proxy in a manifest", async () => {
    const path = "/etc/kubernetes/manifests/kube-scheduler.yaml";
    const edited = (cluster.files[path] ?? "").replace(
      "    image: ",
      "    env:\n    - name: HTTPS_PROXY\n      value: http://user:hunter2@proxy.example:3128\n    image: ",
    );
    const machine = { environment: { HTTPS_PROXY: "http://user:hunter3@proxy.example:3128" } };
    const text = await outlook("plan v1.37.2", { files: { [path]: edited }, machine });
    expect(text).toContain("\n-      value: http://user:xxxxx@proxy.example:3128\n");
    expect(text).toContain("\n+      value: http://user:xxxxx@proxy.example:3128\n");
    expect(text).not.toContain("hunter");
  });

  it("names settings that the new version refuses, and kubelets that are too old", async () => {
    const flags = 'KUBELET_KUBEADM_ARGS="--containerd=/run/a --v=2"\n';
    const text = await outlook("plan v1.37.2", { files: { "/var/lib/kubelet/kubeadm-flags.env": flags } });
    expect(text).toContain(
      "- /var/lib/kubelet/kubeadm-flags.env sets --containerd, which kubelet does not have since 1.37 (https://github.com/kubernetes/kubernetes/pull/139870)\n",
    );
    expect(text).toMatch(/^worker-1 +v1\.33\.4 +4: upgrade it first, at most 3 are supported$/m);
    expect(text).toMatch(/^cp1 +v1\.36\.3 +1$/m);
  });

  it("does not name a flag of the kubelet that the upgrade removes itself", async () => {
    const flags = 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=registry.k8s.io/pause:3.9 --v=2"\n';
    const text = await outlook("plan v1.37.2", { files: { "/var/lib/kubelet/kubeadm-flags.env": flags } });
    expect(text).not.toContain("pod-infra-container-image");
    expect(text).toContain("No flags or feature gates were found that are rejected");
  });

  /** Runs `work` while a ConfigMap of the cluster has another text. */
  async function withChanged(name: string, key: string, change: (text: string) => string, work: () => Promise<void>) {
    const { storage } = cluster.controlPlane;
    const id = { namespace: "kube-system", name };
    const data = (storage.get(resources.configMaps, id)?.["data"] ?? {}) as Readonly<Record<string, string>>;
    const write = (text = "") =>
      storage.update(resources.configMaps, id, {}, (map) => ({ ...map, data: { ...data, [key]: text } }));
    write(change(data[key] ?? ""));
    try {
      await work();
    } finally {
      write(data[key]);
    }
  }

  it("names feature gates of the cluster's configuration that the new version does not know", async () => {
    const add = (text: string) => `${text}featureGates:\n  SidecarContainers: true\n`;
    await withChanged("kubelet-config", "kubelet", add, async () => {
      expect(await outlook()).toContain(
        "- the kubelet's configuration in the cluster sets the feature gate SidecarContainers, which kubelet of 1.37 does not know (",
      );
    });
  });

  it("names feature gates of kube-proxy, and those that are accepted more softly", async () => {
    const add = (text: string) => `${text.trimEnd()}\nfeatureGates: {MyGate: true, KubeProxyIPVS: true}\n`;
    await withChanged("kube-proxy", "config.conf", add, async () => {
      const text = await outlook();
      expect(text).toContain(
        "- kube-proxy's configuration in the cluster sets the feature gate MyGate, which kube-proxy of 1.37 does not know (",
      );
      expect(text).toContain(
        "\n\nComponents of v1.37.2 still accept these, but they are deprecated: a later version may reject them.\n" +
          "- kube-proxy's configuration in the cluster sets the feature gate KubeProxyIPVS, which a version after 1.37 removes (",
      );
    });
  });

  it("names flags of the kubelet that the administrator of this machine has set", async () => {
    const files = {
      "/etc/default/kubelet": "KUBELET_EXTRA_ARGS='--boot_id_file /a --pod-infra-container-image=b'\n",
      "/var/lib/kubelet/kubeadm-flags.env": 'KUBELET_KUBEADM_ARGS="--feature-gates MyGate=true"\n',
    };
    const text = await outlook("plan v1.37.2", { files });
    expect(text).toContain(
      "- /var/lib/kubelet/kubeadm-flags.env sets the feature gate MyGate, which kubelet of 1.37 does not know (",
    );
    expect(text).toContain(
      "- /etc/default/kubelet sets --pod-infra-container-image, which kubelet does not have since 1.35 (https://github.com/kubernetes/kubernetes/pull/133779)\n" +
        "- /etc/default/kubelet sets --boot-id-file, which kubelet does not have since 1.37 (",
    );
  });

  it("names flags that the new etcd does not have, if etcd is upgraded", async () => {
    const local = "  local:\n    extraArgs: [{name: experimental-compaction-batch-limit, value: '9'}]\n";
    const add = (text: string) => text.replace(/^( +)local:\n/m, local);
    await withChanged("kubeadm-config", "ClusterConfiguration", add, async () => {
      const words =
        "- the ClusterConfiguration sets --experimental-compaction-batch-limit, which etcd does not have since 3.7 (https://github.com/etcd-io/etcd/pull/19959)\n";
      expect(await outlook()).toContain(words);
      expect(await outlook("plan v1.37.2 --etcd-upgrade=false")).not.toContain("experimental-");
    });
  });

  it("estimates the space for backups", async () => {
    const text = await outlook("plan v1.37.2", {
      files: { "/var/lib/etcd/member/snap/db": "x".repeat(3 * 1024 * 1024), "/var/lib/etcd/member/wal/0": "x" },
    });
    expect(text).toMatch(
      /^Backups in \/etc\/kubernetes\/tmp need at most 7 MiB, and 128 MiB must remain free\. \d+ MiB are free: enough\.$/m,
    );
  });

  it.each([
    ["what must stay free", { "/": 100 }, ["/"], "/etc/kubernetes/tmp need at most 7 MiB"],
    [
      "the copy that a bind mount makes necessary",
      { "/": 137 },
      ["/", "/var/lib/etcd"],
      "/etc/kubernetes/tmp need at most 10 MiB",
    ],
    [
      "what restoring takes elsewhere",
      { "/": 1_000, "/var/lib/etcd": 130 },
      ["/", "/var/lib/etcd"],
      "/var/lib/etcd need at most 4 MiB",
    ],
  ] as const)("finds too little space with %s", async (_name, mebibytes, mounts, words) => {
    const available = Object.entries(mebibytes).map(([path, count]) => [path, count * 1024 ** 2] as const);
    const text = await outlook("plan v1.37.2", {
      ...{ files: { "/var/lib/etcd/member/snap/db": "x".repeat(3 * 1024 ** 2), "/var/lib/etcd/member/wal/0": "x" } },
      ...{ mounts, available },
    });
    expect(text).toContain(`Backups in ${words}, and 128 MiB must remain free. `);
    expect(text).toContain("MiB are free: not enough: free some space first.");
  });

  it("is for people, and for control planes", async () => {
    const { stdout } = await runUpgrade(cluster, "plan v1.37.2 -o yaml", { files });
    expect(stdout).not.toContain("outlook");
    const path = "/etc/kubernetes/manifests/kube-apiserver.yaml";
    const elsewhere = await runUpgrade(cluster, "plan v1.37.2 --ignore-preflight-errors=StaticPodManifest", {
      files: { ...files, [path]: undefined },
    });
    expect(elsewhere.status).toBe(0);
    expect(elsewhere.stdout).not.toContain("What to expect from the upgrade to ");
  });
});
