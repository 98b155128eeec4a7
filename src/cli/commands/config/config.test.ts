import { describe, expect, it, vi } from "vitest";
import { memoryPorts } from "../../../../test/fixtures/cli/memory-ports.ts";
import { memoryContainerRuntimes, memoryRuntime } from "../../../../test/fixtures/cri/memory.ts";
import { ContainerRuntimeError } from "../../../cri/container-runtime.ts";
import { memoryHost } from "../../../host/memory.ts";
import { interruption } from "../../interruption.ts";
import { main } from "../../main.ts";

const join = `apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
nodeRegistration:
  kubeletExtraArgs: {v: "4"}
discovery:
  timeout: 1m
  bootstrapToken: {token: abcdef.0123456789abcdef, apiServerEndpoint: "a:6443", unsafeSkipCAVerification: true}
`;
const reset = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ResetConfiguration
force: true
unmountFlags: [MNT_DETACH]
`;

async function kubeadm(line: string, files: Readonly<Record<string, string>> = {}) {
  const host = memoryHost({ files });
  const ports = memoryPorts({ host });
  const status = await main(["config", ...line.split(" ")], ports);
  return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text(), host };
}

const messageOf = (stderr: string) => /^error: (.*)$/m.exec(stderr)?.[1];

describe("config print", () => {
  it("join-defaults names this machine", async () => {
    const { status, stdout, stderr } = await kubeadm("print join-defaults");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("  name: node-1\n  taints: null\n");
  });

  it.each(["join-defaults", "reset-defaults"])("%s are a file that config validate takes", async (kind) => {
    const { stdout } = await kubeadm(`print ${kind}`);
    expect(await kubeadm("validate --config /c.yaml", { "/c.yaml": stdout })).toMatchObject({
      status: 0,
      stdout: "ok\n",
    });
  });

  it("join-defaults are what config migrate writes of them", async () => {
    const { stdout } = await kubeadm("print join-defaults");
    expect((await kubeadm("migrate --old-config /c.yaml", { "/c.yaml": stdout })).stdout).toBe(stdout);
  });

  it("init-defaults print the components that are named, in that order", async () => {
    const kinds = (text: string) => [...text.matchAll(/^kind: (.*)$/gm)].map(([, kind]) => kind);
    const { stdout } = await kubeadm(
      "print init-defaults --component-configs KubeProxyConfiguration,KubeletConfiguration",
    );
    expect(kinds(stdout)).toEqual([
      "InitConfiguration",
      "ClusterConfiguration",
      "KubeProxyConfiguration",
      "KubeletConfiguration",
    ]);
    const wrong = await kubeadm("print init-defaults --component-configs Bogus");
    expect({ status: wrong.status, stdout: wrong.stdout, message: messageOf(wrong.stderr) }).toEqual({
      status: 1,
      stdout: "",
      message: "--component-configs needs to contain some of [KubeProxyConfiguration KubeletConfiguration]",
    });
  });
});

describe("config migrate", () => {
  it("writes v1beta3 as v1beta4, other kinds behind it", async () => {
    const { status, stdout } = await kubeadm("migrate --old-config /c.yaml", { "/c.yaml": `${reset}---\n${join}` });
    expect(status).toBe(0);
    const [first = "", second = "", ...more] = stdout.split("---\n");
    expect(more).toEqual([]);
    expect(first).toContain("apiVersion: kubeadm.k8s.io/v1beta4\n");
    expect(first).toContain('  kubeletExtraArgs:\n  - name: v\n    value: "4"\n');
    expect(first).toContain("  discovery: 1m0s\n");
    expect(second).toMatch(
      /^apiVersion: .*\ncertificatesDir: .*\ncriSocket: .*\nforce: true\nkind: ResetConfiguration\n/,
    );
  });

  it("writes a file with mode 0644 and prints nothing", async () => {
    const { stdout, host } = await kubeadm("migrate --old-config /c.yaml --new-config /n.yaml", { "/c.yaml": join });
    expect(stdout).toBe("");
    expect(await host.files.readText("/n.yaml")).toContain("kind: JoinConfiguration\n");
    expect((await host.files.status("/n.yaml"))?.mode).toBe(0o644);
  });

  it("makes no directory for the file", async () => {
    const line = "migrate --old-config /c.yaml --new-config /none/n.yaml";
    const { status, stderr, host } = await kubeadm(line, { "/c.yaml": join });
    expect(status).toBe(1);
    expect(messageOf(stderr)).toBe(
      'failed to write the new configuration to the file "/none/n.yaml": open /none/n.yaml: no such file or directory',
    );
    expect(await host.files.status("/none")).toBeUndefined();
  });

  it("accepts experimental versions only with --allow-experimental-api", async () => {
    const files = { "/c.yaml": reset.replace("v1beta4", "v1") };
    const refused = await kubeadm("migrate --old-config /c.yaml", files);
    expect(messageOf(refused.stderr)).toMatch(/^experimental API spec: "kubeadm.k8s.io\/v1" \(kind: "ResetConf/);
    const taken = await kubeadm("migrate --old-config /c.yaml --allow-experimental-api", files);
    expect(taken.stdout).toContain("apiVersion: kubeadm.k8s.io/v1beta4\n");
  });
});

describe("config validate", () => {
  it("warns of a deprecated version, unless the flag allows it", async () => {
    const warned = await kubeadm("validate --config /c.yaml", { "/c.yaml": join });
    expect(warned).toMatchObject({ status: 0, stdout: "ok\n" });
    expect(warned.stderr).toContain('your configuration file uses a deprecated API spec: "kubeadm.k8s.io/v1beta3"');
    const quiet = await kubeadm("validate --config /c.yaml --allow-deprecated-api", { "/c.yaml": join });
    expect(quiet).toMatchObject({ status: 0, stdout: "ok\n", stderr: "" });
  });

  it.each([
    ["an unknown field", `${reset}bogus: 1\n`, 'strict decoding error: unknown field "bogus"'],
    ["a bad value", reset.replace("MNT_DETACH", "MNT_X"), 'unmountFlags: Invalid value: "index 0"'],
    ["a bad token", join.replace("abcdef.0", "abcdef"), "the bootstrap token is invalid"],
    [
      "another version",
      reset.replace("v1beta4", "v9"),
      "unknown configuration APIs: []schema.GroupVersionKind{schema.",
    ],
    [
      "another kind",
      "apiVersion: apps/v1\nkind: Deployment\n",
      "unknown configuration APIs: []schema.GroupVersionKind",
    ],
    ["an old version", reset.replace("v1beta4", "v1beta2"), "Please use kubeadm v1.22 instead"],
    [
      "a directory of patches that is no absolute path, of an upgrade",
      "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\napply: {patches: {directory: p}}\n",
      'apply.patches.directory: Invalid value: "p": path is not absolute',
    ],
  ])("refuses %s", async (_, text, message) => {
    for (const line of ["validate --config /c.yaml", "migrate --old-config /c.yaml"]) {
      const { status, stdout, stderr } = await kubeadm(line, { "/c.yaml": text });
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(messageOf(stderr)).toContain(message);
    }
  });

  it.each([
    [
      "an unknown field",
      `${reset}certificateDir: /x\n`,
      '/c.yaml:5: unknown field "certificateDir"; did you mean "certificatesDir"?\n',
    ],
    ["a key twice", `${reset}force: true\nforce: true\n`, '/c.yaml:5: key "force" is duplicate.\n'],
  ])("says where %s is that it refuses, and not that it is ignored", async (_, text, remedy) => {
    const { status, stderr } = await kubeadm("validate --config /c.yaml", { "/c.yaml": text });
    expect(status).toBe(1);
    expect(stderr).toContain(`remedy: Fix the file: ${remedy}`);
    expect(stderr).not.toContain("is ignored");
  });

  it("skips configuration of components, and a file without documents", async () => {
    const kubelet = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
    for (const text of [kubelet, ""]) {
      expect(await kubeadm("validate --config /c.yaml", { "/c.yaml": text })).toMatchObject({
        status: 0,
        stdout: "ok\n",
      });
    }
  });

  it.each([
    ["validate", "the --config flag is mandatory"],
    ["migrate", "the --old-config flag is mandatory"],
    ["validate --config /none", "open /none: no such file or directory"],
    ["migrate --old-config /none", "open /none: no such file or directory"],
  ])("%s: %s", async (line, message) => {
    const { status, stderr } = await kubeadm(line);
    expect({ status, message: messageOf(stderr) }).toEqual({ status: 1, message });
  });
});

const cluster = `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
imageRepository: example.com/x
kubernetesVersion: v1.36.1
dns: {imageTag: v9}
etcd: {local: {imageTag: 3.9.9-0, imageRepository: example.com/e}}
proxy: {disabled: true}
`;

describe("config images list", () => {
  it.each([
    ["of a release", "--kubernetes-version 1.37.2", "registry.k8s.io/", "v1.37.2", "registry.k8s.io/coredns/coredns"],
    ["without a version", "-v 0", "registry.k8s.io/", "v1.37.2", "registry.k8s.io/coredns/coredns"],
    [
      "of another registry",
      "--kubernetes-version v1.36.1+a --image-repository r/x",
      "r/x/",
      "v1.36.1_a",
      "r/x/coredns",
    ],
  ])("names the images %s", async (_, flags, repository, tag, coredns) => {
    const others = repository === "r/x/" ? "r/x/" : "registry.k8s.io/";
    const components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
    const { status, stdout, stderr } = await kubeadm(`images list ${flags}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      ...components.map((name) => `${repository}${name}:${tag}`),
      `${coredns}:v1.14.6`,
      `${others}pause:3.10.2`,
      `${others}etcd:3.7.0-0`,
    ]);
  });

  it("takes a build of the tests from where it is kept", async () => {
    const { stdout } = await kubeadm("images list --kubernetes-version ci/v1.37.3");
    expect(stdout).toMatch(/^gcr\.io\/k8s-staging-ci-images\/kube-apiserver:v1\.37\.3\n/);
    expect(stdout).toContain("\nregistry.k8s.io/etcd:3.7.0-0\n");
  });

  it("uses the file, regardless of the flags", async () => {
    const { stdout } = await kubeadm("images list --config /c.yaml --image-repository y -o json", {
      "/c.yaml": cluster,
    });
    expect(JSON.parse(stdout)).toEqual({
      kind: "Images",
      apiVersion: "output.kubeadm.k8s.io/v1alpha3",
      images: [
        "example.com/x/kube-apiserver:v1.36.1",
        "example.com/x/kube-controller-manager:v1.36.1",
        "example.com/x/kube-scheduler:v1.36.1",
        "example.com/x/coredns:v9",
        "example.com/x/pause:3.10.2",
        "example.com/e/etcd:3.9.9-0",
      ],
    });
  });

  it.each([
    ["--kubernetes-version bogus", `could not convert cfg to an internal cfg: version "bogus" doesn't match patterns`],
    ["--kubernetes-version v1.30.0", "control plane version >= 1.36.0. Current version: v1.30.0"],
    ["--config /none", 'could not convert cfg to an internal cfg: unable to read config from "/none" : open /none: no'],
    ["--feature-gates Bogus=true", "unrecognized feature-gate key: Bogus"],
    ["--feature-gates RootlessControlPlane", "missing bool value for feature-gate key:RootlessControlPlane"],
    ["--feature-gates RootlessControlPlane=x", "invalid value x for feature-gate key: RootlessControlPlane, use true|"],
    [
      "-o bogus",
      'could not construct output printer: unable to match a printer suitable for the output format "bogus"',
    ],
  ])("refuses %s", async (flags, message) => {
    const { status, stdout, stderr } = await kubeadm(`images list ${flags}`);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(messageOf(stderr)).toContain(message);
  });

  it("says that it does not look up what another minor version's label stands for", async () => {
    const { stdout, stderr } = await kubeadm("images list --kubernetes-version stable-1.36");
    expect(stdout).toContain("kube-apiserver:v1.37.2\n");
    expect(stderr).toContain("the version behind stable-1.36 is not looked up");
  });
});

