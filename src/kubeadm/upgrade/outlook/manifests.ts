import { started } from "../../../async/started.ts";
import { maskSecrets } from "../../../errors/mask-secrets.ts";
import { unifiedDiff } from "../../../go/difflib/unified-diff.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import { imageTag, versionOfTag } from "../../../kubernetes/image-name.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import type { JsonObject } from "../../../values/json.ts";
import type { ClusterConfiguration, LocalEtcd } from "../../config/cluster/cluster-configuration.ts";
import { lastFlag, type ManifestContainer, readManifestContainer } from "../../control-plane/component-endpoints.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { findSurroundings } from "../../control-plane/pod-surroundings.ts";
import { componentPod, controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import { manifestPath } from "../../control-plane/write-manifest.ts";
import { initialMembersOf } from "../../etcd/local-member.ts";
import { type ManifestChangePorts, manifestChange, manifestChanges } from "../manifest-changes.ts";

export interface ManifestSubject {
  /** The control plane of the new version. */
  readonly node: ControlPlaneNode;
  /** The configuration before the upgrade. */
  readonly previous: ClusterConfiguration;
  readonly replacesEtcd: boolean;
}

const contextLines = 3;

/** Returns what changes in the static Pod manifests of this machine, without patches, as unified diffs. */
export async function changedManifests(
  { node, replacesEtcd }: ManifestSubject,
  ports: ManifestChangePorts,
): Promise<readonly string[]> {
  const { etcd } = node.cluster;
  const ofComponents = await manifestChanges(node, contextLines, ports);
  if (!replacesEtcd || !("local" in etcd)) return shown(ofComponents);
  return shown([...ofComponents, await manifestChange("etcd", etcdPod(node, etcd.local), contextLines, ports)]);
}

/**
 * Returns how the manifests differ from what kubeadm writes for the version that they have and the present
 * configuration, as unified diffs to the manifests: what an operator has edited, manually or by patches.
 */
export async function editedManifests(
  { node, previous, replacesEtcd }: ManifestSubject,
  ports: ManifestChangePorts,
): Promise<readonly string[]> {
  const surroundings = await findSurroundings(previous, ports);
  const ofComponents = controlPlaneComponents.map((component) =>
    started(
      editsOf(component, ports, ({ image }) => {
        const version = versionOfTag(imageTag(image));
        // Another control plane may have been upgraded before: the configuration is of the new version then.
        const isVersion = parseSemanticVersion(version) !== undefined;
        const cluster = isVersion ? { ...previous, kubernetesVersion: version } : previous;
        return componentPod(component, { ...node, cluster }, surroundings);
      }),
    ),
  );
  const { etcd } = previous;
  const ofEtcd =
    replacesEtcd && "local" in etcd
      ? [
          started(
            editsOf("etcd", ports, (present) => previousEtcdPod(present, { ...node, cluster: previous }, etcd.local)),
          ),
        ]
      : [];
  return shown(await Promise.all([...ofComponents, ...ofEtcd]));
}

async function editsOf(
  component: Parameters<typeof manifestPath>[0],
  { files }: ManifestChangePorts,
  writtenFor: (present: ManifestContainer) => JsonObject,
): Promise<string> {
  const path = manifestPath(component);
  const text = await files.readText(path);
  const present = await readManifestContainer(component, { readText: async () => text });
  const written = withStartOf(text, writeYaml(writtenFor(present)));
  return unifiedDiff(written, text, { from: "as kubeadm writes it", to: path, context: contextLines });
}

const startLimit = /(?<=^ +startupProbe:\n +failureThreshold: )\d+$/m;

/** How long a component may take to start is a setting of init and join, which the cluster does not store. */
function withStartOf(present: string, written: string): string {
  const limit = startLimit.exec(present)?.[0];
  return limit === undefined ? written : written.replace(startLimit, limit);
}

/** Each kubeadm has its own version of etcd, and a member that has joined names those that it found. */
function previousEtcdPod({ image, argv }: ManifestContainer, node: ControlPlaneNode, local: LocalEtcd): JsonObject {
  const imageTagOf = local.imageTag || imageTag(image);
  const etcd = { local: { ...local, imageTag: imageTagOf } };
  const hasJoined = lastFlag(argv, "initial-cluster-state") === "existing";
  const members = hasJoined ? initialMembersOf(lastFlag(argv, "initial-cluster") ?? "") : undefined;
  return etcdPod({ ...node, cluster: { ...node.cluster, etcd } }, local, members);
}

/** Manifests may have secrets, such as the password of a proxy. */
function shown(diffs: readonly string[]): readonly string[] {
  return diffs.filter((diff) => diff !== "").map(maskSecrets);
}
