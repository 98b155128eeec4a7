import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { resources } from "../../src/embedded/control-plane/index.ts";
import { silentEvents } from "../../src/events/events.ts";
import { memoryHost } from "../../src/host/memory.ts";
import { decodeClusterConfiguration } from "../../src/kubeadm/config/cluster/stored-cluster-configuration.ts";
import {
  controlPlaneComponents,
  writeComponentManifests,
} from "../../src/kubeadm/control-plane/write-component-manifests.ts";
import { writeEtcdManifest } from "../../src/kubeadm/control-plane/write-etcd-manifest.ts";
import { nodeWith } from "../fixtures/kubeadm/control-plane/control-plane-node.ts";
import { addNode, runUpgrade, startOldCluster } from "../support/upgrade/old-cluster.ts";

const golden = (path: string) => readFileSync(new URL(`upgrade/${path}`, import.meta.url), "utf8");

const configuration = "before/kubeadm-config.yaml";

const certificates = ["/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"];

describe("An upgrade", () => {
  it("writes upstream's static Pods, byte for byte", async () => {
    const { data } = parse(golden(configuration)) as { readonly data: { readonly ClusterConfiguration: string } };
    const cluster = decodeClusterConfiguration(data.ClusterConfiguration, silentEvents);
    const node = {
      ...nodeWith({}, { localAPIEndpoint: { advertiseAddress: "192.0.2.10", bindPort: 6443 } }),
      cluster: { ...cluster, kubernetesVersion: "v1.37.2" },
    };
    const host = memoryHost({
      files: Object.fromEntries(certificates.map((path) => [path, { kind: "directory" as const }])),
    });
    const ports = { ...host, events: silentEvents };
    await writeEtcdManifest(node, { patches: [] }, ports);
    await writeComponentManifests(node, { components: controlPlaneComponents, patches: async () => [] }, ports);
    const folder = "after/manifests";
    const recorded = readdirSync(new URL(`upgrade/${folder}`, import.meta.url));
    expect(recorded).toHaveLength(4);
    const written = host.files.snapshot();
    for (const file of recorded) {
      expect(written[`/etc/kubernetes/manifests/${file}`], file).toBe(golden(`${folder}/${file}`));
    }
  });

  it("is planned in upstream's words", async () => {
    await using cluster = await startOldCluster();
    addNode(cluster.controlPlane, "w1");
    const { stdout } = await runUpgrade(cluster, "plan v1.37.2");
    const [tables] = stdout.split("What to expect from the upgrade to v1.37.2 on this control plane");
    expect(tables).toBe(golden("plan.txt"));
  });

  it("differs from the present manifests as upstream says", async () => {
    await using cluster = await startOldCluster();
    cluster.controlPlane.storage.update(
      resources.configMaps,
      { namespace: "kube-system", name: "kubeadm-config" },
      {},
      (map) => ({ ...map, data: (parse(golden(configuration)) as { readonly data: object }).data }),
    );
    const files = Object.fromEntries([
      ...certificates.map((path) => [`${path}/a.crt`, ""]),
      ...controlPlaneComponents.map((component) => {
        const file = `manifests/${component}.yaml`;
        return [`/etc/kubernetes/${file}`, golden(`before/${file}`)];
      }),
    ]);
    const { stdout } = await runUpgrade(cluster, "diff v1.37.2 -c 3", { files });
    const [head = "", ...parts] = stdout.split(/^(?=--- )/m);
    expect([head, ...parts.toSorted()].join("")).toBe(golden("diff.txt"));
  });
});
