// Which file of ours a change concerns, whether data or code has to change, and what a person has to decide.
import type { Area } from "./areas.ts";
import type { Change } from "./compare.ts";
import { filesForPackage, packageOf } from "./packages.ts";

export interface Concern {
  readonly files: readonly string[];
  /** Data is written by a command; code is not. */
  readonly kind: "data" | "code";
  /** The question that no program can answer. */
  readonly decide?: string;
}

interface Row extends Concern {
  readonly area: Area;
  /** Of names; all of the area if not given. */
  readonly names?: RegExp;
  /** Of new, gone or different facts; all if not given. */
  readonly is?: "new" | "gone";
}

const minorsData = ["src/kubernetes/minors/gen"];
const configurationReference = ["src/kubeadm/config/reference/configuration-schema.ts"];

/** The first row counts that fits. */
export const concerns: readonly Row[] = [
  {
    area: "commands",
    is: "gone",
    files: ["src/cli/root.ts", "test/golden/commands.txt"],
    kind: "code",
    decide: "Does this program keep the command for scripts that call it?",
  },
  { area: "commands", files: ["src/cli/root.ts", "src/phases/workflows.ts", "test/golden/commands.txt"], kind: "code" },
  {
    area: "flags",
    is: "gone",
    files: ["src/kubeadm/flags", "test/golden/flags.tsv"],
    kind: "code",
    decide: "Is the flag still accepted, with a warning, or refused as upstream does?",
  },
  {
    area: "flags",
    names: /^kubeadm (?:init|join|reset|upgrade)\b/,
    files: ["src/kubeadm/flags", "test/golden/flags.tsv"],
    kind: "code",
  },
  { area: "flags", files: ["src/cli/commands", "test/golden/flags.tsv"], kind: "code" },
  { area: "help", files: ["src/cli/commands/summaries.ts", "test/golden/cli"], kind: "code" },
  {
    area: "defaults",
    names: /^KubeProxyConfiguration/,
    files: ["src/kubeadm/config/components/kube-proxy-defaults.ts", "test/golden/config"],
    kind: "code",
  },
  {
    area: "defaults",
    names: /^KubeletConfiguration/,
    files: ["src/kubeadm/kubelet/kubelet-configuration.ts", "test/golden/config"],
    kind: "code",
  },
  {
    area: "defaults",
    files: ["src/kubeadm/config/documents/default-documents.ts", "test/golden/config"],
    kind: "code",
  },
  {
    area: "fields",
    names: /^kubeadm\/apis\/kubeadm\/v1beta3\./,
    is: "gone",
    files: ["src/kubeadm/config/versions/v1beta3.ts", "src/kubeadm/config/documents/supported-version.ts"],
    kind: "code",
    decide: "Upstream no longer reads this version of the configuration: does this program still read it?",
  },
  {
    area: "fields",
    is: "gone",
    files: ["src/kubeadm/config/versions", "src/kubeadm/config/documents/supported-version.ts"],
    kind: "code",
    decide: "Upstream no longer reads this field or version: does this program still read it, and say so?",
  },
  {
    area: "fields",
    files: ["src/kubeadm/config/versions", "src/kubeadm/config/reference/kubeadm-reference.ts"],
    kind: "code",
  },
  {
    area: "gates",
    names: /^kubeadm: /,
    is: "gone",
    files: [...minorsData, "src/kubeadm/config/fields/removed-gates.ts"],
    kind: "code",
    decide: "Which sentence is said to those who still set this feature gate of kubeadm?",
  },
  {
    area: "gates",
    names: /^kubeadm: /,
    files: [...minorsData, "src/kubeadm/config/fields/feature-gates.ts"],
    kind: "code",
  },
  { area: "gates", files: minorsData, kind: "data" },
  {
    area: "componentFlags",
    is: "gone",
    files: [...minorsData, "src/kubernetes/minors/by-hand.ts"],
    kind: "data",
    decide:
      "Which pull request removed these flags? by-hand.ts refers to it; without an entry, messages refer to the changelog.",
  },
  { area: "componentFlags", files: minorsData, kind: "data" },
  { area: "componentHelp", files: [...minorsData, "src/kubeadm/upgrade/outlook"], kind: "data" },
  { area: "componentFields", files: [...minorsData, ...configurationReference], kind: "data" },
  { area: "accounts", files: [...minorsData, "src/kubeadm/cluster-objects/controller-accounts.ts"], kind: "data" },
  {
    area: "system",
    names: /^\.kernels/,
    files: minorsData,
    kind: "data",
    decide: "Kernels are no longer supported, or are again: what do doctor and preflight say on machines with them?",
  },
  { area: "system", files: minorsData, kind: "data" },
  { area: "images", files: minorsData, kind: "data" },
  {
    area: "constants",
    names: /^minor: etcdOfMinors/,
    is: "gone",
    files: minorsData,
    kind: "data",
    decide: "Upstream no longer has an etcd for this minor version: does this program still deploy one for it?",
  },
  { area: "constants", names: /^minor: /, files: minorsData, kind: "data" },
  {
    area: "constants",
    names: /^kubeadm\/apis\/kubeadm\/v\d\w*\.EncryptionAlgorithm/,
    is: "new",
    files: ["src/kubeadm/config/fields/encryption-algorithms.ts", "src/pki/keys.ts"],
    kind: "code",
    decide: "Which clusters get keys of the new algorithm, and who cannot verify them yet?",
  },
  {
    area: "constants",
    names: /constants\.(?:SupportedEtcdVersion|DefaultEtcdVersion|MinExternalEtcdVersion|CoreDNSVersion|PauseVersion)/,
    files: minorsData,
    kind: "data",
  },
  {
    area: "constants",
    names: /constants\.Minimum\w+Version$/,
    files: ["src/kubeadm/preflight/kubelet-version.ts", "src/kubeadm/upgrade/versions/version-policy.ts"],
    kind: "code",
    decide: "The oldest supported version is another: does this program support more, as it does today?",
  },
  {
    area: "constants",
    names: /(?:Timeout|Interval|RetryCount)\b/,
    files: ["src/kubeadm/config/fields/timeouts.ts"],
    kind: "code",
  },
  { area: "constants", names: /^kubeadm\/util\/patches/, files: ["src/kubeadm/patches/read-patches.ts"], kind: "code" },
  { area: "outcomes", files: ["src/errors/catalogue.ts", "test/differ/cases"], kind: "code" },
  { area: "output", names: /^stderr: /, files: ["src/errors/catalogue.ts", "test/differ/explain"], kind: "code" },
  { area: "output", files: ["src/events/entries", "test/differ/explain"], kind: "code" },
  { area: "files", names: /^\/etc\/kubernetes\/manifests/, files: ["src/kubeadm/control-plane"], kind: "code" },
  { area: "files", names: /^\/etc\/kubernetes\/[\w-]+\.conf/, files: ["src/kubeadm/kubeconfig"], kind: "code" },
  { area: "files", names: /\/pki\/|\.crt|\.key/, files: ["src/kubeadm/certificates"], kind: "code" },
  { area: "files", names: /^\/var\/lib\/kubelet/, files: ["src/kubeadm/kubelet"], kind: "code" },
  { area: "files", files: ["src/phases/write-manifests.ts", "src/phases/write-kubelet-files.ts"], kind: "code" },
  {
    area: "objects",
    names: /^ConfigMap kube-system\/(?:kube-proxy|coredns)|^(?:DaemonSet|Deployment|Service) /,
    files: ["src/kubeadm/addons"],
    kind: "code",
  },
  {
    area: "objects",
    names: /^(?:Cluster)?Role/,
    files: ["src/kubeadm/cluster-objects/bootstrap-policy.ts", "src/kubeadm/cluster-objects/rbac.ts"],
    kind: "code",
  },
  { area: "objects", files: ["src/kubeadm/cluster-objects"], kind: "code" },
  { area: "requests", files: ["src/cluster/resources.ts", "src/kubeadm/cluster-objects"], kind: "code" },
  { area: "calls", files: ["src/host/local/services.ts", "src/cri"], kind: "code" },
  { area: "modules", names: /corefile-migration/, files: ["src/kubeadm/core-dns/corefile-changes.ts"], kind: "code" },
  { area: "modules", names: /system-validators/, files: ["src/kubeadm/preflight/system-verification"], kind: "code" },
  { area: "modules", names: /etcd\/client/, files: ["src/etcd"], kind: "code" },
  { area: "modules", names: /cobra|pflag/, files: ["src/cli/line", "src/cli/completion"], kind: "code" },
  { area: "modules", names: /yaml/, files: ["src/go/yaml"], kind: "code" },
  { area: "modules", names: /json/, files: ["src/go/json"], kind: "code" },
  {
    area: "modules",
    names: /^go$/,
    files: minorsData,
    kind: "data",
    decide: "Upstream is built with another Go: which of its behaviors that src/go repeats are different?",
  },
  { area: "modules", files: minorsData, kind: "data" },
];

/** What stands in sources concerns the files that do what its package does. */
const sourceAreas: ReadonlySet<Area> = new Set(["constants", "checks", "texts", "code"]);

/** Returns what a change concerns. */
export function concernOf(change: Change): Concern {
  const row = concerns.find(
    ({ area, names, is }) =>
      area === change.area &&
      names?.test(change.name) !== false &&
      (is === undefined || (is === "new" ? change.before : change.after) === undefined),
  );
  if (row !== undefined) return row;
  const upstream = packageOf(change.name);
  const files = sourceAreas.has(change.area) ? filesForPackage(upstream) : undefined;
  if (files !== undefined) return { files, kind: "code" };
  return {
    files: [],
    kind: "code",
    decide: `${upstream} is new: which of our files do what it does? (scripts/follow/packages.ts)`,
  };
}
