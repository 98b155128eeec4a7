import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { goodFiles } from "../../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { type OldCluster, runUpgrade, startOldCluster } from "../../../../test/support/upgrade/old-cluster.ts";
import { startReleaseServer } from "../../../../test/support/upgrade/release-server.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { resources } from "../../../embedded/control-plane/index.ts";

let cluster: OldCluster;
let runtime: ReturnType<typeof memoryRuntime>;
const socket = "unix:///var/run/containerd/containerd.sock";
const kubeadmConfig = { namespace: "kube-system", name: "kubeadm-config" };
const file = (apply: string) => ({
  "/c.yaml": `apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\napply: {${apply}}\n`,
});

beforeAll(async () => {
  cluster = await startOldCluster();
});
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(() => {
  runtime = memoryRuntime();
});

/** Runs a command on cp1, whose kubelet is the previous minor version's. */
function onControlPlane(line: string, more: Parameters<typeof runUpgrade>[2] = {}) {
  const { files, ...rest } = more;
  return runUpgrade(cluster, line, {
    files: {
      ...goodFiles,
      ...cluster.files,
      "/var/lib/kubelet/config.yaml": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
      "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: "${socket}"\n`,
      ...files,
    },
    clock: { start: new Date("2026-01-02T03:04:05Z"), automatic: true },
    commands: { kubelet: { stdout: "Kubernetes v1.36.3\n" } },
    connectContainerRuntime: memoryContainerRuntimes({ [socket]: runtime }),
    ...rest,
  });
}

type Intercept = NonNullable<NonNullable<Parameters<typeof runUpgrade>[2]>["intercept"]>;

const messageOf = (stderr: string) => /^error: (.*)$/m.exec(stderr)?.[1];
const codeOf = (stderr: string) => /^code: (.*)$/m.exec(stderr)?.[1];
const pulls = () => runtime.calls.filter((call) => call.startsWith("pullImage"));

const reading = `[upgrade] Reading configuration from the "kubeadm-config" ConfigMap in namespace "kube-system"...
[upgrade] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
`;
const checks = `[upgrade/preflight] Running preflight checks
[upgrade] Running cluster health checks
[upgrade/preflight] You have chosen to upgrade the cluster version to "v1.37.2"
[upgrade/versions] Cluster version: v1.36.3
[upgrade/versions] kubeadm version: v1.37.2
`;
const question = "[upgrade] Are you sure you want to proceed? [y/N]: ";
const pulling = `[upgrade/preflight] Pulling images required for setting up a Kubernetes cluster
[upgrade/preflight] This might take a minute or two, depending on the speed of your internet connection
[upgrade/preflight] You can also perform this action beforehand using 'kubeadm config images pull'
`;

describe("the version of upgrade apply", () => {
  it.each<[string, string, Record<string, string>, string]>([
    ["no version", "apply", {}, "missing one or more required arguments. Required arguments: [version]"],
    ["two versions", "apply v1.37.2 v1.37.1", {}, "too many arguments. Required arguments: [version]"],
    [
      "a word that is no version",
      "apply foo",
      {},
      'version "foo" doesn\'t match patterns for neither semantic version nor labels (stable, latest, ...)',
    ],
    [
      "flags together with a file",
      "apply v1.37.2 --config /c.yaml --force --etcd-upgrade=false --yes",
      file(""),
      "can not mix '--config' with arguments [etcd-upgrade force]",
    ],
    ["a phase that does not exist", "apply v1.37.2 --skip-phases bogus", {}, "invalid phase name: bogus"],
    [
      "a phase without a version",
      "apply phase kubelet-config",
      {},
      "missing one or more required arguments. Required arguments: [version]",
    ],
  ])("is refused: %s", async (_, line, files, message) => {
    const { status, stderr } = await onControlPlane(line, { files });
    expect({ status, message: messageOf(stderr) }).toEqual({ status: 1, message });
  });

  it.each<[string, string, Record<string, string>, string]>([
    ["the argument without v", "apply phase preflight 1.37.2 --yes", {}, "v1.37.2"],
    ["the file", "apply phase preflight --yes --config /c.yaml", file("kubernetesVersion: v1.37.1"), "v1.37.1"],
    [
      "the argument next to that of the file",
      "apply phase preflight v1.37.2 --yes --config /c.yaml",
      file("kubernetesVersion: v1.37.1"),
      "v1.37.2",
    ],
    [
      "the file, if there are several arguments",
      "apply phase preflight a b --yes --config /c.yaml",
      file("kubernetesVersion: v1.37.1"),
      "v1.37.1",
    ],
  ])("is that of %s", async (_, line, files, version) => {
    const { status, stdout, stderr } = await onControlPlane(line, { files });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`You have chosen to upgrade the cluster version to "${version}"\n`);
    expect(pulls()).toContain(`pullImage registry.k8s.io/kube-apiserver:${version}`);
  });

  it("is looked up for a label", async () => {
    await using server = await startReleaseServer({ "cdn.dl.k8s.io/release/stable.txt": "v1.37.1" });
    const { status, stdout, stderr } = await onControlPlane("apply phase preflight stable --yes", { releases: server });
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('You have chosen to upgrade the cluster version to "v1.37.1"\n');
  });

  it("is refused by the policy before images are pulled", async () => {
    const { status, stderr } = await onControlPlane("apply phase preflight v1.38.0 --yes");
    expect({ status, code: codeOf(stderr) }).toEqual({ status: 1, code: "UPGRADE_VERSION_REFUSED" });
    expect(stderr).toContain(
      "error execution phase preflight: the version argument is invalid due to these fatal errors:",
    );
    expect(pulls()).toEqual([]);
  });

  it("passes the policy with --force, which asks no question", async () => {
    const { status, stdout, stderr } = await onControlPlane("apply phase preflight v1.37.3 --force");
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(
      "Found 1 potential version compatibility errors but skipping since the --force flag is set: \n",
    );
    expect(stdout).not.toContain("Are you sure");
  });
});