describe("config images pull", () => {
  const socket = "unix:///var/run/containerd/containerd.sock";

  async function pull(line: string, runtime = memoryRuntime(), files: Readonly<Record<string, string>> = {}) {
    const ports = memoryPorts({
      host: memoryHost({ files }),
      connectContainerRuntime: async () => memoryContainerRuntimes({ [socket]: runtime, "unix:///x": runtime }),
    });
    const status = await main(["config", "images", "pull", ...line.split(" ")], ports);
    return { status, stdout: ports.stdout.text(), stderr: ports.stderr.text(), runtime };
  }

  it("pulls every image, and says so of each", async () => {
    const listed = (await kubeadm("images list --kubernetes-version v1.37.2")).stdout.trimEnd().split("\n");
    const { status, stdout, stderr, runtime } = await pull("--kubernetes-version v1.37.2");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(listed.map((image) => `[config/images] Pulled ${image}\n`).join(""));
    expect(runtime.calls.filter((call) => call.startsWith("pullImage"))).toEqual(
      listed.map((each) => `pullImage ${each}`),
    );
  });

  it("says on stderr which image it waits for and how many are there", async () => {
    const runtime = memoryRuntime({ failures: new Map([["pullImage", "hang"]]) });
    const [host, stop] = [memoryHost(), new AbortController()];
    const ports = memoryPorts({
      host,
      signal: stop.signal,
      connectContainerRuntime: async () => memoryContainerRuntimes({ [socket]: runtime }),
    });
    const running = main("config images pull --kubernetes-version v1.37.2".split(" "), ports);
    await vi.waitUntil(() => host.clock.sleepers() > 0);
    for (let second = 0; second < 15; second++) await host.clock.advance(1_000);
    stop.abort(interruption("SIGINT"));
    expect(await running).toBe(130);
    expect(ports.stderr.text()).toContain(
      "[wait] pull of registry.k8s.io/kube-apiserver:v1.37.2: 0 of 7 images are present (10s of 30m0s)\n",
    );
    expect(ports.stdout.text()).toBe("");
  });

  describe("of an image that takes long", () => {
    /** Pulls with a runtime whose one layer of 100 MB arrives with 2 MB a second, and gives up after 15 seconds. */
    async function slowPull(terminal: boolean, failure?: ContainerRuntimeError) {
      const runtime = memoryRuntime({ failures: new Map([["pullImage", "hang"]]) });
      if (failure !== undefined) runtime.failures.set("downloads", failure);
      const [host, stop] = [memoryHost(), new AbortController()];
      const ports = memoryPorts({
        ...{ host, terminal, columns: 80, signal: stop.signal },
        connectContainerRuntime: async () => memoryContainerRuntimes({ [socket]: runtime }),
      });
      const running = main("config images pull --kubernetes-version v1.37.2".split(" "), ports);
      await vi.waitUntil(() => host.clock.sleepers() > 0);
      for (let second = 1; second <= 15; second++) {
        runtime.downloads = [{ id: "layer-sha256:1", bytes: 2e6 * second, totalBytes: 100e6 }];
        await host.clock.advance(1_000);
      }
      stop.abort(interruption("SIGINT"));
      expect(await running).toBe(130);
      return { stderr: ports.stderr.text(), asked: runtime.calls.filter((call) => call === "downloads").length };
    }

    it("tells bytes and the time that is left, on a terminal every second", async () => {
      const { stderr } = await slowPull(true);
      for (const second of [3, 9, 15]) {
        const left = (100 - 2 * second) / 2;
        expect(stderr).toContain(
          `[wait] 0 of 7 images, ${2 * second}.0 of 100.0 MB, ${left}s left (${second}s of 30m0s)`,
        );
      }
    });

    it("tells them every ten seconds in a log", async () => {
      expect((await slowPull(false)).stderr).toMatch(
        /^\[wait\] pull of \S+: 0 of 7 images are present; downloaded 20\.0 of 100\.0 MB, 40s left \(10s of 30m0s\)\n/,
      );
    });

    it.each([
      ["does not ask again", "unimplemented", 1],
      ["asks again", "timed-out", 15],
    ] as const)("%s after a runtime's answer that is %s", async (_what, code, asked) => {
      const slow = await slowPull(true, new ContainerRuntimeError(code, "no"));
      expect(slow.asked).toBe(asked);
      expect(slow.stderr).toContain("[wait] 0 of 7 images: pulling kube-apiserver:v1.37.2 (");
    });
  });

  it("goes to the runtime that is named, by flag or file", async () => {
    expect((await pull("--cri-socket unix:///x")).status).toBe(0);
    const init = `apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: {criSocket: unix:///x}\n`;
    const files = { "/c.yaml": `${init}---\n${cluster}` };
    expect((await pull("--config /c.yaml", memoryRuntime(), files)).stdout).toContain(
      "Pulled example.com/x/coredns:v9\n",
    );
  });

  it("tries an image five times, then names it", async () => {
    const runtime = memoryRuntime();
    runtime.failures.set(
      "pullImage",
      new ContainerRuntimeError("other", "rpc error: code = Unknown desc = no such host"),
    );
    const { status, stdout, stderr } = await pull("--kubernetes-version v1.37.2", runtime);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    const image = "registry.k8s.io/kube-apiserver:v1.37.2";
    expect(messageOf(stderr)).toBe(`failed to pull image "${image}": failed to pull image ${image}: no such host`);
    expect(runtime.calls.filter((call) => call.startsWith("pullImage"))).toHaveLength(5);
  });

  it("fails as upstream's where no runtime answers", async () => {
    const { status, stderr } = await pull("--cri-socket unix:///none");
    expect(status).toBe(1);
    expect(messageOf(stderr)).toMatch(
      /^failed to create new CRI runtime service: validate service connection: validate CRI v1 runtime API for endpoint "unix:\/\/\/none": /,
    );
  });
});
