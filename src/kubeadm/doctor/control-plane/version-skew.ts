import { imageTag } from "../../../kubernetes/image-name.ts";
import { parseSemanticVersion, type SemanticVersion, versionText } from "../../../kubernetes/semantic-version.ts";
import { shell } from "../../../values/shell.ts";
import { type DoctorFinding, found, skipped } from "../check.ts";
import { unreadReason } from "../facts/answer.ts";
import { allNodes, controlPlanePods } from "../facts/nodes.ts";
import { onControlPlane } from "./on-control-plane.ts";

/** A program of the cluster, and the node that it runs on. */
export interface RunningVersion {
  readonly component: "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kubelet";
  readonly node: string;
  readonly version: SemanticVersion;
}

export const versionSkew = onControlPlane({
  name: "version-skew",
  title: "The versions of all components are compatible",
  after: ["kube-apiserver-health"],
  look: async (_plane, { once }) => {
    const [pods, nodes] = await Promise.all([once(controlPlanePods), once(allNodes)]);
    if (pods.state !== "found") return skipped(unreadReason(pods));
    if (nodes.state !== "found") return skipped(unreadReason(nodes));
    const ofPods = pods.value.flatMap(({ spec, metadata }) =>
      (spec?.containers ?? []).flatMap(({ name, image }) =>
        running(name, spec?.nodeName ?? metadata?.name ?? "", imageTag(image ?? "")),
      ),
    );
    const ofNodes = nodes.value.flatMap(({ metadata, status }) =>
      running("kubelet", metadata?.name ?? "", status?.nodeInfo?.["kubeletVersion"]),
    );
    const all = [...ofPods, ...ofNodes];
    const servers = all.filter(({ component }) => component === "kube-apiserver");
    return found(skewFindings(all), [...new Set(servers.map(({ version }) => `v${versionText(version)}`))].join(", "));
  },
});

function running(component: string, node: string, text: string | undefined): readonly RunningVersion[] {
  const version = parseSemanticVersion(text ?? "");
  const known = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"] as const;
  const found = known.find((each) => each === component);
  return found === undefined || version === undefined ? [] : [{ component: found, node, version }];
}

/** How many minor versions a component may be older than the oldest API server. */
const oldestAllowed = { "kube-controller-manager": 1, "kube-scheduler": 1, kubelet: 3 } as const;

/**
 * Returns what violates Kubernetes' version skew policy (https://kubernetes.io/releases/version-skew-policy/). With
 * several API servers of different versions, all the others must fit the oldest one and the newest one.
 */
export function skewFindings(all: readonly RunningVersion[]): readonly DoctorFinding[] {
  const servers = all.filter(({ component }) => component === "kube-apiserver");
  const [oldest, ...others] = servers.toSorted((left, right) => left.version.minor - right.version.minor);
  if (oldest === undefined) return [];
  const newest = others.at(-1) ?? oldest;
  const between: readonly DoctorFinding[] =
    newest.version.minor - oldest.version.minor <= 1
      ? []
      : [
          finding(
            `The API servers are ${newest.version.minor - oldest.version.minor} minor versions apart: ${title(oldest)}, ${title(newest)}. At most one is supported.`,
            [title(oldest), title(newest)],
          ),
        ];
  return [
    ...between,
    ...Object.entries(oldestAllowed).flatMap(([component, allowed]) => {
      const own = all.filter((each) => each.component === component);
      const newer = own.filter(({ version }) => version.minor > oldest.version.minor);
      const older = own.filter(({ version }) => newest.version.minor - version.minor > allowed);
      return [
        ...several(newer, (list) => `${list} newer than the API server (${title(oldest)}), which is not supported.`),
        ...several(
          older,
          (list) =>
            `${list} more than ${allowed === 1 ? "one minor version" : `${allowed} minor versions`} older than the API server (${title(newest)}), which is not supported.`,
        ),
      ];
    }),
  ];
}

const shownTitles = 5;

function several(found: readonly RunningVersion[], words: (list: string) => string): readonly DoctorFinding[] {
  const [first] = found;
  if (first === undefined) return [];
  const list = found.length === 1 ? `${title(first)} is` : `${found.length} of ${first.component} are`;
  return [finding(words(list), found.slice(0, shownTitles).map(title))];
}

function finding(text: string, evidence: readonly string[]): DoctorFinding {
  return {
    severity: "warning",
    finding: text,
    evidence,
    remedy: "Upgrade one minor version at a time: the API servers first, the kubelets last.",
    commands: [shell`kubectl get nodes`],
  };
}

function title({ component, node, version }: RunningVersion): string {
  return `${component} v${versionText(version)} on ${node}`;
}
