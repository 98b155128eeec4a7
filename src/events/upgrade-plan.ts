import type { ShellCommand } from "../values/shell.ts";

// What `kubeadm upgrade plan` finds out: plain JSON without secrets, which its last event has, too.

/** What becomes of one component; upstream's ComponentUpgradePlan. */
export interface ComponentPlan {
  readonly name: string;
  readonly currentVersion: string;
  readonly newVersion: string;
  /** "" for a component of the whole cluster. */
  readonly nodeName: string;
}

/** The components of one upgrade, in upstream's order. */
export interface PlannedUpgrade {
  /** Completes "Upgrade to the latest …": "stable version". */
  readonly description: string;
  /** The command that makes it: "kubeadm upgrade apply v1.37.2". */
  readonly command: ShellCommand;
  readonly components: readonly ComponentPlan[];
}

/** A component configuration as `kubeadm upgrade plan` reports it. */
export interface ComponentVersionState {
  readonly group: string;
  /** "" if the cluster has no such configuration. */
  readonly currentVersion: string;
  readonly preferredVersion: string;
}

/** A part of the outlook that could not be found out, with the reason. */
export interface Unknown {
  readonly unknown: string;
}

/** A certificate of the control plane, and what becomes of it. */
export interface CertificateOutlook {
  readonly name: string;
  /** RFC 3339, in seconds; undefined if the certificate is missing. */
  readonly expires?: string;
  /** One that is missing, whose CA has its key elsewhere, or whose component stays as it is, is not renewed. */
  readonly isRenewed: boolean;
}

/** A Node, and how far its kubelet is behind. */
export interface KubeletSkew {
  readonly nodeName: string;
  readonly version: string;
  /** How many minor versions it is older than the new control plane; undefined if its version is none. */
  readonly minors?: number;
  /** Whether the new control plane supports a kubelet that is so old; true if its age is not known. */
  readonly isSupported: boolean;
}

/** The space that backups need. */
export interface BackupEstimate {
  readonly directory: string;
  /** What the copies of etcd's data need at most; 0 if etcd is external, or stays as it is. */
  readonly bytes: number;
  /** What the backups must leave free; 0 if there are none of etcd. */
  readonly reserveBytes: number;
  readonly availableBytes: number;
  readonly isEnough: boolean;
}

/** A member of etcd, as it answers before the upgrade. */
export interface EtcdMemberOutlook {
  readonly id: string;
  /** "" if it has not started. */
  readonly name: string;
  /** Whether it is the member of this machine, which the upgrade restarts. */
  readonly isOwn: boolean;
  readonly isLearner: boolean;
  /** By its own word. */
  readonly isLeader: boolean;
  readonly answers: boolean;
  /** Undefined if it does not respond; the same below. */
  readonly version?: string;
  readonly databaseBytes?: number;
  /** Undefined, too, if it does not report its quota. */
  readonly quotaBytes?: number;
  /** The alarms and errors that it reports of itself, or why it does not respond. */
  readonly troubles: readonly string[];
}

/** How etcd is, and what its members do without the one of this machine. */
export interface EtcdOutlook {
  readonly members: readonly EtcdMemberOutlook[];
  /** Whether a majority answers throughout the upgrade; false with a single member, which restarts. */
  readonly keepsQuorum: boolean;
  /** The same in a sentence, without a period. */
  readonly consequence: string;
}

/** What an upgrade finds on a control plane. */
export interface UpgradeOutlook {
  readonly nodeName: string;
  readonly kubernetesVersion: string;
  readonly images: readonly { readonly image: string; readonly isPresent: boolean }[] | Unknown;
  readonly certificates: readonly CertificateOutlook[] | Unknown;
  /** What changes in the manifests, one unified diff for each that changes. */
  readonly manifests: readonly string[] | Unknown;
  /** What an operator has edited in them, manually or by patches, likewise: the upgrade undoes it. */
  readonly edits: readonly string[] | Unknown;
  /** Settings with which the new version does not start, in sentences. */
  readonly refused: readonly string[] | Unknown;
  /** Settings that the new version accepts, but that it warns about, in sentences. */
  readonly deprecated: readonly string[] | Unknown;
  readonly kubelets: readonly KubeletSkew[];
  readonly etcd: EtcdOutlook | Unknown;
  readonly backups: BackupEstimate | Unknown;
}

/** To which versions a cluster can be upgraded, and what changes. */
export interface UpgradePlan {
  /** Empty if there is no newer version. */
  readonly upgrades: readonly PlannedUpgrade[];
  readonly configurations: readonly ComponentVersionState[];
  /** Only on a control plane, and if this program can make one of the upgrades. */
  readonly outlook?: UpgradeOutlook;
}
