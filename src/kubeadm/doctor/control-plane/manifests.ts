import { shellWord } from "../../../errors/shell-word.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import { FileError } from "../../../host/host.ts";
import { isObject, type JsonValue } from "../../../values/json.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import { manifestsDirectory } from "../../paths.ts";
import { type DoctorFinding, found } from "../check.ts";
import type { Examination } from "../examination.ts";
import { type ManifestOnDisk, staticPodNames } from "../facts/control-plane.ts";
import { kubeletConfiguration } from "../facts/kubelet.ts";
import { onControlPlane } from "./on-control-plane.ts";

export const staticPodManifests = onControlPlane({
  name: "static-pod-manifests",
  title: "The manifests of the static Pods exist and are valid",
  look: async ({ manifests, hasLocalEtcd }, examination) => {
    const names = staticPodNames.filter((name) => name !== "etcd" || hasLocalEtcd);
    const [elsewhere, doubles] = await Promise.all([otherDirectory(examination), secondManifests(examination)]);
    const own = names.flatMap((name) => findingOf(name, manifests[name]));
    return found([...elsewhere, ...own, ...doubles], `${names.length} in ${manifestsDirectory}`);
  },
});

const writeAgain: Readonly<Record<StaticPodName, string>> = {
  etcd: "etcd local",
  "kube-apiserver": "control-plane apiserver",
  "kube-controller-manager": "control-plane controller-manager",
  "kube-scheduler": "control-plane scheduler",
};

function findingOf(name: StaticPodName, manifest: ManifestOnDisk): readonly DoctorFinding[] {
  if (manifest.state === "loaded") return [];
  const path = manifestPath(name);
  const finding =
    manifest.state === "missing"
      ? `${path} is missing, so that the kubelet does not run ${name}.`
      : `The kubelet cannot use ${path}, so that ${name} does not run: ${manifest.reason}.`;
  return [
    {
      severity: "error",
      finding,
      remedy: `Restore the file from a backup (\`kubeadm upgrade\` keeps some below /etc/kubernetes/tmp), or write it again with the cluster's configuration, which any working control plane has.`,
      commands: [
        "kubectl -n kube-system get configmap kubeadm-config -o jsonpath='{.data.ClusterConfiguration}' > cluster.yaml",
        `kubeadm init phase ${writeAgain[name]} --config cluster.yaml`,
      ],
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
      commands: ["systemctl restart kubelet"],
    },
  ];
}

/** Finds other files that define a Pod of the same name: the kubelet reads every file, also a backup. */
async function secondManifests({ files }: Examination): Promise<readonly DoctorFinding[]> {
  const own = new Set(staticPodNames.map((name) => `${name}.yaml`));
  const others = (await entries(files)).filter((name) => !name.startsWith(".") && !own.has(name));
  const findings = await Promise.all(
    others.map(async (entry): Promise<readonly DoctorFinding[]> => {
      const path = `${manifestsDirectory}/${entry}`;
      const name = await podNameIn(path, files);
      if (!staticPodNames.some((each) => each === name)) return [];
      return [
        {
          severity: "warning",
          finding: `${path} defines the Pod ${name} too: the kubelet reads every file of the directory, and may run this one.`,
          remedy: "Move the file to another directory.",
          commands: [`mv ${shellWord(path)} /root/`],
        },
      ];
    }),
  );
  return findings.flat();
}

async function entries(files: Examination["files"]): Promise<readonly string[]> {
  try {
    return await files.list(manifestsDirectory);
  } catch (error) {
    if (error instanceof FileError && error.code !== "permission-denied") return [];
    throw error;
  }
}

async function podNameIn(path: string, files: Examination["files"]): Promise<JsonValue | undefined> {
  try {
    const pod = toJson(readYaml(await files.readText(path, { maxBytes: 1024 ** 2 })));
    const metadata = isObject(pod) ? pod["metadata"] : undefined;
    return isObject(metadata) ? metadata["name"] : undefined;
  } catch (error) {
    if (error instanceof FileError || error instanceof YamlError) return undefined;
    throw error;
  }
}
