import type { Files, Machine } from "../../../host/host.ts";
import { removedKubeletFlags } from "../../../kubernetes/minors/flags.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "../../../values/json.ts";
import type { WrittenComponents } from "../../config/components/component-configurations.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { etcdPod } from "../../control-plane/etcd-pod.ts";
import { findSurroundings } from "../../control-plane/pod-surroundings.ts";
import { componentPod, controlPlaneComponents } from "../../control-plane/write-component-manifests.ts";
import { etcdTagOf } from "../../images/control-plane-images.ts";
import { readKubeletFlags } from "../../kubelet/kubelet-flags.ts";
import { kubeletEnvironmentPath } from "../../paths.ts";
import type { ComponentSettings } from "./component-settings.ts";

/** Settings, and the version of the component that gets them: its minor version of Kubernetes, or of etcd 3. */
export interface VersionedSettings {
  readonly settings: ComponentSettings;
  readonly minor: number;
}

export interface SettingsSubject {
  /** The control plane of the new version. */
  readonly node: ControlPlaneNode;
  readonly components: WrittenComponents;
  readonly replacesEtcd: boolean;
}

/** Returns the settings with which the components of the new version start on this machine, without patches. */
export async function findSettings(
  { node, components, replacesEtcd }: SettingsSubject,
  { files, machine }: { readonly files: Files; readonly machine: Pick<Machine, "environment"> },
): Promise<readonly VersionedSettings[]> {
  const { cluster } = node;
  const surroundings = await findSurroundings(cluster, { files, machine });
  const from = "the ClusterConfiguration";
  const ofPods = controlPlaneComponents.map((component) => {
    return { component, from, words: commandOf(componentPod(component, node, surroundings)) };
  });
  const ofNodes = [
    ...(await kubeletFlagSettings(files)),
    {
      component: "kubelet",
      from: "the kubelet's configuration in the cluster",
      words: [],
      gates: gatesOf(components.kubelet),
    },
    {
      component: "kube-proxy",
      from: "kube-proxy's configuration in the cluster",
      words: [],
      gates: gatesOf(components.kubeProxy),
    },
  ];
  const minor = minorOf(cluster.kubernetesVersion);
  const { etcd } = cluster;
  const ofEtcd =
    replacesEtcd && "local" in etcd
      ? [
          {
            settings: { component: "etcd", from, words: commandOf(etcdPod(node, etcd.local)) },
            minor: minorOf(etcdTagOf(cluster) ?? ""),
          },
        ]
      : [];
  return [...ofEtcd, ...[...ofPods, ...ofNodes].map((settings) => ({ settings, minor }))];
}

function minorOf(version: string): number {
  return parseSemanticVersion(version)?.minor ?? 0;
}

/** kubeadm's flags of the kubelet, without those that the upgrade removes itself, and the administrator's. */
async function kubeletFlagSettings(files: Pick<Files, "readText">): Promise<readonly ComponentSettings[]> {
  const found = await readKubeletFlags(files);
  return found.files.map(({ path, flags }) => ({
    component: "kubelet",
    from: path,
    words: flags
      .filter(({ name }) => path !== kubeletEnvironmentPath || !removedKubeletFlags().includes(name))
      .map(({ name, value }) => `--${name}=${value}`),
  }));
}

function gatesOf(configuration: JsonObject | undefined): Readonly<Record<string, unknown>> {
  const gates = configuration?.["featureGates"];
  return isObject(gates) ? gates : {};
}

/** Returns the words of the command of a Pod's first container. */
function commandOf({ spec }: { readonly [field: string]: JsonValue }): readonly string[] {
  const containers = isObject(spec) ? spec["containers"] : undefined;
  const [first] = isList(containers) ? containers : [];
  const command = isObject(first) ? first["command"] : undefined;
  return isList(command) ? command.map((word) => String(word)) : [];
}
