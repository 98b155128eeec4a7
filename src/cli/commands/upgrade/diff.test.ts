import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import { resources } from "../../../embedded/control-plane/index.ts";

let cluster: OldCluster;
beforeAll(async () => {
  cluster = await startOldCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const apiServer = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const preamble = `[upgrade/diff] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[upgrade/diff] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
`;
const configuration = (diff: string) =>
  `apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\ndiff: ${diff}\n`;
const messageOf = (stderr: string) => /^error: (.*)$/m.exec(stderr)?.[1];

function store({ controlPlane }: OldCluster, version: string): void {
  const key = { namespace: "kube-system", name: "kubeadm-config" };
  controlPlane.storage.update(resources.configMaps, key, {}, (map) => {
    const { ClusterConfiguration = "" } = map["data"] as Record<string, string>;
    const text = ClusterConfiguration.replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: "${version}"`);
    return { ...map, data: { ClusterConfiguration: text } };
  });
}

describe("upgrade diff", () => {
  it("shows what the new version changes in each manifest, with three lines around it", async () => {
    const { status, stdout, stderr } = await runUpgrade(cluster, "diff v1.37.2");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.startsWith(preamble)).toBe(true);
    const changes = stdout.slice(preamble.length);
    expect(changes.split("\n").filter((line) => line.startsWith("--- "))).toEqual(
      ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
        (name) => `--- /etc/kubernetes/manifests/${name}.yaml`,
      ),
    );
    expect(changes).toContain(`
     - --kubeconfig=/etc/kubernetes/scheduler.conf
     - --leader-elect=true
-    image: registry.k8s.io/kube-scheduler:v1.36.3
+    image: registry.k8s.io/kube-scheduler:v1.37.2
     imagePullPolicy: IfNotPresent
`);
  });

  it("shows nothing where the manifests are those of the version", async () => {
    expect(await runUpgrade(cluster, "diff")).toMatchObject({ status: 0, stdout: preamble, stderr: "" });
  });

  it.each([
    ["the flag", "diff v1.37.2 -c 0", "{}", 0],
    ["the file", "diff v1.37.2 --config /c.yaml", "{contextLines: 1}", 2],
    ["the file, if it says none,", "diff v1.37.2 --config /c.yaml", "{contextLines: 0}", 0],
    ["the default, which a negative number stands for too", "diff v1.37.2 --context-lines=-1", "{}", 6],
  ])("%s says how many lines are around a change", async (_, line, diff, expected) => {
    const { stdout, stderr } = await runUpgrade(cluster, line, { files: { "/c.yaml": configuration(diff) } });
    expect(stderr).toBe("");
    const scheduler = stdout.split("--- /etc/kubernetes/manifests/kube-scheduler.yaml\n+++ new manifest\n")[1] ?? "";
    expect(scheduler.split("\n").filter((each) => each.startsWith(" "))).toHaveLength(expected);
  });

  it.each([
    ["no YAML", "a: b: c\n", "error converting YAML to JSON: yaml: mapping values are not allowed in this context"],
    ["a list", "[]", "json: cannot unmarshal array into Go value of type v1beta1.KubeletConfiguration"],
    [
      "a list for the socket",
      "containerRuntimeEndpoint: [5]\n",
      "json: cannot unmarshal array into Go struct field KubeletConfiguration.containerRuntimeEndpoint of type string",
    ],
  ])("refuses an instance-config.yaml that is %s, as plan does", async (_, content, reason) => {
    const files = { "/var/lib/kubelet/instance-config.yaml": content };
    for (const line of ["diff v1.37.2", "plan v1.37.2"]) {
      const { status, stderr } = await runUpgrade(cluster, line, { files });
      expect(status, line).toBe(1);
      expect(messageOf(stderr)).toMatch(
        /failed to get node registration: could not read kubelet instance configuration on node "cp1": could not parse kubelet configuration file "\/var\/lib\/kubelet\/instance-config\.yaml": /,
      );
      expect(messageOf(stderr)?.endsWith(reason), stderr).toBe(true);
    }
  });

  it("warns of a socket without a scheme, as plan does", async () => {
    const files = { "/var/lib/kubelet/instance-config.yaml": "containerRuntimeEndpoint: /run/c.sock\n" };
    for (const line of ["diff v1.37.2", "plan v1.37.2"]) {
      const { status, stderr } = await runUpgrade(cluster, line, { files });
      expect(status, stderr).toBe(0);
      expect(stderr).toContain('Automatically prepending scheme "unix" to the "criSocket" with value "/run/c.sock"');
    }
  });

  it.each(["diff v1.37.2", "plan v1.37.2", "apply v1.37.2 --yes"])(
    "takes an empty --kubeconfig for a file that is not there: %s",
    async (line) => {
      const { status, stderr } = await runUpgrade(cluster, `${line} --kubeconfig=`);
      expect(status).toBe(1);
      expect(messageOf(stderr)).toMatch(
        /^couldn't create a Kubernetes client from file "": failed to load admin kubeconfig: open : no such file or directory$/,
      );
    },
  );

  it.each([
    ["stable", "registry.k8s.io/kube-scheduler:v1.37.2"],
    ["ci/latest", "gcr.io/k8s-staging-ci-images/kube-scheduler:v1.37.2"],
    ["ci/v1.37.1-5+abcdef", "gcr.io/k8s-staging-ci-images/kube-scheduler:v1.37.1-5_abcdef"],
  ])("takes the release behind a stored version %s", async (version, image) => {
    await using stored = await startOldCluster();
    store(stored, version);
    const { status, stdout } = await runUpgrade(stored, "diff");
    expect(status).toBe(0);
    expect(stdout).toContain(`+    image: ${image}\n`);
  });

  it.each(["bogus", "v1.36", "1"])("refuses a stored version %s", async (version) => {
    await using stored = await startOldCluster();
    store(stored, version);
    for (const line of ["diff", "plan v1.37.2", "node"]) {
      const { status, stderr } = await runUpgrade(stored, line);
      expect(status, line).toBe(1);
      expect(messageOf(stderr)).toMatch(
        /version ".*" doesn't match patterns for neither semantic version nor labels \(stable, latest, \.\.\.\)$/,
      );
    }
  });

  it("takes the version of the file, and the argument before it", async () => {
    const files = { "/c.yaml": configuration("{kubernetesVersion: 1.37.1}") };
    const byFile = await runUpgrade(cluster, "diff --config /c.yaml", { files });
    expect(byFile.stdout).toContain("+    image: registry.k8s.io/kube-scheduler:v1.37.1\n");
    const byArgument = await runUpgrade(cluster, "diff 1.37.2 --config /c.yaml", { files });
    expect(byArgument.stdout).toContain("+    image: registry.k8s.io/kube-scheduler:v1.37.2\n");
  });

  it("takes the endpoint from the manifest where the Pod is missing", async () => {
    const pod = { namespace: "kube-system", name: "kube-apiserver-cp1" };
    const removed = cluster.controlPlane.storage.delete(resources.pods, pod);
    try {
      const { status, stdout, stderr } = await runUpgrade(cluster, "diff");
      expect({ status, stdout }).toEqual({ status: 0, stdout: preamble });
      expect(stderr).toContain(
        "the endpoint 192.0.2.10:6443 is taken from /etc/kubernetes/manifests/kube-apiserver.yaml",
      );
    } finally {
      cluster.controlPlane.storage.create(resources.pods, removed);
    }
  });

  it.each(["192.0.2.10:0", "192.0.2.10:99999", "192.0.2.10:x", "192.0.2.10"])(
    "refuses the endpoint %s",
    async (endpoint) => {
      const pod = { namespace: "kube-system", name: "kube-apiserver-cp1" };
      const removed = cluster.controlPlane.storage.delete(resources.pods, pod);
      const manifest = (cluster.files[apiServer] ?? "").replace("192.0.2.10:6443", endpoint);
      try {
        const { status, stderr } = await runUpgrade(cluster, "diff", { files: { [apiServer]: manifest } });
        expect(status).toBe(1);
        expect(stderr).toContain(`could not parse API endpoint for node "cp1": "${endpoint}" is not ADDRESS:PORT\n`);
      } finally {
        cluster.controlPlane.storage.create(resources.pods, removed);
      }
    },
  );

  it.each([
    [
      "a missing manifest, before anything else",
      "diff --config /none --context-lines 1",
      { [apiServer]: undefined },
      `the manifest file "${apiServer}" does not exist: stat ${apiServer}: no such file or directory`,
    ],
    [
      "flags together with a file",
      "diff --config /c.yaml -c 1",
      {},
      "can not mix '--config' with arguments [context-lines]",
    ],
    [
      "a file that is not there",
      "diff --config /none",
      {},
      'unable to load config from file "/none": open /none: no such file or directory',
    ],
    [
      "a file without an UpgradeConfiguration",
      "diff --config /c.yaml",
      { "/c.yaml": "" },
      "no UpgradeConfiguration found in the supplied config",
    ],
    [
      "an experimental version of the file",
      "diff --config /c.yaml",
      { "/c.yaml": configuration("{}").replace("v1beta4", "v1") },
      'experimental API spec: "kubeadm.k8s.io/v1" (kind: "UpgradeConfiguration") is not allowed. You can use the --allow-experimental-api flag if the command supports it.',
    ],
    [
      "a wrong value in another section",
      "diff --config /c.yaml",
      { "/c.yaml": `${configuration("{}")}node: {imagePullPolicy: Often}\n` },
      'node.imagePullPolicy: Invalid value: "Often": invalid pull policy',
    ],
    ["a label", "diff stable", {}, 'could not parse "stable" as version'],
    [
      "a kubeconfig that is not there",
      "diff --kubeconfig /none",
      {},
      `couldn't create a Kubernetes client from file "/none": failed to load admin kubeconfig: open /none: no such file or directory`,
    ],
    [
      "a Node that does not exist",
      "diff",
      { "/etc/kubernetes/kubelet.conf": undefined },
      'failed to get node registration: failed to get corresponding node: nodes "node-1" not found',
    ],
  ])("refuses %s", async (_, line, files, message) => {
    const all = { "/c.yaml": configuration("{}"), ...files };
    const { status, stderr } = await runUpgrade(cluster, line, { files: all });
    expect({ status, message: messageOf(stderr) }).toEqual({ status: 1, message });
  });

  it("refuses a cluster without kubeadm-config immediately, and says what is missing", async () => {
    const { storage } = cluster.controlPlane;
    const map = storage.delete(resources.configMaps, { namespace: "kube-system", name: "kubeadm-config" });
    try {
      const { status, stderr } = await runUpgrade(cluster, "diff");
      expect({ status, message: messageOf(stderr) }).toEqual({
        status: 1,
        message: 'failed to get config map: configmaps "kubeadm-config" not found',
      });
      expect(stderr).toContain("remedy: The ConfigMap kube-system/kubeadm-config is missing");
    } finally {
      storage.create(resources.configMaps, map);
    }
  });
});
