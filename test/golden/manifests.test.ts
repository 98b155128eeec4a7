import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { silentEvents } from "../../src/events/events.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { clusterConfigurationFromV1beta4 } from "../../src/kubeadm/config/cluster/cluster-configuration.ts";
import { configurationDocuments } from "../../src/kubeadm/config/documents/configuration-documents.ts";
import { decodeConfiguration } from "../../src/kubeadm/config/documents/decode-configuration.ts";
import { defaultTimeouts } from "../../src/kubeadm/config/fields/timeouts.ts";
import { nodeRegistrationFrom } from "../../src/kubeadm/config/versions/convert-join.ts";
import { clusterConfigurationV1beta4, initConfigurationV1beta4 } from "../../src/kubeadm/config/versions/v1beta4.ts";
import type { ControlPlaneNode } from "../../src/kubeadm/control-plane/control-plane-node.ts";
import type { InitialMember } from "../../src/kubeadm/control-plane/etcd-pod.ts";
import {
  controlPlaneComponents,
  writeComponentManifests,
} from "../../src/kubeadm/control-plane/write-component-manifests.ts";
import { writeEtcdManifest } from "../../src/kubeadm/control-plane/write-etcd-manifest.ts";
import { manifestPath } from "../../src/kubeadm/control-plane/write-manifest.ts";
import { defined } from "../../src/values/defined.ts";

interface Recording {
  /** Variables that the recorded program was started with. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Directories of the machine next to those that every recording's machine had. */
  readonly directories?: readonly string[];
  readonly initialCluster?: readonly InitialMember[];
}

const recordings: Readonly<Record<string, Recording>> = {
  init: {},
  join: {
    initialCluster: [
      { name: "cp1", peerUrl: "https://192.0.2.10:2380" },
      { name: "cp2", peerUrl: "https://192.0.2.11:2380" },
    ],
  },
  "ipv6-first-dual-stack": {},
  "external-etcd": {},
  "external-etcd-without-tls": {},
  "environment-and-probes": { environment: { HTTP_PROXY: "x" } },
  "extra-arguments-and-volumes": {
    environment: { HTTPS_PROXY: "a", https_proxy: "b", NO_Proxy: "c", foo_PROXY: "z", empty_proxy: "" },
  },
  "red-hat-directories": { directories: ["/etc/pki/tls/certs", "/etc/pki/tls/private", "/etc/pki/ca-trust"] },
};

const certificates = ["/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"];

it.each(Object.entries(recordings))("the static Pods of %s are upstream's, byte for byte", async (name, recording) => {
  const folder = new URL(`manifests/${name}/`, import.meta.url);
  const directories = [...certificates, ...(recording.directories ?? [])];
  const host = memoryHost({
    files: Object.fromEntries(directories.map((path) => [path, { kind: "directory" as const }])),
    machine: { environment: recording.environment ?? {} },
  });
  const node = nodeOf(readFileSync(new URL("configuration.yaml", folder), "utf8"));
  const ports = { ...host, events: silentEvents };
  const { initialCluster } = recording;
  await writeEtcdManifest(node, { patches: [], ...defined({ initialCluster }) }, ports);
  await writeComponentManifests(node, { components: controlPlaneComponents, patches: async () => [] }, ports);
  const written = host.files.snapshot();
  const recorded = readdirSync(folder).filter((file) => file !== "configuration.yaml");
  for (const file of recorded) {
    expect(written[`/etc/kubernetes/manifests/${file}`], file).toBe(readFileSync(new URL(file, folder), "utf8"));
  }
  expect(written[manifestPath("etcd")] !== undefined).toBe(existsSync(new URL("etcd.yaml", folder)));
  expect(Object.keys(written)).toHaveLength(recorded.length);
  expect(recorded.length).toBeGreaterThanOrEqual(3);
});

function nodeOf(text: string): ControlPlaneNode {
  const [first, second] = configurationDocuments(text);
  if (first === undefined || second === undefined) throw new Error("a recording has two documents");
  const init = decodeConfiguration(first, initConfigurationV1beta4, silentEvents) ?? {};
  const cluster = decodeConfiguration(second, clusterConfigurationV1beta4, silentEvents) ?? {};
  return {
    nodeRegistration: nodeRegistrationFrom({
      name: init.nodeRegistration?.name ?? "",
      criSocket: "unix:///run/containerd/containerd.sock",
    }),
    localAPIEndpoint: {
      advertiseAddress: init.localAPIEndpoint?.advertiseAddress ?? "",
      bindPort: init.localAPIEndpoint?.bindPort ?? 6443,
    },
    cluster: clusterConfigurationFromV1beta4(cluster),
    timeouts: { ...defaultTimeouts, ...init.timeouts },
  };
}
