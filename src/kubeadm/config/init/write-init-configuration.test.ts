import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { silentEvents } from "../../../events/events.ts";
import { cleanPath } from "../../../go/clean-path.ts";
import { memoryHost } from "../../../host/memory.ts";
import { type ClusterConfiguration, clusterConfigurationFromV1beta4 } from "../cluster/cluster-configuration.ts";
import { decodeClusterConfiguration } from "../cluster/stored-cluster-configuration.ts";
import { storedClusterConfiguration, writeClusterConfiguration } from "../cluster/write-cluster-configuration.ts";
import type { ResolvedInit } from "./complete-init-configuration.ts";
import { loadInitConfiguration } from "./load-init-configuration.ts";
import { writeInitConfiguration } from "./write-init-configuration.ts";

async function load(text: string): Promise<ResolvedInit> {
  const host = memoryHost({ files: { "/c.yaml": text }, network: { defaultRoutes: { IPv4: ["eth0"] } } });
  const ports = { ...host, events: silentEvents, signal: new AbortController().signal };
  return loadInitConfiguration("/c.yaml", { detectsCriSocket: false }, ports);
}

const text = ({ configuration, cluster }: ResolvedInit) =>
  `${writeInitConfiguration(configuration).reveal()}---\n${writeClusterConfiguration(cluster)}`;

/** YAML's own words among them: they have to return as the texts that they are. */
const words = fc.oneof(
  fc.constantFrom("", "true", "no", "0x1f", "1e3", "~", "- a", "a: b", "#", " x ", '"', "a\nb"),
  fc.string(),
);
const args = fc.array(fc.record({ name: words.filter((name) => name !== ""), value: words }), { maxLength: 3 });
const envs = fc.array(fc.record({ name: words, value: words.filter((value) => value !== "") }), { maxLength: 2 });
const volumes = fc.array(
  fc.record({ name: words, hostPath: words, mountPath: words, readOnly: fc.boolean(), pathType: words }),
  { maxLength: 2 },
);
const component = fc.record({ extraArgs: args, extraVolumes: volumes, extraEnvs: envs });
const span = fc.integer({ min: 0, max: 1e9 }).map((seconds) => seconds * 1000);
const path = fc.string({ minLength: 1 }).map((name) => `/${name}`);

const clusters: fc.Arbitrary<ClusterConfiguration> = fc
  .record({
    apiServer: component,
    controllerManager: component,
    scheduler: component,
    certificatesDir: path.map(cleanPath),
    clusterName: fc.string({ minLength: 1 }),
    certificateValidityPeriod: span,
    caCertificateValidityPeriod: span,
    dns: fc.record({ imageTag: words, imageRepository: fc.constantFrom("", "example.com/a"), disabled: fc.boolean() }),
    proxy: fc.record({ disabled: fc.boolean() }),
    etcd: fc.oneof(
      fc.record({ local: fc.record({ dataDir: path, extraArgs: args, extraEnvs: envs, imageTag: words }) }),
      fc.record({ external: fc.record({ endpoints: fc.constant(["https://a:1", "https://b"]), caFile: path }) }),
    ),
  })
  .map((wire) => ({ ...clusterConfigurationFromV1beta4(wire), kubernetesVersion: "v1.37.2" }));

describe("a ClusterConfiguration", () => {
  it("is read as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(clusters, async (cluster) => {
        expect((await load(writeClusterConfiguration(cluster))).cluster).toEqual(cluster);
      }),
    );
  });

  it.each([
    ["of a release", false, "kubernetesVersion: v1.37.2\n"],
    ["of a build of Kubernetes' own tests", true, "kubernetesVersion: ci/v1.37.2\n"],
  ])("comes back from the cluster that it was stored in: one %s", (_, isCi, line) => {
    const cluster = { ...clusterConfigurationFromV1beta4({ kubernetesVersion: "v1.37.2" }), isCi };
    const stored = storedClusterConfiguration(cluster);
    expect(stored).toContain(line);
    expect(decodeClusterConfiguration(stored, silentEvents)).toEqual(cluster);
  });
});

describe("an InitConfiguration", () => {
  it("that is written and read again is the same text", async () => {
    const first = text(
      await load(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n" +
          "nodeRegistration: {name: n1, taints: [{key: a, effect: NoSchedule}], kubeletExtraArgs: [{name: v, value: '4'}]}\n" +
          "bootstrapTokens: [{}, {ttl: 0s, description: d}]\npatches: {directory: /p}\nskipPhases: [a]\ndryRun: true\n" +
          `certificateKey: "${"0".repeat(64)}"\n`,
      ),
    );
    expect(text(await load(first))).toBe(first);
  });
});
