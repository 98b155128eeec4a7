import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Event } from "../../../events/event.ts";
import { eventsTo } from "../../../events/events.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { decodeClusterConfiguration } from "./cluster-configuration.ts";

const head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";

function decodeText(text: string) {
  const warnings: string[] = [];
  const sink = (event: Event) => {
    if (event.type === "warning") warnings.push(event.message);
  };
  return {
    configuration: decodeClusterConfiguration(
      text,
      eventsTo(sink, () => new Date(0)),
    ),
    warnings,
  };
}

describe("decodeClusterConfiguration", () => {
  it("reads what upstream's init stored", () => {
    const path = new URL("../../../../test/golden/kubeadm/files/objects/kubeadm-config.yaml", import.meta.url);
    const map = toJson(readYaml(readFileSync(path, "utf8"))) as { data: { ClusterConfiguration: string } };
    const { configuration, warnings } = decodeText(map.data.ClusterConfiguration);
    expect(warnings).toEqual([]);
    expect(configuration).toMatchObject({
      clusterName: "kubernetes",
      kubernetesVersion: "v1.37.2",
      controlPlaneEndpoint: "192.0.2.10:6443",
      certificatesDir: "/etc/kubernetes/pki",
      imageRepository: "registry.k8s.io",
      networking: { dnsDomain: "cluster.local", podSubnet: "10.244.0.0/16", serviceSubnet: "10.96.0.0/12" },
      etcd: { local: { dataDir: "/var/lib/etcd" } },
      certificateValidityPeriod: 8_760 * 3_600_000,
      caCertificateValidityPeriod: 87_600 * 3_600_000,
      proxy: { disabled: false },
    });
  });

  it("fills in defaults", () => {
    expect(decodeText(head).configuration).toMatchObject({
      clusterName: "kubernetes",
      encryptionAlgorithm: "RSA-2048",
      networking: { serviceSubnet: "10.96.0.0/12", podSubnet: "", dnsDomain: "cluster.local" },
      etcd: { local: { dataDir: "/var/lib/etcd", extraArgs: [] } },
      apiServer: { extraArgs: [], certSANs: [] },
    });
  });

  it("takes external etcd's endpoints for its HTTP endpoints", () => {
    const { configuration } = decodeText(`${head}etcd: {external: {endpoints: ["https://e:2379"], caFile: /ca}}\n`);
    expect(configuration.etcd).toEqual({
      external: {
        endpoints: ["https://e:2379"],
        httpEndpoints: ["https://e:2379"],
        caFile: "/ca",
        certFile: "",
        keyFile: "",
      },
    });
  });

  it.each([
    ["cp.example.com", "cp.example.com:6443"],
    ["cp.example.com:8443", "cp.example.com:8443"],
    ["192.0.2.1", "192.0.2.1:6443"],
    ["fd00::1", "[fd00::1]:6443"],
    ["'[fd00::1]:1'", "[fd00::1]:1"],
  ])("completes the endpoint %s", (endpoint, completed) => {
    expect(
      decodeText(`${head}controlPlaneEndpoint: "${endpoint.replaceAll("'", "")}"\n`).configuration.controlPlaneEndpoint,
    ).toBe(completed);
  });

  it("warns of fields that it does not know, and goes on", () => {
    const { configuration, warnings } = decodeText(`${head}clusterName: c\nbogus: 1\n`);
    expect(configuration.clusterName).toBe("c");
    expect(warnings[0]).toBe(
      'error unmarshaling configuration schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"v1beta4", Kind:"ClusterConfiguration"}: strict decoding error: unknown field "bogus"',
    );
  });

  it.each([
    [
      "another version",
      "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n",
      'no kind "ClusterConfiguration" is registered for version "kubeadm.k8s.io/v1beta3"',
    ],
    ["nothing", "", "Object 'Kind' is missing"],
    ["no YAML", "a: [\n", "did not find expected node content"],
    [
      "a wrong type",
      `${head}networking: 5\n`,
      "json: cannot unmarshal number into Go struct field ClusterConfiguration.networking of type v1beta4.Networking",
    ],
  ])("refuses %s", (_, text, message) => {
    expect(() => decodeText(text)).toThrow(message);
  });
});