describe("the preflight of upgrade apply", () => {
  it("prints upstream's lines, and pulls the images of the version", async () => {
    const { status, stdout, stderr } = await onControlPlane("apply phase preflight v1.37.2 --yes");
    expect(status, stderr).toBe(0);
    expect(stdout).toBe(`${reading}${checks}${pulling}`);
    expect(pulls()).toContain("pullImage registry.k8s.io/etcd:3.7.0-0");
  });

  it.each<[string, readonly string[], number]>([
    ["y", ["y"], 0],
    ["YES", ["YES"], 0],
    ["n", ["n"], 1],
    ["an empty line", [""], 1],
    ["the end of the input", [], 1],
  ])("asks, and takes %s for an answer; without a yes nothing is pulled", async (_, input, expected) => {
    const { status, stdout, stderr } = await onControlPlane("apply phase preflight v1.37.2", { input });
    expect(status, stderr).toBe(expected);
    expect(stdout.startsWith(`${reading}${checks}${question}`)).toBe(true);
    if (expected === 0) return expect(pulls()).not.toEqual([]);
    expect(pulls()).toEqual([]);
    expect(codeOf(stderr)).toBe("UPGRADE_NOT_CONFIRMED");
    expect(messageOf(stderr)).toBe(
      "error execution phase preflight: won't proceed; the user didn't answer (Y|y) in order to continue",
    );
  });

  it("asks no question if the file says forceUpgrade", async () => {
    const files = file("kubernetesVersion: v1.37.2, forceUpgrade: true");
    const { status, stdout, stderr } = await onControlPlane("apply phase preflight --config /c.yaml", { files });
    expect(status, stderr).toBe(0);
    expect(stdout).not.toContain("Are you sure");
  });

  it("stops at a control plane that lacks a manifest", async () => {
    const files = { "/etc/kubernetes/manifests/kube-scheduler.yaml": undefined };
    const { status, stderr } = await onControlPlane("apply phase preflight v1.37.2 --yes", { files });
    expect(status).toBe(1);
    expect(stderr).toContain(
      "[ERROR StaticPodManifest]: manifest files not found: [/etc/kubernetes/manifests/kube-scheduler.yaml]",
    );
  });

  it("stops where the Job of the health check fails, before anything changes, unless that is ignored", async () => {
    const intercept: Intercept = async ({ method, url }, send) => {
      const answer = await send();
      if (method !== "GET" || !url.includes("/jobs/")) return answer;
      const conditions = [{ type: "Failed", status: "True", message: "Job has reached the specified backoff limit" }];
      const text = JSON.stringify({ ...JSON.parse(await answer.text()), status: { conditions } });
      return { ...answer, text: async () => text };
    };
    const { status, stderr, host } = await onControlPlane("apply v1.37.2 --yes", { intercept });
    expect({ status, code: codeOf(stderr) }).toEqual({ status: 1, code: "PREFLIGHT_FAILED" });
    expect(stderr).toContain("[ERROR CreateJob]: ");
    expect(stderr).toContain("Job has reached the specified backoff limit");
    for (const [path, content] of Object.entries(cluster.files)) expect(host.files.snapshot()[path]).toBe(content);
    const ignoring = "apply phase preflight v1.37.2 --yes --ignore-preflight-errors CreateJob";
    const ignored = await onControlPlane(ignoring, { intercept });
    expect(ignored.status, ignored.stderr).toBe(0);
    expect(ignored.stderr).toContain("[WARNING CreateJob]: ");
  });

  it("names the image that cannot be pulled", async () => {
    const { ContainerRuntimeError } = await import("../../../cri/container-runtime.ts");
    runtime.failures.set("pullImage", new ContainerRuntimeError("other", "no such image"));
    const { status, stderr } = await onControlPlane("apply phase preflight v1.37.2 --yes");
    expect(status).toBe(1);
    expect(stderr).toContain("[ERROR ImagePull]: ");
    expect(stderr).toContain("failed to pull image registry.k8s.io/kube-apiserver:v1.37.2");
  });

  it("creates no Job, pulls nothing and asks nothing in a dry run", async () => {
    const { status, stdout, stderr } = await onControlPlane("apply phase preflight v1.37.2 --dry-run");
    expect(status, stderr).toBe(0);
    expect(stdout.startsWith('[dryrun] Creating a real client from "/etc/kubernetes/admin.conf"\n')).toBe(true);
    expect(stdout).toContain('[dryrun] Would perform action CREATE on resource "jobs" in API group "batch/v1"\n');
    for (const name of ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]) {
      expect(stdout).toContain(`[dryrun] would check if /etc/kubernetes/manifests/${name}.yaml exists\n`);
    }
    expect(stdout.endsWith("[dryrun] Would pull the required images (like 'kubeadm config images pull')\n")).toBe(true);
    expect(pulls()).toEqual([]);
  });
});

