import type { UpgradePlan } from "./upgrade-plan.ts";

/** The types of events of `kubeadm upgrade plan`, `upgrade apply` and `upgrade node`; part of EventTypes. */
export interface UpgradeEventTypes {
  /** `upgrade apply` finds no configuration of the cluster. */
  "upgrade.configuration.missing": { readonly configMap: string; readonly namespace: string };
  /** The ClusterConfiguration that --print-config shows, as YAML. */
  "upgrade.configuration.used": { readonly configuration: string };

  /** A run that goes on keeps the backups of the previous one. */
  "upgrade.backups.kept": { readonly directories: readonly string[] };

  "upgrade.preflight.started": { readonly command: "plan" | "apply" | "node" };
  "upgrade.health.checking": Record<never, never>;
  /** A feature gate of the cluster that this version does not have. */
  "upgrade.gate.unknown": { readonly gate: string; readonly command: "plan" | "apply" };
  /** The version that the user chose, normalized. */
  "upgrade.version.chosen": { readonly version: string };
  /** The version of the API server, of this program, or the newest stable one. */
  "upgrade.version.found": { readonly of: "Cluster" | "kubeadm" | "Target"; readonly version: string };
  /** What the version policy has against the version, and --force passes over. */
  "upgrade.version.forced": { readonly errors: readonly string[] };
  /** A question to the user; the answer is read from standard input. */
  "upgrade.question": { readonly question: string };

  /** A worker has no part of a control plane: `what` does not run, in the phase `area`. */
  "upgrade.worker.skipped": {
    readonly area: "preflight" | "control-plane" | "kubeconfig" | "addon";
    readonly what: "prepull" | "phase" | "the addon/coredns phase" | "the addon/kube-proxy phase";
  };
  /** `timeoutMs` of each component. */
  "upgrade.control-plane.started": {
    readonly command: "apply" | "node";
    readonly version: string;
    readonly timeoutMs: number;
  };
  "upgrade.control-plane.finished": Record<never, never>;
  /** The new manifests are written to a directory, from which no component runs. */
  "upgrade.manifests.writing": { readonly directory: string };
  "upgrade.static-pod.preparing": { readonly component: string };
  /** The manifest on disk is the new one: the component is left alone. */
  "upgrade.static-pod.equal": { readonly component: string };
  "upgrade.certificate.renewing": { readonly name: string };
  /** The key of the CA is not on this machine. */
  "upgrade.certificate.external": { readonly name: string };
  "upgrade.static-pod.moving": { readonly component: string; readonly path: string; readonly backupPath: string };
  "upgrade.static-pod.waiting": { readonly component: string; readonly timeoutMs: number };
  "upgrade.static-pod.upgraded": { readonly component: string };
  "upgrade.static-pod.restoring": { readonly component: string; readonly path: string; readonly backupPath: string };
  /** The old Pod runs again and works. */
  "upgrade.static-pod.restored": { readonly component: string };
  /** The etcd that runs is newer than the one of the version: it is left alone. */
  "upgrade.etcd.skipped": { readonly desired: string; readonly installed: string };
  "upgrade.etcd.snapshot.saved": { readonly path: string; readonly bytes: number };
  /** The member of this machine, which restarts, led etcd; now another one does. */
  "upgrade.etcd.leadership.transferred": { readonly member: string };
  /** The member of this machine restarts; `isPrevious` if it is the etcd from before the upgrade. */
  "upgrade.etcd.waiting": { readonly isPrevious: boolean };
  "upgrade.etcd.failed": { readonly reason: string };
  /** The data from before the upgrade takes the place of what the new etcd has made of it. */
  "upgrade.etcd.data.restoring": Record<never, never>;
  "upgrade.etcd.data.restored": Record<never, never>;
  /** The previous etcd works again. */
  "upgrade.etcd.restored": Record<never, never>;

  "upgrade.bootstrap.configuring": Record<never, never>;
  /** An addon that the upgrade leaves alone, with the reason. */
  "upgrade.addon.skipped": { readonly addon: "coredns" | "kube-proxy"; readonly reason: string };
  /** Addons are upgraded with the last control plane. */
  "upgrade.addon.waiting": { readonly nodes: readonly string[] };
  /** The kubelet of a control plane is pointed to its own API server. */
  "upgrade.kubelet.server.changing": { readonly path: string; readonly from: string; readonly to: string };
  "upgrade.kubeconfigs.finished": Record<never, never>;
  /** kubeadm-flags.env is copied to `path` before it changes. */
  "upgrade.kubelet-environment.copying": { readonly path: string };
  /** The kubelet's configuration is copied to `path` before it changes. */
  "upgrade.kubelet-configuration.copying": { readonly path: string };
  "upgrade.kubelet-configuration.finished": Record<never, never>;

  "upgrade.versions.searching": Record<never, never>;
  /** The newest release of a kind: `description` "version in the v1.36 series". */
  "upgrade.release.found": { readonly description: string; readonly version: string };
  /** All versions are known to which the cluster can be upgraded. */
  "upgrade.versions.found": Record<never, never>;
  /** The result of `upgrade plan`. */
  "upgrade.planned": UpgradePlan;

  /** The last event of `upgrade apply`. */
  "upgrade.finished": { readonly kubernetesVersion: string };
  /** The last event of a dry run. */
  "upgrade.dry-run.finished": Record<never, never>;
}
