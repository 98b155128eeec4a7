// What this program does as one of the next release. The differ compares all of it with upstream's: --release 1.38.0-beta.0.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { nodeChecks } from "../../src/kubeadm/preflight/node-checks.ts";
import { brokenRules } from "../../src/kubeadm/upgrade/versions/version-policy.ts";
import { canonicalQuantity } from "../../src/kubernetes/quantity.ts";
import { memoryPorts } from "../fixtures/cli/memory-ports.ts";
import { memoryContainerRuntimes, memoryRuntime } from "../fixtures/cri/memory.ts";
import { goodFiles } from "../fixtures/kubeadm/preflight/preflight.ts";
import { type OldCluster, runUpgrade, startOldCluster } from "../support/upgrade/old-cluster.ts";

// Before the modules are loaded, as scripts/build.ts --release does.
vi.hoisted(() => vi.stubGlobal("KUBEADM_RELEASE", "v1.38.0-beta.0"));

const golden = (file: string) => readFileSync(new URL(`releases/1.38.0-beta.0/${file}`, import.meta.url), "utf8");
const record = <T>(file: string) => JSON.parse(golden(file)) as Readonly<Record<string, T>>;

async function run(line: string) {
  const ports = memoryPorts();
  const status = await main(line.split(" "), ports);
  return { status, stdout: ports.stdout.text(), error: /^error: .*$/m.exec(ports.stderr.text())?.[0] };
}

it("says that it is of that release", async () => {
  expect((await run("version --output short")).stdout).toBe("v1.38.0-beta.0\n");
});

describe("prints what upstream's of that release prints:", () => {
  it.each(Object.entries(record<readonly string[]>("images.json")))("the images of %s", async (version, expected) => {
    const { stdout, error } = await run(`config images list --kubernetes-version ${version}`);
    expect(error === undefined ? stdout.trim().split("\n") : [error]).toEqual(expected);
  });

  it.each([
    ["init-defaults", "init-defaults --component-configs KubeletConfiguration,KubeProxyConfiguration"],
    ["join-defaults", "join-defaults"],
    ["reset-defaults", "reset-defaults"],
    ["upgrade-defaults", "upgrade-defaults"],
  ])("%s", async (name, line) => {
    expect((await run(`config print ${line}`)).stdout).toBe(golden(`${name}.yaml`));
  });

  it.each(Object.entries(record<string>("quantities.json")))("the quantity %s as %s", (text, expected) => {
    expect(canonicalQuantity(text)).toBe(expected);
  });
});

describe("differs from 1.37:", () => {
  it("a machine without getent is warned of, after the program mount", async () => {
    const checks = nodeChecks({ nodeName: "n", criSocket: "unix:///c.sock", kubeadmVersion: "v1.38.0-beta.0" });
    const names = checks.map(({ name }) => name);
    expect(names.slice(names.indexOf("FileExisting-mount"))).toEqual(
      expect.arrayContaining(["FileExisting-getent", "FileExisting-cp"]),
    );
    const getent = checks.find(({ name }) => name === "FileExisting-getent");
    expect(getent?.severity).toBe("warning");
  });

  it("a kubeconfig without the cluster's CA is refused in words of its own", async () => {
    expect((await run("init phase kubeconfig admin --kubernetes-version v1.38.0")).error).toBe(
      "error: error execution phase kubeconfig/admin: the CA files do not exist, please run `kubeadm init phase certs ca` to generate it: failed to load certificate: couldn't load the certificate file /etc/kubernetes/pki/ca.crt: open /etc/kubernetes/pki/ca.crt: no such file or directory",
    );
  });

  it.each([
    [
      "names the oldest version that is supported",
      { requested: "v1.36.9", apiServer: "v1.37.2", kubelets: new Map() },
      'Specified version to upgrade to "v1.36.9" is equal to or lower than the minimum supported version "1.37.0". Please specify a higher version to upgrade to',
    ],
    [
      "begins with a small letter",
      { requested: "v1.38.0", apiServer: "new", kubelets: new Map() },
      'Unable to fetch cluster version: couldn\'t parse cluster version: could not parse "new" as version',
    ],
  ])("the version policy %s", (_, choice, expected) => {
    const rules = [...brokenRules({ ...choice, allowsExperimental: true, allowsReleaseCandidates: true })];
    expect(rules.map(({ text }) => text)).toContain(expected);
  });
});