describe("upgrade apply --dry-run", () => {
  it("keeps what is in the directory that the user has chosen, and ends each line", async () => {
    const environment = { PATH: "/usr/bin", KUBEADM_UPGRADE_DRYRUN_DIR: "/mine" };
    const files = { "/mine/notes.txt": "keep me\n", "/mine/tmp/more.txt": "me too\n" };
    const { status, stdout, stderr, host } = await onControlPlane("apply v1.37.2 --dry-run", {
      files,
      machine: { environment },
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/\n\[upgrade\/successful\] Finished dryrunning successfully!\n$/);
    expect(host.files.snapshot()).toMatchObject(files);
    expect(stdout).toContain(
      '[dryrun] Would upgrade your static Pod-hosted control plane to version "v1.37.2"\n[dryrun] Would write file "/etc/kubernetes/manifests/kube-apiserver.yaml" with content:\n',
    );
    expect(stdout).not.toContain("CRISocket");
  });

  it("fails without a kubeconfig, as the real run would", async () => {
    const files = { "/etc/kubernetes/admin.conf": undefined };
    const { status, stderr } = await onControlPlane("apply v1.37.2 --dry-run", { files });
    expect({ status, code: codeOf(stderr), message: messageOf(stderr) }).toEqual({
      status: 1,
      code: "KUBECONFIG_INVALID",
      message: expect.stringContaining("open /etc/kubernetes/admin.conf: no such file or directory"),
    });
  });

  it.each(["apply v1.37.2 --dry-run", "apply v1.37.2 --yes"])(
    "of a cluster that cannot be reached makes up nothing: %s fails with the reason",
    async (line) => {
      const { status, stdout, stderr } = await onControlPlane(line, {
        intercept: async ({ url }) => {
          throw new TransportError("refused", url, `Get "${url}": dial tcp: connection refused`);
        },
      });
      expect({ status, code: codeOf(stderr) }).toEqual({ status: 1, code: "CLUSTER_REQUEST_FAILED" });
      expect(messageOf(stderr)).toContain("connection refused");
      expect(stdout).not.toContain("must exist");
      expect(stderr).not.toContain("made-up");
    },
  );
});

describe("the configuration that upgrade apply reads", () => {
  it("is shown by --print-config with the new version", async () => {
    const { stdout } = await onControlPlane("apply phase bootstrap-token v1.37.2");
    expect(stdout).not.toContain("Configuration used");
    const only =
      "--skip-phases preflight,control-plane,upload-config,kubeconfig,kubelet-config,bootstrap-token,addon,post-upgrade";
    const printed = await onControlPlane(`apply v1.37.2 --print-config ${only}`);
    expect(printed.status, printed.stderr).toBe(0);
    expect(printed.stdout).toContain("[upgrade/config] Configuration used:\n\tapiServer: {}\n");
    expect(printed.stdout).toContain("\n\tkubernetesVersion: v1.37.2\n");
    expect(
      printed.stdout.endsWith(`
[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "v1.37.2".

[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.
`),
    ).toBe(true);
  });

  it("is missing: upstream's words, and immediately", async () => {
    const { storage } = cluster.controlPlane;
    const before = storage.get(resources.configMaps, kubeadmConfig);
    storage.delete(resources.configMaps, kubeadmConfig);
    const { status, stdout, stderr } = await onControlPlane("apply v1.37.2 --yes");
    if (before !== undefined) storage.create(resources.configMaps, before);
    expect(status).toBe(1);
    expect(
      stdout,
    ).toBe(`${reading}[upgrade] In order to upgrade, a ConfigMap called "kubeadm-config" in the "kube-system" namespace must exist.
[upgrade/config] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.
`);
    expect(messageOf(stderr)).toBe(
      '[upgrade] FATAL: the ConfigMap "kubeadm-config" in the "kube-system" namespace was not found',
    );
  });

  it("names the Node that is missing", async () => {
    const { storage } = cluster.controlPlane;
    const before = storage.get(resources.nodes, { name: "cp1" });
    storage.delete(resources.nodes, { name: "cp1" });
    const { stdout, stderr } = await onControlPlane("apply v1.37.2 --yes");
    if (before !== undefined) storage.create(resources.nodes, before);
    expect(stdout).toBe(reading);
    expect(codeOf(stderr)).toBe("NODE_NOT_REGISTERED");
    expect(messageOf(stderr)).toBe(
      '[upgrade] FATAL: failed to get node registration: failed to get corresponding node: nodes "cp1" not found',
    );
  });
});

describe("what upgrade apply uploads", () => {
  it("is the configuration with the new version, and the kubelet's with what a user has set", async () => {
    const { storage } = cluster.controlPlane;
    const kubeletConfig = { namespace: "kube-system", name: "kubelet-config" };
    const data = (reference: { namespace: string; name: string }) =>
      (storage.get(resources.configMaps, reference)?.["data"] ?? {}) as Record<string, string>;
    storage.update(resources.configMaps, kubeletConfig, {}, (map) => ({
      ...map,
      data: { kubelet: `${(map["data"] as Record<string, string>)["kubelet"]}maxPods: 77\n` },
    }));
    const before = data(kubeadmConfig);
    const { status, stdout, stderr } = await onControlPlane("apply phase upload-config all v1.37.2");
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('[upload-config] Storing the configuration used in ConfigMap "kubeadm-config"');
    expect(data(kubeadmConfig)["ClusterConfiguration"]).toBe(
      before["ClusterConfiguration"]?.replace("v1.36.3", "v1.37.2"),
    );
    expect(data(kubeletConfig)["kubelet"]).toContain("\nmaxPods: 77\n");
    storage.update(resources.configMaps, kubeadmConfig, {}, (map) => ({ ...map, data: before }));
  });

  it("are the rights of bootstrap tokens", async () => {
    const { status, stdout, stderr } = await onControlPlane("apply phase bootstrap-token v1.37.2");
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("[upgrade/bootstrap-token] Configuring bootstrap token and cluster-info RBAC rules\n");
    expect(stdout.match(/\[bootstrap-token\] Configured RBAC rules/g)).toHaveLength(5);
  });

  it.each([
    [
      "upload-config all",
      ["upload the kubeadm ClusterConfiguration to a ConfigMap", "upload the kubelet configuration to a ConfigMap"],
    ],
    ["bootstrap-token", ["configure bootstrap token and cluster-info RBAC rules"]],
  ])("is only named in a dry run of %s", async (phase, actions) => {
    const { status, stdout, stderr } = await onControlPlane(`apply phase ${phase} v1.37.2 --dry-run`);
    expect(status, stderr).toBe(0);
    for (const action of actions) expect(stdout).toContain(`[dryrun] Would ${action}\n`);
    expect(stdout).not.toContain("CRISocket");
    expect(stdout).not.toContain("CREATE");
    expect(stdout).not.toContain("UPDATE");
  });
});
