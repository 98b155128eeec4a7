import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  messageOf,
  startPlannedCluster,
  tablesOf,
  upstream,
} from "../../../../test/fixtures/cli/commands/upgrade/plan.ts";
import { coreDnsOf, type OldCluster, runUpgrade } from "../../../../test/support/upgrade/old-cluster.ts";
import { type ReleaseAnswers, startReleaseServer } from "../../../../test/support/upgrade/release-server.ts";
import { resources } from "../../../embedded/control-plane/index.ts";

let cluster: OldCluster;
beforeEach(async () => {
  cluster = await startPlannedCluster();
});
afterEach(() => cluster[Symbol.asyncDispose]());

const warningsOf = (stderr: string) => [...stderr.matchAll(/^W.*?\] (.*)$/gm)].map(([, text]) => text);

describe("upgrade plan", () => {
  it("prints upstream's tables for a version that is named", async () => {
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect({ status, stderr, stdout: tablesOf(stdout) }).toEqual({ status: 0, stderr: "", stdout: upstream });
  });

  it("continues with its own version where no release server answers, and says so in one line", async () => {
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan");
    expect({ status, stdout: tablesOf(stdout) }).toEqual({ status: 0, stdout: upstream });
    expect(warningsOf(stderr)).toEqual([
      expect.stringMatching(
        /^could not fetch a Kubernetes version from the internet: .*; falling back to the local client version: v1\.37\.2$/,
      ),
    ]);
  });

  it("says in the API server's words why there is no configuration of kube-proxy", async () => {
    cluster.controlPlane.storage.delete(resources.configMaps, { namespace: "kube-system", name: "kube-proxy" });
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect(status).toBe(0);
    expect(warningsOf(stderr)).toContain(
      'Warning: No kubeproxy.config.k8s.io/v1alpha1 config is loaded. Continuing without it: configmaps "kube-proxy" not found',
    );
  });

  it.each([
    ["bogus", 'version "bogus" doesn\'t match patterns for neither semantic version nor labels'],
    ["1.37.2.3", `couldn't parse Kubernetes version "v1.37.2.3": illegal version string "v1.37.2.3"`],
    ["v1.37.02", `couldn't parse Kubernetes version "v1.37.02": illegal zero-prefixed version component "02"`],
  ])("refuses %s, which is no version", async (version, message) => {
    const { status, stderr } = await runUpgrade(cluster, `plan ${version}`);
    expect(status).toBe(1);
    expect(stderr).toContain(`error: [upgrade/versions] FATAL: ${message}`);
  });

  const releases: ReleaseAnswers = {
    "cdn.dl.k8s.io/release/stable.txt": "v1.38.1",
    "cdn.dl.k8s.io/release/stable-1.37.txt": "v1.37.4",
    "cdn.dl.k8s.io/release/stable-1.36.txt": "v1.36.7",
    "cdn.dl.k8s.io/release/latest.txt": "v1.37.5-rc.1",
    "cdn.dl.k8s.io/release/latest-1.36.txt": "v1.36.8-rc.0",
  };

  it("offers the newest patch release and the newest minor version that it can deploy", async () => {
    await using server = await startReleaseServer(releases);
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan", { releases: server });
    expect(status, stderr).toBe(0);
    expect(stderr).toMatch(/^I.*\] remote version is much newer: v1\.38\.1; falling back to: stable-1\.37\n$/);
    expect(stdout).toContain("[upgrade/versions] Target version: v1.37.4\n");
    expect(stdout).toContain("[upgrade/versions] Latest version in the v1.36 series: v1.36.7\n");
    expect([...stdout.matchAll(/Upgrade to the latest (.*):/g)].map(([, text]) => text)).toEqual([
      "version in the v1.36 series",
      "stable version",
    ]);
    expect(stdout.match(/^\tkubeadm upgrade apply .*$/gm)).toEqual([
      "\tkubeadm upgrade apply v1.36.7",
      "\tkubeadm upgrade apply v1.37.4",
    ]);
    expect(stdout).toContain("Note: Before you can perform this upgrade, you have to update kubeadm to v1.37.4.\n\n");
    expect([...server.requests].sort()).toEqual([
      "cdn.dl.k8s.io/release/stable-1.36.txt",
      "cdn.dl.k8s.io/release/stable-1.37.txt",
      "cdn.dl.k8s.io/release/stable.txt",
    ]);
  });

  it.each([
    ["--allow-release-candidate-upgrades", "v1.36.8-rc.0 --allow-release-candidate-upgrades"],
    ["--allow-experimental-upgrades", "v1.37.5-rc.1 --allow-release-candidate-upgrades"],
  ])("%s offers a pre-release too", async (flag, expected) => {
    await using server = await startReleaseServer(releases);
    const { stdout } = await runUpgrade(cluster, `plan ${flag}`, { releases: server });
    expect(stdout).toContain("[upgrade/versions] Latest experimental version: v1.37.5-rc.1\n");
    expect(stdout).toContain("[upgrade/versions] Latest previous version: v1.36.8-rc.0\n");
    expect(stdout).toContain(`\tkubeadm upgrade apply ${expected}\n`);
  });

  it("takes a label for what it stands for, and a version without v with one", async () => {
    await using server = await startReleaseServer(releases);
    const byLabel = await runUpgrade(cluster, "plan stable-1.36", { releases: server });
    expect(byLabel.stdout.match(/^\tkubeadm upgrade apply .*$/gm)).toEqual(["\tkubeadm upgrade apply v1.36.7"]);
    expect(tablesOf((await runUpgrade(cluster, "plan 1.37.2")).stdout)).toBe(upstream);
  });

  it("prints objects for other programs, also where there is nothing to upgrade", async () => {
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan v1.37.2 -o json --etcd-upgrade=false");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ kind: "UpgradePlan", apiVersion: "output.kubeadm.k8s.io/v1alpha3" });
    expect(plan.availableUpgrades[0].components.map(({ name }: { name: string }) => name)).toEqual([
      ...["kubelet", "kubelet", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"],
      ...["CoreDNS", "kubeadm"],
    ]);
    expect(plan.availableUpgrades[0].components[0]).toEqual({
      name: "kubelet",
      currentVersion: "v1.35.4",
      newVersion: "v1.37.2",
      nodeName: "worker-1",
    });
    expect(plan.configVersions[1]).toEqual({
      group: "kubelet.config.k8s.io",
      currentVersion: "v1beta1",
      preferredVersion: "v1beta1",
      manualUpgradeRequired: false,
    });
    const none = await runUpgrade(cluster, "plan v1.36.3 -o yaml");
    expect(none).toMatchObject({ status: 0, stderr: "" });
    expect(none.stdout).toMatch(/^apiVersion: .*\nconfigVersions:\n[\s\S]*kind: UpgradePlan\n$/);
    expect(none.stdout).not.toContain("availableUpgrades");
  });

  it("prints no table where there is nothing to upgrade", async () => {
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan v1.36.3");
    const said = "[upgrade] No newer version was found: there is nothing to upgrade\n";
    expect({ status, stderr }).toEqual({ status: 0, stderr: said });
    expect(stdout.slice(stdout.indexOf("[upgrade/versions] Cluster"))).toBe(
      "[upgrade/versions] Cluster version: 1.36.3\n[upgrade/versions] kubeadm version: v1.37.2\n[upgrade/versions] Target version: v1.36.3\n[upgrade/versions] Latest version in the v1.36 series: v1.36.3\n\n",
    );
  });

  it("prints the configuration of the cluster, and gates that it does not know", async () => {
    const reference = { namespace: "kube-system", name: "kubeadm-config" };
    cluster.controlPlane.storage.update(resources.configMaps, reference, {}, (map) => {
      const { ClusterConfiguration } = map["data"] as Record<string, string>;
      return {
        ...map,
        data: { ClusterConfiguration: `${ClusterConfiguration}featureGates: {NodeLocalCRISocket: true}\n` },
      };
    });
    const { stdout } = await runUpgrade(cluster, "plan v1.37.2 --print-config");
    expect(stdout).toContain(
      "[upgrade/config] Unknown feature gate flag: NodeLocalCRISocket\n[upgrade/config] Configuration used:\n\tapiServer: {}\n\tapiVersion: kubeadm.k8s.io/v1beta4\n",
    );
    expect(stdout).toContain("\tkubernetesVersion: v1.36.3\n");
  });

  it("takes what the file says, and the flags where they may stand next to it", async () => {
    const files = {
      "/c.yaml":
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\nplan: {kubernetesVersion: v1.37.1, etcdUpgrade: false, ignorePreflightErrors: [isprivilegeduser]}\n",
    };
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan --config /c.yaml", {
      files,
      machine: { uid: 1000 },
    });
    expect(status).toBe(0);
    expect(stderr).toContain("[WARNING IsPrivilegedUser]: user is not running as root\n");
    expect(stdout).toContain("\tkubeadm upgrade apply v1.37.1\n");
    expect(stdout).not.toContain("etcd  ");
    const mixed = await runUpgrade(cluster, "plan --config /c.yaml --print-config", { files });
    expect(messageOf(mixed.stderr)).toBe("can not mix '--config' with arguments [print-config]");
  });

  it.each(["-o json", "--output yaml --show-managed-fields", "--allow-missing-template-keys=false"])(
    "takes %s next to a file, as upstream does",
    async (flags) => {
      const files = { "/c.yaml": "apiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\n" };
      const { status, stderr } = await runUpgrade(cluster, `plan v1.37.2 --config /c.yaml ${flags}`, { files });
      expect(status, stderr).toBe(0);
    },
  );

  it.each(["text", "json"])("with --report and -o %s prints the same, and writes a page", async (form) => {
    const line = `plan v1.37.2 -o ${form}`;
    const plain = await runUpgrade(cluster, line);
    const { status, stdout, stderr, host } = await runUpgrade(cluster, `${line} --report /r.html`);
    expect({ status, stdout: stdout.length, stderr }).toEqual({
      status: 0,
      stdout: plain.stdout.length,
      stderr: '[report] Wrote the report to "/r.html"\n',
    });
    expect(await host.files.status("/r.html")).toMatchObject({ mode: 0o600 });
    const page = await host.files.readText("/r.html");
    expect(page).toContain("<h1>kubeadm upgrade plan: succeeded</h1>");
    for (const text of [
      "kubeadm upgrade apply v1.37.2",
      "What to expect from the upgrade to v1.37.2 on cp1",
      "worker-1",
    ]) {
      expect(page).toContain(text);
    }
  });

  it("writes the page of --report, too, if a check fails, with its finding", async () => {
    const files = { "/etc/kubernetes/manifests/kube-scheduler.yaml": undefined };
    const { status, stderr, host } = await runUpgrade(cluster, "plan v1.37.2 --report r.html", { files });
    expect({ status, message: messageOf(stderr) }).toEqual({
      status: 1,
      message: "[upgrade/health] FATAL: preflight checks failed",
    });
    const page = await host.files.readText("/root/r.html");
    expect(page).toContain("<h1>kubeadm upgrade plan: failed</h1>");
    expect(page).toContain("StaticPodManifest");
  });

  it.each([
    [
      "CoreDNS whose lines all stay",
      "v1.14.2",
      ".:53 {\n    errors\n    template ANY ANY {\n      rcode NXDOMAIN\n    }\n}\n",
      '[WARNING CoreDNSUnsupportedPlugins]: the Corefile has plugins that kubeadm does not know: "template"',
    ],
    [
      "a Corefile that a newer CoreDNS refuses",
      "v1.12.1",
      ".:53 {\n    header {\n      set ra\n    }\n}\n",
      '[WARNING CoreDNSMigration]: the Corefile has to change for CoreDNS v1.14.6: header: "response " is written before "set"',
    ],
    [
      "CoreDNS older than the table of changes",
      "v1.0.6",
      ".:53 {\n    errors\n}\n",
      "[WARNING CoreDNSMigration]: start version '1.0.6' not supported",
    ],
    [
      "a tag that is no version",
      "mine",
      ".:53 {\n    errors\n}\n",
      "[WARNING CoreDNSMigration]: start version 'mine' not supported",
    ],
  ])("warns of %s, and continues", async (_, tag, Corefile, warning) => {
    const { storage } = cluster.controlPlane;
    storage.update(resources.configMaps, { namespace: "kube-system", name: "coredns" }, {}, (map) => ({
      ...map,
      data: { Corefile },
    }));
    storage.delete(resources.deployments, { namespace: "kube-system", name: "coredns" });
    storage.create(resources.deployments, coreDnsOf(tag));
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect(stderr).toContain(warning);
    expect(status).toBe(0);
  });

  it("plans a cluster without CoreDNS", async () => {
    const { storage } = cluster.controlPlane;
    storage.delete(resources.deployments, { namespace: "kube-system", name: "coredns" });
    storage.delete(resources.configMaps, { namespace: "kube-system", name: "coredns" });
    const { status, stdout, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("CoreDNS                                       v1.14.6\n");
  });

  it("asks for labels while the cluster is checked", async () => {
    await using server = await startReleaseServer(releases);
    const askedBeforeJob: string[] = [];
    const { status } = await runUpgrade(cluster, "plan --allow-experimental-upgrades", {
      releases: server,
      intercept: async ({ method, url }, send) => {
        if (method === "POST" && url.includes("/jobs")) {
          await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(4), 5_000);
          askedBeforeJob.push(...server.requests);
        }
        return send();
      },
    });
    expect(status).toBe(0);
    expect(askedBeforeJob.map((each) => /\/([^/]*)\.txt$/.exec(each)?.[1]).sort()).toEqual([
      "latest",
      "latest-1.36",
      "stable",
      "stable-1.36",
      "stable-1.37",
    ]);
  });

  it("reads the Deployment of CoreDNS and the Pods of the control plane once", async () => {
    const seen: string[] = [];
    await runUpgrade(cluster, "plan v1.37.2", {
      intercept: (request, send) => {
        const { pathname, searchParams } = new URL(request.url);
        seen.push(`${pathname.replace(/.*\//, "")} ${searchParams.get("labelSelector") ?? ""}`);
        return send();
      },
    });
    expect(seen.filter((each) => /^(pods|deployments) /.test(each)).sort()).toEqual([
      "deployments k8s-app=kube-dns",
      "pods component=kube-apiserver,tier=control-plane",
      "pods tier=control-plane",
    ]);
  });

  it.each([
    [
      "a version that is not one",
      "plan foo",
      `[upgrade/versions] FATAL: version "foo" doesn't match patterns for neither semantic version nor labels (stable, latest, ...)`,
    ],
    ["a form that is not there", "plan -o xml", expect.stringContaining("could not construct output printer")],
    [
      "a missing configuration file",
      "plan --config /none",
      '[upgrade/upgrade config] FATAL: unable to load config from file "/none": open /none: no such file or directory',
    ],
    [
      "all and another check",
      "plan --ignore-preflight-errors all,Swap",
      expect.stringContaining("don't specify individual checks if 'all' is used"),
    ],
  ])("refuses %s", async (_, line, message) => {
    const { status, stderr } = await runUpgrade(cluster, line);
    expect({ status, message: messageOf(stderr) }).toEqual({ status: 1, message });
  });

  it("refuses a cluster whose API servers have no Pods, without a crash", async () => {
    cluster.controlPlane.storage.delete(resources.pods, { namespace: "kube-system", name: "kube-apiserver-cp1" });
    const { status, stderr } = await runUpgrade(cluster, "plan v1.37.2");
    expect({ status, message: messageOf(stderr) }).toEqual({
      status: 1,
      message:
        "[upgrade/versions] FATAL: no Pods with the labels component=kube-apiserver,tier=control-plane in namespace kube-system",
    });
  });
});
