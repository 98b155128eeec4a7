import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Event } from "../../../events/event.ts";
import { eventsTo } from "../../../events/events.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { decodeClusterConfiguration } from "./stored-cluster-configuration.ts";

const head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";

function decodeText(text: string, warnings: string[] = []) {
  const sink = (event: Event) => {
    if (event.type === "warning") warnings.push(event.message);
  };
  const events = eventsTo(sink, () => new Date(0));
  return { configuration: decodeClusterConfiguration(text, events), warnings };
}

function refusal(text: string) {
  const warnings: string[] = [];
  try {
    decodeText(text, warnings);
  } catch (error) {
    return { error, warnings };
  }
  throw new Error("it was not refused");
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

  it("warns of fields that it does not know, and continues", () => {
    const { configuration, warnings } = decodeText(`${head}clusterName: c\nbogus: 1\n`);
    expect(configuration.clusterName).toBe("c");
    expect(warnings[0]).toBe(
      'error unmarshaling configuration schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"v1beta4", Kind:"ClusterConfiguration"}: strict decoding error: unknown field "bogus"',
    );
  });

  it.each([
    ["without its kind", "apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: c\n"],
    ["of the experimental version", "apiVersion: kubeadm.k8s.io/v1\nkind: ClusterConfiguration\nclusterName: c\n"],
    ["behind a separator, before other documents", `---\n${head}clusterName: c\n---\na: [\n`],
    ["that is JSON", '{"apiVersion":"kubeadm.k8s.io/v1beta4","kind":"ClusterConfiguration","clusterName":"c"}'],
  ])("reads one %s", (_, text) => {
    const { configuration, warnings } = decodeText(text);
    expect({ name: configuration.clusterName, warnings }).toEqual({ name: "c", warnings: [] });
  });

  it.each([
    ["v1", { name: "a", value: "1", mergeMethod: "append" }, false],
    // Upstream warns of a field that the version does not have, too, and continues without it.
    ["v1beta4", { name: "a", value: "1" }, true],
  ])("takes merge methods of arguments only from %s", (version, expected, warned) => {
    const { configuration, warnings } = decodeText(
      `apiVersion: kubeadm.k8s.io/${version}\nkind: ClusterConfiguration\nscheduler: {extraArgs: [{name: a, value: "1", mergeMethod: append}]}\n`,
    );
    expect(configuration.scheduler.extraArgs).toEqual([expected]);
    expect(warnings.length > 0).toBe(warned);
  });

  const struct = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
  const gvk = 'schema.GroupVersionKind{Group:"kubeadm.k8s.io", Version:"v1beta4", Kind:"ClusterConfiguration"}';

  // As upstream's program says it: first as a warning, then as an error.
  it.each([
    [
      "another version",
      "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n",
      'no kind "ClusterConfiguration" is registered for version "kubeadm.k8s.io/v1beta3"',
    ],
    [
      "a version without its group",
      "apiVersion: v1beta4\nkind: ClusterConfiguration\n",
      'no kind "ClusterConfiguration" is registered for version "v1beta4"',
    ],
    [
      "an unknown kind",
      "apiVersion: kubeadm.k8s.io/v1beta4\nkind: Cluster\n",
      'no kind "Cluster" is registered for version "kubeadm.k8s.io/v1beta4"',
    ],
    [
      "a kind that is a number",
      "apiVersion: kubeadm.k8s.io/v1beta4\nkind: 5\n",
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    ],
    ["no YAML", "a: [\n", "yaml: line 1: did not find expected node content"],
    [
      "a list",
      "[]",
      `couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type ${struct}`,
    ],
    [
      "a word",
      "text",
      `couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type ${struct}`,
    ],
    [
      "a wrong type",
      `${head}networking: 5\n`,
      "json: cannot unmarshal number into Go struct field ClusterConfiguration.networking of type v1beta4.Networking",
    ],
  ])("refuses %s", (_, text, message) => {
    const { error, warnings } = refusal(text);
    expect(error).toMatchObject({
      code: "CLUSTER_READ_FAILED",
      message: `failed to decode cluster configuration data: ${message}`,
    });
    expect(warnings).toEqual([`error unmarshaling configuration ${gvk}: ${message}`]);
  });

  it("refuses broken JSON by what is wrong with it as JSON", () => {
    expect(refusal('{"apiVersion": "kubeadm.k8s.io/v1beta4"')).toMatchObject({
      error: {
        message:
          "failed to decode cluster configuration data: couldn't get version/kind; json parse error: unexpected end of JSON input",
      },
      warnings: [`error unmarshaling configuration ${gvk}: yaml: line 1: did not find expected ',' or '}'`],
    });
  });

  it.each(["", " \n", "{}", "null", "# nothing\n", "kind: ClusterConfiguration\nkubernetesVersion: v1.37.2\n"])(
    "reads nothing of %j, which has no apiVersion",
    (text) => {
      expect(refusal(text)).toMatchObject({
        error: {
          code: "CLUSTER_READ_FAILED",
          message: 'invalid version ""',
          remedy: expect.stringContaining("has no apiVersion"),
        },
        warnings: [],
      });
    },
  );

  it.each([
    ["192.0.2.1:99999", "port 99999 must be a valid number between 1 and 65535, inclusive"],
    ["192.0.2.1:0", "port 0 must be a valid number between 1 and 65535, inclusive"],
    ["cp.example.com:abc", "port abc must be a valid number between 1 and 65535, inclusive"],
    [
      "https://192.0.2.1:6443",
      "host 'https://192.0.2.1:6443' must be a valid IP address or a valid RFC-1123 DNS subdomain",
    ],
    ["a_b:6443", "host 'a_b' must be a valid IP address or a valid RFC-1123 DNS subdomain"],
    [":6443", "host '' must be a valid IP address or a valid RFC-1123 DNS subdomain"],
  ])("refuses the endpoint %s", (endpoint, reason) => {
    expect(refusal(`${head}controlPlaneEndpoint: "${endpoint}"\n`)).toMatchObject({
      error: { code: "CONFIG_INVALID", message: `hostport ${endpoint}: ${reason}` },
    });
  });
});
