import { oneLine } from "../../../errors/printable-text.ts";
import type {
  EtcdMemberOutlook,
  EtcdOutlook,
  KubeletSkew,
  Unknown,
  UpgradeOutlook,
} from "../../../events/upgrade-plan.ts";
import { tabulate } from "../../../go/tabwriter.ts";
import { kubeletSkew } from "../../../kubeadm/upgrade/versions/version-policy.ts";
import { counted } from "../../../values/counted.ts";

/** Sentences in as many lines as the output needs, without a line break at the end. */
type InLines = (text: string) => string;

/** Returns what `upgrade plan` prints after upstream's tables about the machine that it runs on. */
export function outlookText(outlook: UpgradeOutlook, inLines: InLines): string {
  const { nodeName, kubernetesVersion, images, certificates, manifests, edits, kubelets, etcd, backups } = outlook;
  return [
    `${inLines(`What to expect from the upgrade to ${kubernetesVersion} on this control plane, ${nodeName}:`)}\n`,
    part(images, "Images", (list) =>
      tabulate([["IMAGE", "PRESENT"], ...list.map(({ image, isPresent }) => [image, isPresent ? "yes" : "no"])]),
    ),
    part(certificates, "Certificates", (list) =>
      tabulate([
        ["CERTIFICATE", "EXPIRES", "RENEWED"],
        ...list.map(({ name, expires = "missing", isRenewed }) => [name, expires, isRenewed ? "yes" : "no"]),
      ]),
    ),
    part(manifests, "Manifests", manifestsText),
    part(edits, "Manifest edits", (list) => editsText(list, inLines)),
    part(outlook.refused, "Settings", (list) => settingsText(list, outlook, inLines)),
    tabulate([
      ["KUBELET", "VERSION", "MINOR VERSIONS OLDER"],
      ...kubelets.map((kubelet) => [oneLine(kubelet.nodeName), oneLine(kubelet.version), skewText(kubelet)]),
    ]),
    part(etcd, "Etcd", (known) => etcdText(known, inLines)),
    part(backups, "Backups", ({ directory, bytes, reserveBytes, availableBytes, isEnough }) => {
      if (reserveBytes === 0) return "No backup of etcd is needed: the upgrade doesn't change etcd.\n";
      const verdict = isEnough ? "enough" : "not enough: free some space first";
      const space = `Backups in ${directory} need at most ${megabytes(bytes)} MiB, and ${megabytes(reserveBytes)} MiB must remain free. ${counted(megabytes(availableBytes), "MiB is", "MiB are")} free: ${verdict}.`;
      return `${inLines(space)}\n`;
    }),
  ].join("\n");
}

function part<T>(found: T | Unknown, name: string, text: (known: T) => string): string {
  return isUnknown(found) ? `${name}: unknown: ${found.unknown}\n` : text(found);
}

function isUnknown(found: unknown): found is Unknown {
  return typeof found === "object" && found !== null && "unknown" in found;
}

function manifestsText(changed: readonly string[]): string {
  if (changed.length === 0) return "The manifests do not change.\n";
  return `Changes of the manifests, without patches:\n${changed.join("")}`;
}

function editsText(edits: readonly string[], inLines: InLines): string {
  if (edits.length === 0) return "The manifests have no edits: they are as kubeadm writes them.\n";
  const warning =
    "Manifest edits, manual or by patches. They will be lost unless they are in the ClusterConfiguration or in --patches.";
  return `${inLines(warning)}\n${edits.join("")}`;
}

function settingsText(
  refused: readonly string[],
  { kubernetesVersion, deprecated }: Pick<UpgradeOutlook, "kubernetesVersion" | "deprecated">,
  inLines: InLines,
): string {
  const first =
    refused.length === 0
      ? `No flags or feature gates were found that are rejected by ${kubernetesVersion}.\n`
      : `${inLines(`Remove these before the upgrade: components of ${kubernetesVersion} do not start with them.`)}\n${listText(refused, inLines)}`;
  if (isUnknown(deprecated) || deprecated.length === 0) return first;
  const warning = `Components of ${kubernetesVersion} still accept these, but they are deprecated: a later version may reject them.`;
  return `${first}\n${inLines(warning)}\n${listText(deprecated, inLines)}`;
}

function listText(list: readonly string[], inLines: InLines): string {
  return list.map((text) => `${inLines(`- ${oneLine(text)}`)}\n`).join("");
}

function skewText({ minors, isSupported }: KubeletSkew): string {
  if (minors === undefined) return "unknown";
  if (minors < 0) return "newer";
  return isSupported ? String(minors) : `${minors}: upgrade it first, at most ${kubeletSkew} are supported`;
}

function etcdText({ members, consequence }: EtcdOutlook, inLines: InLines): string {
  return `${tabulate([
    ["ETCD MEMBER", "VERSION", "DATABASE", "ROLE", "STATE"],
    ...members.map((member) => [
      `${oneLine(member.name) || `not started, ${member.id}`}${member.isOwn ? " (this machine)" : ""}`,
      oneLine(member.version ?? "-"),
      databaseText(member),
      member.isLearner ? "learner" : member.isLeader ? "leader" : member.answers ? "follower" : "-",
      stateText(member),
    ]),
  ])}${inLines(`${oneLine(consequence)}.`)}\n`;
}

function databaseText({ databaseBytes, quotaBytes }: EtcdMemberOutlook): string {
  if (databaseBytes === undefined) return "-";
  const quota = quotaBytes === undefined ? "" : ` of ${megabytes(quotaBytes)} MiB`;
  return `${megabytes(databaseBytes)} MiB${quota}`;
}

function stateText({ answers, troubles }: EtcdMemberOutlook): string {
  const texts = troubles.map((text) => oneLine(text)).join("; ");
  if (!answers) return `no response: ${texts}`;
  return texts === "" ? "answers" : texts;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}
