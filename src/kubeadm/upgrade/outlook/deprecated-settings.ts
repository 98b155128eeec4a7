import { parseBool } from "../../../go/bool.ts";
import { allGates, type ComponentSettings, flagNames } from "./component-settings.ts";
import { featureGates, gatesSource, knownMinor } from "./feature-gates.ts";
import { isKnown } from "./refused-gates.ts";

interface DeprecatedFlags {
  readonly component: string;
  readonly source: string;
  readonly flags: readonly string[];
}

const tree = "https://github.com/kubernetes/kubernetes/blob/v1.37.2";
const staging = `${tree}/staging/src/k8s.io`;

/**
 * The flags of which the programs of 1.37.2 warn that they will be removed or replaced. The kubelet warns of many more,
 * whose place is its configuration file; they have been deprecated for years, and kubeadm itself writes some.
 */
export const deprecatedFlags: readonly DeprecatedFlags[] = [
  {
    component: "kube-apiserver",
    source: `${tree}/cmd/kube-apiserver/app/options/options.go`,
    flags: ["apiserver-count", "kubelet-port", "kubelet-read-only-port"],
  },
  {
    component: "kube-apiserver",
    source: `${tree}/pkg/kubeapiserver/options/admission.go`,
    flags: ["admission-control"],
  },
  {
    component: "kube-apiserver",
    source: `${staging}/apiserver/pkg/server/options/etcd.go`,
    flags: ["default-watch-cache-size"],
  },
  {
    component: "kube-apiserver",
    source: `${staging}/apiserver/pkg/server/options/audit.go`,
    flags: ["audit-webhook-batch-initial-backoff"],
  },
  {
    component: "kube-controller-manager",
    source: `${staging}/cloud-provider/options/kubecloudshared.go`,
    flags: ["allow-untagged-cloud", "node-sync-period"],
  },
  {
    component: "kubelet",
    source: `${tree}/cmd/kubelet/app/options/options.go`,
    flags: [
      ...["experimental-allocatable-ignore-eviction", "experimental-mounter-path", "maximum-dead-containers"],
      ...["maximum-dead-containers-per-container", "minimum-container-ttl-duration"],
    ],
  },
];

/** Returns, in sentences, the settings that the component of a minor version accepts, but warns about. */
export function deprecatedSettings(settings: ComponentSettings, minor: number): readonly string[] {
  const { component, from, words } = settings;
  if (component === "etcd" || minor !== knownMinor) return [];
  const names = flagNames(words);
  const named = `${component} of 1.${knownMinor}`;
  return [
    ...deprecatedFlags
      .filter((each) => each.component === component)
      .flatMap(({ flags, source }) => flags.filter((flag) => names.includes(flag)).map((flag) => ({ flag, source })))
      .map(({ flag, source }) => `${from} sets --${flag}, which is deprecated in ${named} (${source})`),
    ...deprecatedGates(settings).map(
      (name) => `${from} sets the feature gate ${name}, which a version after 1.${knownMinor} removes (${gatesSource})`,
    ),
  ];
}

/** A gate is removed some versions after its feature has become stable, or was deprecated. */
function deprecatedGates(settings: ComponentSettings): readonly string[] {
  const values = new Map(allGates(settings).map(([name, value]) => [name, parseBool(String(value))]));
  return [...values].flatMap(([name, value]) => {
    const gate = featureGates.get(name);
    if (gate === undefined || value === undefined || !isKnown(settings.component, name)) return [];
    const isRefused = gate.isLocked && gate.isOn !== value;
    return !isRefused && (gate.stage === "stable" || gate.stage === "deprecated") ? [name] : [];
  });
}
