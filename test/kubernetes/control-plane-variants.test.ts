// Control planes that are configured otherwise than by default; each scenario has its own cluster.
import { expect, test } from "vitest";
import {
  answersDns,
  controlPlaneLab,
  isControlPlane,
  programs,
  staticPods,
  votersAre,
} from "../support/control-plane/control-plane-lab.ts";
import { copyFiles, prepareExternalAuthority } from "../support/control-plane/external-authority.ts";
import { runExternalEtcd } from "../support/control-plane/external-etcd.ts";

const by = "ours";
const pki = "/etc/kubernetes/pki";

/** The documentation's list of files that go from one control plane to the next manually. */
const sharedFiles = [
  ...["ca.crt", "ca.key", "sa.key", "sa.pub", "front-proxy-ca.crt", "front-proxy-ca.key"],
  ...["etcd/ca.crt", "etcd/ca.key"],
];

test("other subnets, domain, directory, port and kind of keys, and patches", async () => {
  await using cluster = await controlPlaneLab("variant-custom");
  const [cp1, cp2] = await cluster.addHosts("cp1", "cp2");
  const patch = JSON.stringify({ metadata: { annotations: { "example.org/patched": "yes" } } });
  for (const host of [cp1, cp2]) await host.writeFile("/root/patches/kube-scheduler0+strategic.yaml", patch);
  await cluster.init(by, cp1, {
    extraConfig: {
      init: { localAPIEndpoint: { bindPort: 7443 }, patches: { directory: "/root/patches" } },
      cluster: {
        controlPlaneEndpoint: "endpoint.lab:7443",
        networking: { serviceSubnet: "172.30.0.0/20", dnsDomain: "example.internal" },
        certificatesDir: "/etc/kubernetes/certificates",
        encryptionAlgorithm: "ECDSA-P256",
        apiServer: { certSANs: ["api.example.org"] },
      },
      kubelet: { clusterDomain: "example.internal", clusterDNS: ["172.30.0.10"] },
    },
  });
  const extra = ["--apiserver-bind-port", "7443", "--patches", "/root/patches"];
  await cluster.joins(cp2, { by, controlPlane: true, extra });
  await isControlPlane(cluster.lab, cp1);
  await isControlPlane(cluster.lab, cp2);
  await answersDns(cluster.lab, cp2, { domain: "example.internal" });
  for (const host of [cp1, cp2]) {
    const certificate = "/etc/kubernetes/certificates/apiserver.crt";
    const text = await host.mustRun(["openssl", "x509", "-noout", "-text", "-in", certificate]);
    for (const part of [
      "NIST CURVE: P-256",
      "DNS:api.example.org",
      "IP Address:172.30.0.1",
      "default.svc.example.internal",
    ]) {
      expect(text).toContain(part);
    }
    const scheduler = (await cluster.lab.get(["-n", "kube-system", "pod", `kube-scheduler-${host.name}`])) as {
      metadata: { annotations: Record<string, string> };
    };
    expect(scheduler.metadata.annotations["example.org/patched"]).toBe("yes");
  }
});

test("an authority whose key is elsewhere: its certificates and kubeconfigs are there before init", async () => {
  await using cluster = await controlPlaneLab("variant-ca");
  const [authority, cp1] = await cluster.addHosts("authority", "cp1");
  await prepareExternalAuthority(authority, cp1);
  const { stdout } = await cluster.init(by, cp1, { uploadCerts: false });
  expect(stdout).toContain("Your Kubernetes control-plane has initialized successfully!");
  expect(cp1.exists(`${pki}/ca.key`)).toBe(false);
  await isControlPlane(cluster.lab, cp1);
  const manager = await cp1.readFile("/etc/kubernetes/manifests/kube-controller-manager.yaml");
  expect(manager.toString()).not.toContain("cluster-signing-key-file=/");
});

test("an etcd elsewhere: no member here, and a second control plane", async () => {
  await using cluster = await controlPlaneLab("variant-etcd");
  const [db, cp1, cp2] = await cluster.addHosts("db1", "cp1", "cp2");
  const external = await runExternalEtcd(cluster.lab, db, [cp1]);
  await cluster.init(by, cp1, { extraConfig: { cluster: { etcd: { external } } } });
  await cluster.joins(cp2, { by, controlPlane: true });
  const pods = staticPods.filter((pod) => pod !== "etcd");
  for (const host of [cp1, cp2]) {
    await isControlPlane(cluster.lab, host, { pods });
    expect(host.exists("/etc/kubernetes/manifests/etcd.yaml")).toBe(false);
    expect(host.exists(`${pki}/etcd/ca.key`)).toBe(false);
  }
  const reset = await cp2.run([programs[by], "reset", "--force"], { timeoutMs: 120_000 });
  expect(reset.exitCode, reset.stderr).toBe(0);
  expect((await db.mustRun(["systemctl", "is-active", "etcd"])).trim()).toBe("active");
});

test("certificates copied manually instead of uploaded", async () => {
  await using cluster = await controlPlaneLab("variant-copied");
  const [cp1, cp2] = await cluster.addHosts("cp1", "cp2");
  await cluster.init(by, cp1);
  await copyFiles(cp1, cp2, sharedFiles);
  const [endpoint = "", ...rest] = cluster.lab.joinArguments();
  const joined = await cp2.run([programs[by], "join", endpoint, ...rest, "--control-plane"], { timeoutMs: 240_000 });
  expect(joined.exitCode, joined.stderr).toBe(0);
  await isControlPlane(cluster.lab, cp2);
  await votersAre(cp1, "cp1", "cp2");
});

test.each(["ipv6", "dual"] as const)("addresses: %s", async (families) => {
  await using cluster = await controlPlaneLab(`variant-${families}`, families);
  const [cp1, cp2, w1] = await cluster.addHosts("cp1", "cp2", "w1");
  await cluster.init(by, cp1);
  await cluster.joins(cp2, { by, controlPlane: true });
  await cluster.joins(w1, { by });
  for (const host of [cp1, cp2]) await isControlPlane(cluster.lab, host);
  await votersAre(cp1, "cp1", "cp2");
  await cluster.lab.waitForNode("w1");
  await answersDns(cluster.lab, w1);
  const node = (await cluster.lab.get(["node", "w1"])) as { spec: { podCIDRs: string[] } };
  expect(node.spec.podCIDRs).toHaveLength(families === "dual" ? 2 : 1);
});
