import { allGates, type ComponentSettings, flagNames } from "./component-settings.ts";
import { knownMinor } from "./feature-gates.ts";
import { refusedGates } from "./refused-gates.ts";

/** A flag that a component no longer has: it refuses to start with it. */
interface RemovedFlag {
  readonly component: string;
  /** The first minor version without it: of Kubernetes, or of etcd 3 for etcd. */
  readonly minor: number;
  readonly source: string;
  readonly flags: readonly string[];
}

/**
 * The flags that 1.37 and its etcd have removed, as far as kubeadm or its configuration can set them: the difference of
 * what the programs of 1.36.3 and 1.37.2, etcd 3.6.16 and 3.7.3 accept. An upgrade starts from no older control plane;
 * its kubelets may be older.
 */
export const removedFlags: readonly RemovedFlag[] = [
  {
    component: "kube-controller-manager",
    minor: 37,
    source: "https://github.com/kubernetes/kubernetes/pull/138002",
    flags: ["concurrent-service-syncs"],
  },
  {
    component: "kubelet",
    minor: 35,
    source: "https://github.com/kubernetes/kubernetes/pull/133779",
    flags: ["pod-infra-container-image"],
  },
  {
    component: "kubelet",
    minor: 37,
    source: "https://github.com/kubernetes/kubernetes/pull/139870",
    flags: [
      ...["application-metrics-count-limit", "boot-id-file", "container-hints", "containerd", "containerd-namespace"],
      ...["enable-load-reader", "event-storage-age-limit", "event-storage-event-limit", "global-housekeeping-interval"],
      ...["log-cadvisor-usage", "machine-id-file", "storage-driver-buffer-duration", "storage-driver-db"],
      ...["storage-driver-host", "storage-driver-password", "storage-driver-secure", "storage-driver-table"],
      "storage-driver-user",
    ],
  },
  {
    component: "etcd",
    minor: 7,
    source: "https://github.com/etcd-io/etcd/pull/19959",
    flags: [
      ...["bootstrap-defrag-threshold-megabytes", "compact-hash-check-enabled", "compact-hash-check-time"],
      ...["compaction-batch-limit", "compaction-sleep-interval", "corrupt-check-time", "distributed-tracing-address"],
      ...["distributed-tracing-instance-id", "distributed-tracing-sampling-rate", "distributed-tracing-service-name"],
      ...["downgrade-check-time", "enable-distributed-tracing", "enable-lease-checkpoint"],
      ...["enable-lease-checkpoint-persist", "initial-corrupt-check", "memory-mlock"],
      ...["peer-skip-client-san-verification", "snapshot-catchup-entries", "stop-grpc-service-on-defrag"],
      ...["txn-mode-write-with-shared-buffer", "warning-apply-duration", "warning-unary-request-duration"],
      "watch-progress-notify-interval",
    ].map((name) => `experimental-${name}`),
  },
  {
    component: "etcd",
    minor: 7,
    source: "https://github.com/etcd-io/etcd/pull/20109",
    flags: ["discovery", "discovery-proxy"],
  },
];

/**
 * Returns, in sentences, the settings with which the component of a minor version does not start: of Kubernetes, or of
 * etcd 3 for etcd.
 */
export function refusedSettings(settings: ComponentSettings, minor: number): readonly string[] {
  const { component, from, words } = settings;
  const names = flagNames(words);
  const series = component === "etcd" ? 3 : 1;
  const flags = removedFlags
    .filter((each) => each.component === component && each.minor <= minor)
    .flatMap(({ flags: removed, minor: since, source }) =>
      removed
        .filter((flag) => names.includes(flag))
        .map((flag) => `${from} sets --${flag}, which ${component} does not have since ${series}.${since} (${source})`),
    );
  if (component === "etcd" || minor !== knownMinor) return flags;
  return [...flags, ...refusedGates(component, allGates(settings), from)];
}
