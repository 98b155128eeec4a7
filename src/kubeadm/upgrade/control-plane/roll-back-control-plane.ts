import { throwIfAborted } from "../../../async/signal.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import type { StaticPodReplacement } from "../../control-plane/replacement/replace-static-pod.ts";
import type { ReplacementSteps, StaticPodChange } from "../../control-plane/replacement/replacement.ts";
import type { StaticPodPorts } from "../../control-plane/replacement/running-pods.ts";
import type { ControlPlaneComponentName } from "../../control-plane/write-component-manifests.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import type { ComponentCertificates } from "./component-certificates.ts";
import { aboutNewManifest, type UpgradeDirectories } from "./upgrade-directories.ts";

export interface FailedUpgrade {
  readonly error: unknown;
  readonly touched: ReadonlyMap<ControlPlaneComponentName, StaticPodReplacement>;
  readonly certificates: ComponentCertificates;
  readonly directories: UpgradeDirectories;
  readonly stepsOf: (component: ControlPlaneComponentName) => ReplacementSteps;
}

interface Restored {
  readonly component: StaticPodName;
  /** What of it is not in its place as before. */
  readonly lacks: readonly ("certificates" | "manifest")[];
  /** Why it is not seen to work. */
  readonly failure?: unknown;
}

/** The API server is never older than the components that use it: it is replaced first, and goes back last. */
export const groups = [["kube-apiserver"], ["kube-controller-manager", "kube-scheduler"]] as const;

/** Restores the components that an upgrade has touched. Returns the error of the upgrade, which says what is restored. */
export async function rollBackControlPlane(failed: FailedUpgrade, ports: StaticPodPorts): Promise<KubeadmError> {
  const restored: Restored[] = [];
  for (const group of groups.toReversed()) {
    const touched = [...failed.touched].filter(([component]) => group.some((each) => each === component));
    restored.push(...(await Promise.all(touched.map((each) => restore(each, failed, ports)))));
    throwIfAborted(ports.signal);
  }
  if (restored.every(({ failure }) => failure === undefined)) {
    await ports.files.remove(failed.directories.oldCertificates, { recursive: true });
  }
  return failureOf(failed, restored);
}

async function restore(
  [component, replacement]: readonly [ControlPlaneComponentName, StaticPodReplacement],
  { certificates, stepsOf }: FailedUpgrade,
  ports: StaticPodPorts,
): Promise<Restored> {
  const lacks = new Set<Restored["lacks"][number]>(["certificates"]);
  try {
    await certificates.restore(component);
    lacks.clear();
    await replacement.goBack(stepsOf(component), ports);
    return { component, lacks: [] };
  } catch (failure) {
    if (!(await hasOldManifest(replacement.change, ports))) lacks.add("manifest");
    return { component, lacks: [...lacks], failure };
  }
}

async function hasOldManifest({ component, backupPath }: StaticPodChange, { files }: StaticPodPorts): Promise<boolean> {
  const read = (path: string) => files.readText(path).catch(() => undefined);
  const [live, backup] = await Promise.all([manifestPath(component), backupPath].map(read));
  return live !== undefined && live === backup;
}

function failureOf({ error, touched, directories }: FailedUpgrade, restored: readonly Restored[]): KubeadmError {
  const failures = restored.filter(({ failure }) => failure !== undefined);
  const healthy = restored.filter(({ failure }) => failure === undefined).map(({ component }) => component);
  const messages = [
    messageOf(error),
    ...failures.map(({ component, lacks, failure }) => {
      const what = lacks.includes("manifest") ? "was not restored" : "was restored, but doesn't work either";
      return `${component} ${what}: ${messageOf(failure)}`;
    }),
  ];
  const faced = messages.length === 1 ? messages.join("") : `[${messages.join(", ")}]`;
  const message = `couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: ${faced}`;
  const details = isKubeadmError(error) ? error.details : {};
  return new KubeadmError(failures.length === 0 ? "UPGRADE_COMPONENT_FAILED" : "UPGRADE_ROLLBACK_FAILED", message, {
    cause: isKubeadmError(error) ? (error.cause ?? error) : error,
    details: {
      ...details,
      restored: healthy,
      notRestored: failures.map(({ component }) => component),
      backups: directories.oldManifests,
    },
    remedy: [
      ...(failures.length === 0 && healthy.length > 0 ? [asBefore(healthy)] : []),
      ...manual(failures, directories),
      ...remediesOf([error, ...failures.map(({ failure }) => failure)]).map((remedy) =>
        adviceOf(remedy, touched, directories),
      ),
      "Then run the same command again.",
      ...(failures.length > 0 && healthy.length > 0 ? [asBefore(healthy)] : []),
    ].join(" "),
  });
}

function remediesOf(errors: readonly unknown[]): readonly string[] {
  const fix = "Fix the cause that the message names.";
  return [...new Set(errors.map((error) => (isKubeadmError(error) ? error.remedy : fix)))];
}

function adviceOf(remedy: string, touched: FailedUpgrade["touched"], directories: UpgradeDirectories): string {
  return [...touched.keys()].reduce((text, component) => aboutNewManifest(text, component, directories), remedy);
}

/** Returns what is left to do, starting with components whose old files were not restored. */
function manual(
  failures: readonly Restored[],
  { oldManifests, oldCertificates }: UpgradeDirectories,
): readonly string[] {
  const logs = "`journalctl -u kubelet` and `crictl ps -a` show why the old Pods aren't running";
  const missing = failures.filter(({ lacks }) => lacks.length > 0);
  const waiting = failures.filter(({ lacks }) => lacks.length === 0).map(({ component }) => component);
  const certificates = missing.some(({ lacks }) => lacks.includes("certificates"))
    ? `that could not be restored are in ${oldCertificates}`
    : "were restored";
  const byHand = `Restore ${listed(missing.map(({ component }) => component))} manually: the old manifests are in ${oldManifests}, the old certificates and kubeconfigs ${certificates}; ${logs}.`;
  const [has, starts] = waiting.length === 1 ? ["has its", "it"] : ["have their", "them"];
  const byItself = `${listed(waiting)} ${has} old manifest and certificates again: the kubelet keeps restarting ${starts} until the problem is fixed; ${logs}.`;
  return [...(missing.length === 0 ? [] : [byHand]), ...(waiting.length === 0 ? [] : [byItself])];
}

function asBefore(names: readonly string[]): string {
  const [run, are] = names.length === 1 ? ["is running", "is"] : ["are running", "are"];
  return `${listed(names)} ${run} again as before the upgrade, and ${are} healthy.`;
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