describe("an upgrade of a cluster of 1.37", () => {
  const socket = "unix:///var/run/containerd/containerd.sock";
  const etcd = (tag: string) =>
    `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: registry.k8s.io/etcd:${tag}\n    name: etcd\n`;
  let cluster: OldCluster;
  beforeAll(async () => {
    cluster = await startOldCluster("v1.37.2");
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  function upgrade(line: string, tag: string | undefined) {
    return runUpgrade(cluster, line, {
      files: {
        ...goodFiles,
        ...cluster.files,
        "/var/lib/kubelet/config.yaml": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n",
        ...(tag === undefined ? {} : { "/etc/kubernetes/manifests/etcd.yaml": etcd(tag) }),
      },
      commands: { kubelet: { stdout: "Kubernetes v1.37.2\n" } },
      connectContainerRuntime: memoryContainerRuntimes({ [socket]: memoryRuntime() }),
    });
  }

  it("shows what changes for etcd", async () => {
    const { status, stdout } = await upgrade("diff v1.38.0", "3.7.0-0");
    expect(status).toBe(0);
    expect(stdout).toContain("--- /etc/kubernetes/manifests/etcd.yaml\n+++ new manifest\n");
    expect(stdout).toContain("image: registry.k8s.io/etcd:3.7.1-0");
  });

  it.each([
    [
      "a newer etcd is left alone",
      "9.0.0-0",
      0,
      /the desired etcd version "3\.7\.1-0" is older than the currently installed "9\.0\.0-0"\. Skipping etcd upgrade/,
    ],
    ["an etcd without a version is refused", "latest", 1, /failed to retrieve the current etcd version/],
    [
      "a missing manifest is refused",
      undefined,
      1,
      /the manifest file "\/etc\/kubernetes\/manifests\/etcd\.yaml" does not exist/,
    ],
  ])("says that %s", async (_, tag, status, words) => {
    const result = await upgrade("diff v1.38.0", tag);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(words);
    expect(result.stdout).not.toContain("etcd.yaml");
  });

  it.each([
    [
      "shows etcd's manifest first",
      "3.7.0-0",
      /Would write file "\/etc\/kubernetes\/manifests\/etcd\.yaml"[\s\S]*Would write file "\/etc\/kubernetes\/manifests\/kube-apiserver\.yaml"/,
    ],
    ["shows it where there is none", undefined, /Would write file "\/etc\/kubernetes\/manifests\/etcd\.yaml"/],
    [
      "says that a newer etcd is left alone",
      "9.0.0-0",
      /^\[dryrun\] the desired etcd version "3\.7\.1-0" is older than/m,
    ],
  ])("in a dry run %s", async (_, tag, words) => {
    const line = "apply phase control-plane v1.38.0 --dry-run";
    const { status, stdout, stderr } = await upgrade(line, tag);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(words);
  });

  it("plans for the CoreDNS of dns.imageTag", async () => {
    await using own = await startOldCluster("v1.37.2");
    const key = { namespace: "kube-system", name: "kubeadm-config" };
    own.controlPlane.storage.update(resources.configMaps, key, {}, (map) => {
      const { ClusterConfiguration: text = "" } = map["data"] as Record<string, string>;
      return { ...map, data: { ClusterConfiguration: text.replace(/^dns: .*$/m, "dns: {imageTag: v1.14.6}") } };
    });
    const line = "plan v1.38.0 --ignore-preflight-errors all";
    const { stdout } = await runUpgrade(own, line, { files: { ...goodFiles, ...own.files } });
    expect(stdout).toMatch(/^CoreDNS +v1\.14\.2 +v1\.14\.6$/m);
  });
});
