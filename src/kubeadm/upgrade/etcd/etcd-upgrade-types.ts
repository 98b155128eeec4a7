import type { ConnectEtcd } from "../../../etcd/etcd.ts";
import type { Commands, Mounts } from "../../../host/host.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import type { Patches } from "../../patches/read-patches.ts";
import type { ComponentCertificates } from "../control-plane/component-certificates.ts";
import type { UpgradeDirectories } from "../control-plane/upgrade-directories.ts";

export type EtcdCertificates = Pick<ComponentCertificates, "prepare" | "renew" | "restore">;

export interface EtcdUpgrade {
  readonly node: ControlPlaneNode;
  readonly patches: Patches;
  readonly certificates: EtcdCertificates;
  /** The API server is restarted after etcd: then etcd's certificates are renewed, even if its Pod does not change. */
  readonly apiServerChanges: boolean;
  /** Stops the API server of this machine from serving, before it loses its etcd. */
  readonly stopServing: () => Promise<void>;
  /** Those of the first attempt, if the run continues. */
  readonly directories: Pick<UpgradeDirectories, "upgradedManifests" | "oldManifests" | "etcd">;
}

export interface UpgradedEtcd {
  /** Removes what could restore the previous etcd, once the API server is seen to work with this one. */
  readonly settle: () => Promise<void>;
}

export interface EtcdUpgradePorts extends StaticPodPorts {
  readonly commands: Pick<Commands, "run">;
  readonly mounts: Pick<Mounts, "list">;
  readonly connectEtcd: ConnectEtcd;
}
