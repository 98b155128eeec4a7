import { knownGates, knownMinor, lockedGates } from "./feature-gates.ts";

/** A flag that a component no longer has: it refuses to start with it. */
interface RemovedFlag {
  readonly component: string;
  /** The first minor version without it. */
  readonly minor: number;
  readonly source: string;
  readonly flags: readonly string[];
}

/** The flags that 1.37 has removed, as far as kubeadm or its configuration can set them. */
const removedFlags: readonly RemovedFlag[] = [
  {
    component: "kube-controller-manager",
    minor: 37,
    source: "https://github.com/kubernetes/kubernetes/pull/138002",
    flags: ["concurrent-service-syncs"],
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
];

/** The settings of one component, and where they are from. */
export interface ComponentSettings {
  readonly component: string;
  readonly from: string;
  /** The words of its command line. */
  readonly words: readonly string[];
  /** The feature gates of its configuration file. */
  readonly gates?: Readonly<Record<string, unknown>>;
}

/** Returns, in sentences, the settings with which the component of a minor version does not start. */
export function refusedSettings(settings: ComponentSettings, minor: number): readonly string[] {
  const { component, from, words } = settings;
  const names = words.flatMap((word) => /^--([a-z0-9-]+)/.exec(word)?.[1] ?? []);
  const flags = removedFlags
    .filter((each) => each.component === component && each.minor <= minor)
    .flatMap(({ flags: removed, minor: since, source }) =>
      removed
        .filter((flag) => names.includes(flag))
        .map((flag) => `${from} sets --${flag}, which ${component} does not have since 1.${since} (${source})`),
    );
  return minor === knownMinor ? [...flags, ...refusedGates(settings)] : flags;
}

function refusedGates({ component, from, words, gates = {} }: ComponentSettings): readonly string[] {
  const onCommandLine = words.flatMap((word) => {
    const list = /^--feature-gates=(.*)$/.exec(word)?.[1];
    return list === undefined ? [] : list.split(",").map((pair) => pair.split("=", 2));
  });
  const set = [...onCommandLine, ...Object.entries(gates).map(([name, value]) => [name, String(value)])];
  return set.flatMap(([name = "", value = ""]) => {
    if (name !== "" && !knownGates.has(name)) {
      return [`${from} sets the feature gate ${name}, which ${component} of 1.${knownMinor} does not know`];
    }
    if (value.toLowerCase() !== "false" || !lockedGates.has(name)) return [];
    return [`${from} disables the feature gate ${name}, which is enabled for good in ${component} of 1.${knownMinor}`];
  });
}
