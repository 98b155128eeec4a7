import { orElse } from "../../../async/or-else.ts";
import { shell } from "../../../values/shell.ts";
import { type PodInManifest, podsInOtherManifests } from "../../control-plane/pods-in-manifests.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import { manifestsDirectory } from "../../paths.ts";
import { type DoctorFinding, found } from "../check.ts";
import type { Examination } from "../examination.ts";
import { clusterConfiguration } from "../facts/cluster-configuration.ts";
import { type ManifestOnDisk, staticPodNames } from "../facts/control-plane.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { initPhaseAgain } from "../suggested-commands.ts";
import { isUnusable } from "../unread-file.ts";
import { onControlPlane } from "./on-control-plane.ts";

export const staticPodManifests = onControlPlane({
  name: "static-pod-manifests",
  title: "The static Pod manifests exist and are valid",
  look: async ({ manifests, hasLocalEtcd }, examination) => {
    const names = staticPodNames.filter((name) => name !== "etcd" || hasLocalEtcd);
    const [elsewhere, doubles, stored] = await Promise.all([
      otherDirectory(examination),
      secondManifests(examination),
      examination.once(clusterConfiguration),
    ]);
    const own = names.flatMap((name) => findingOf(name, manifests[name], stored.state === "found"));
    return found([...elsewhere, ...own, ...doubles], `${names.length} in ${manifestsDirectory}`);
  },
});

const backups = "/etc/kubernetes/tmp";

const writeAgain: Readonly<Record<StaticPodName, string>> = {
  etcd: "etcd local",
  "kube-apiserver": "control-plane apiserver",
  "kube-controller-manager": "control-plane controller-manager",
  "kube-scheduler": "control-plane scheduler",
};

/** `isStored`: the cluster answers, and has its configuration. */
function findingOf(name: StaticPodName, manifest: ManifestOnDisk, isStored: boolean): readonly DoctorFinding[] {
  if (manifest.state === "loaded") return [];
  const path = manifestPath(name);
  const finding =
    manifest.state === "missing"
      ? `${path} is missing, so the kubelet is not running ${name}.`
      : `The kubelet cannot use ${path}, so ${name} is not running: ${manifest.reason}.`;
  return [
    {
      severity: "error",
      finding,
      ...(isStored
        ? {
            remedy: "Write it again with the configuration that the cluster stores.",
            commands: initPhaseAgain(writeAgain[name]),
          }
        : {
            remedy: `Restore the file from a backup: \`kubeadm upgrade\` keeps backups in ${backups}. Without one, write it again with the configuration that the cluster was created with; a working control plane has it (ConfigMap kube-system/kubeadm-config).`,
            commands: [
              shell`ls -d ${backups}/*`,
              shell`kubeadm init phase ${writeAgain[name].split(" ")} --config FILE`,
            ],
          }),
    },
  ];
}

/** The kubelet may have been configured to read its static Pods elsewhere. */
async function otherDirectory({ once }: Examination): Promise<readonly DoctorFinding[]> {
  const configured = await once(kubeletConfiguration);
  if (configured.state !== "loaded") return [];
  const path = configured.configuration["staticPodPath"];
  if (typeof path === "string" && path.replace(/(?<=.)\/$/, "") === manifestsDirectory) return [];
  const where = typeof path === "string" && path !== "" ? `from ${path}` : "from no directory";
  return [
    {
      severity: "error",
      finding: `The kubelet reads static Pods ${where}, not from ${manifestsDirectory}: it does not run the control plane.`,
      evidence: [`staticPodPath: ${JSON.stringify(path ?? null)}`],
      remedy: `Set staticPodPath: ${manifestsDirectory} in /var/lib/kubelet/config.yaml, and restart the kubelet.`,
      commands: [shell`systemctl restart kubelet`],
    },
  ];
}

/** Finds other files that define a Pod of the same name. */
async function secondManifests({ files }: Examination): Promise<readonly DoctorFinding[]> {
  const others = await podsElsewhere(files);
  return others
    .filter(({ podName }) => staticPodNames.some((each) => each === podName))
    .map(({ path, podName }) => ({
      severity: "warning",
      finding: `${path} defines the Pod ${podName} too: the kubelet reads every file of the directory, and may run this one.`,
      remedy: "Move the file to another directory.",
      commands: [shell`mv --backup=numbered ${path} /root/`],
    }));
}

async function podsElsewhere(files: Examination["files"]): Promise<readonly PodInManifest[]> {
  return orElse([], isUnusable, () => podsInOtherManifests(staticPodNames, files));
}
