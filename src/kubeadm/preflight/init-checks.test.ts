import { describe, expect, it } from "vitest";
import { containerd, machine, nodeCheckNames, told } from "../../../test/fixtures/kubeadm/preflight/preflight.ts";
import { silentEvents } from "../../events/events.ts";
import { clusterConfigurationFromV1beta4 } from "../config/cluster/cluster-configuration.ts";
import { defaultTimeouts } from "../config/fields/timeouts.ts";
import { controlPlaneToCheck } from "./control-plane-checks.ts";
import { requireReadyForControlPlane } from "./control-plane-readiness.ts";
import { type InitToCheck, initChecks } from "./init-checks.ts";

const cluster = {
  ...clusterConfigurationFromV1beta4({ networking: { podSubnet: "10.244.0.0/16" } }),
  kubernetesVersion: "v1.37.2",
};

function toCheck(more: Partial<InitToCheck> = {}, wire = cluster): InitToCheck {
  const localAPIEndpoint = { advertiseAddress: "10.0.0.5", bindPort: 6443 };
  const node = { localAPIEndpoint, cluster: wire, timeouts: defaultTimeouts };
  return {
    ...controlPlaneToCheck(node, { downloadsCertificates: false }),
    nodeName: "node-1",
    criSocket: containerd,
    ...more,
  };
}

const names = (init: InitToCheck) => initChecks(init).map(({ name }) => name);

describe("the checks of init", () => {
  it("are upstream's, in upstream's order, and a good machine passes them all", async () => {
    expect((await told(initChecks(toCheck()), machine())).lines).toEqual([]);
    expect(names(toCheck())).toEqual([
      "NumCPU",
      "Mem",
      "KubernetesVersion",
      "Firewalld",
      "Port-6443",
      "Port-10259",
      "Port-10257",
      "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
      "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
      "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
      "FileAvailable--etc-kubernetes-manifests-etcd.yaml",
      "HTTPProxy",
      "HTTPProxyCIDR",
      "HTTPProxyCIDR",
      ...nodeCheckNames,
      "FileContent--proc-sys-net-ipv4-ip_forward",
      "Port-2379",
      "Port-2380",
      "DirAvailable--var-lib-etcd",
    ]);
  });

  it("have one for ML-DSA keys only", () => {
    expect(names(toCheck({ encryptionAlgorithm: "ML-DSA-44" }))).toContain("KeyAlgorithm");
    for (const encryptionAlgorithm of ["RSA-2048", "ECDSA-P256"]) {
      expect(names(toCheck({ encryptionAlgorithm }))).not.toContain("KeyAlgorithm");
    }
  });

  it.each<[what: string, more: Partial<InitToCheck>, expected: readonly string[]]>([
    ["IPv4 alone", {}, ["FileContent--proc-sys-net-ipv4-ip_forward"]],
    [
      "IPv6 alone",
      { advertiseAddress: "fd00::1", serviceSubnet: "fd00::/112", podSubnet: "" },
      ["FileContent--proc-sys-net-ipv6-conf-default-forwarding"],
    ],
    [
      "both",
      { podSubnet: "10.0.0.0/16,fd00::/56" },
      ["FileContent--proc-sys-net-ipv4-ip_forward", "FileContent--proc-sys-net-ipv6-conf-default-forwarding"],
    ],
  ])("want the forwarding of the address families that are used: %s", (_, more, expected) => {
    expect(names(toCheck(more)).filter((name) => name.startsWith("FileContent"))).toEqual(expected);
  });

  it("ask for the files of an external etcd, and for its version before them", () => {
    const external = clusterConfigurationFromV1beta4({
      etcd: { external: { endpoints: ["https://e"], caFile: "/a", certFile: "/b", keyFile: "/c" } },
    });
    const externalEtcdVersion = {
      name: "ExternalEtcdVersion",
      severity: "error" as const,
      run: async () => ({ problems: [] }),
    };
    expect(names(toCheck({ externalEtcdVersion }, external)).slice(-4)).toEqual([
      "ExternalEtcdVersion",
      "ExternalEtcdClientCertificates",
      "ExternalEtcdClientCertificates",
      "ExternalEtcdClientCertificates",
    ]);
  });

  it("check the addresses on which the components are configured to listen", () => {
    const args = clusterConfigurationFromV1beta4({
      apiServer: {
        extraArgs: [
          { name: "bind-address", value: "10.0.0.6" },
          { name: "bind-address", value: "10.0.0.7" },
          { name: "advertise-address", value: "10.0.0.8" },
        ],
      },
    });
    expect(toCheck({}, args)).toMatchObject({
      bindAddresses: { apiServer: "10.0.0.7", scheduler: "" },
      etcd: { kind: "local", address: "10.0.0.8", dataDirectory: "/var/lib/etcd" },
    });
  });

  it("refuse a kubelet that is newer than the control plane", async () => {
    const { lines } = await told(initChecks(toCheck({ kubernetesVersion: "v1.36.4" })), machine());
    expect(lines).toEqual([
      'ERROR KubeletVersion: the kubelet version is higher than the control plane version. This is not a supported version skew and may lead to a malfunctional cluster. Kubelet version: "1.37.2" Control plane version: "1.36.4"',
    ]);
  });
});

describe("a cluster that is to get a further control plane", () => {
  const { files } = machine().host;
  const ports = {
    files,
    events: silentEvents,
    now: new Date(0),
  };
  const stable = { ...cluster, controlPlaneEndpoint: "lb:6443" };

  it.each([
    [
      "needs an address for all of them",
      cluster,
      true,
      "CONTROL_PLANE_ENDPOINT_MISSING",
      "stable controlPlaneEndpoint",
    ],
    [
      "needs the shared certificates, where they are not downloaded",
      stable,
      false,
      "SHARED_CERTIFICATES_MISSING",
      "[failure loading certificate for CA: couldn't load the certificate file /etc/kubernetes/pki/ca.crt",
    ],
    [
      "must not run its components without root",
      { ...stable, featureGates: { RootlessControlPlane: true } },
      true,
      "FEATURE_GATE_UNSUPPORTED",
      "RootlessControlPlane",
    ],
  ])("%s", async (_, configuration, downloadsCertificates, code, message) => {
    const ready = requireReadyForControlPlane(configuration, { downloadsCertificates }, ports);
    await expect(ready).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("reports what it needs on separate lines", async () => {
    const ready = requireReadyForControlPlane(cluster, { downloadsCertificates: true }, ports);
    await expect(ready).rejects.toMatchObject({
      message: expect.stringMatching(
        /^\nOne or more [^\n]*\n\nunable to add [^\n]*\n\nPlease ensure that:\n\* .*\n\* .*\n\n$/,
      ),
    });
  });

  it("is ready with an address and a key to download the certificates with", async () => {
    await requireReadyForControlPlane(stable, { downloadsCertificates: true }, ports);
  });
});
