import type { PlannedUpgrade } from "../../../events/upgrade-plan.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { part, type ShellPart, shell } from "../../../values/shell.ts";
import { kubernetesVersion } from "../../version.ts";
import type { AvailableUpgrade } from "./available-upgrades.ts";
import type { ClusterVersions, NodesByVersion } from "./cluster-versions.ts";

export interface PlanOptions {
  readonly clusterVersion: string;
  readonly versions: ClusterVersions;
  readonly upgradesEtcd: boolean;
}

/** Returns what an upgrade changes, component by component. */
export function plannedUpgrade({ description, target }: AvailableUpgrade, options: PlanOptions): PlannedUpgrade {
  const { clusterVersion, versions, upgradesEtcd } = options;
  const onNodes = (name: string, current: NodesByVersion, newVersion = target.kubernetes) =>
    [...current.keys()]
      .sort()
      .flatMap((currentVersion) =>
        (current.get(currentVersion) ?? []).map((nodeName) => ({ name, currentVersion, newVersion, nodeName })),
      );
  const ofCluster = (name: string, currentVersion: string, newVersion: string) => ({
    ...{ name, currentVersion, newVersion },
    nodeName: "",
  });
  return {
    description,
    command: shell`kubeadm upgrade apply ${[target.kubernetes, ...unstableFlag(target.kubernetes)]}`,
    components: [
      ...(upgradesKubelets(versions.kubelets, target.kubernetes) ? onNodes("kubelet", versions.kubelets) : []),
      ...onNodes("kube-apiserver", versions.apiServers),
      ...onNodes("kube-controller-manager", versions.controllerManagers),
      ...onNodes("kube-scheduler", versions.schedulers),
      ofCluster("kube-proxy", clusterVersion, target.kubernetes),
      ofCluster("CoreDNS", versions.coreDns, target.coreDns),
      ofCluster("kubeadm", kubernetesVersion, target.kubeadm),
      ...(upgradesEtcd ? onNodes("etcd", versions.etcds, target.etcd) : []),
    ],
  };
}

function unstableFlag(version: string): readonly ShellPart[] {
  const preRelease = parseSemanticVersion(version)?.preRelease ?? "";
  if (preRelease === "") return [];
  return [preRelease.startsWith("rc") ? part`--allow-release-candidate-upgrades` : part`--allow-experimental-upgrades`];
}

/** With several versions, at least one of them is not the new one. */
function upgradesKubelets(kubelets: NodesByVersion, version: string): boolean {
  return kubelets.size > 1 || (kubelets.size === 1 && !kubelets.has(version));
}
