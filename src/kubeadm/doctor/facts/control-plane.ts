import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { decodePod, PodError } from "../../../kubernetes/pods/decode-pod.ts";
import { isObject } from "../../../values/json.ts";
import { exists } from "../../certificates/certificate-files.ts";
import { defaultBindPort } from "../../config/join/join-configuration.ts";
import { lastFlag, type ManifestContainer, readManifestContainer } from "../../control-plane/component-endpoints.ts";
import { manifestPath, type StaticPodName } from "../../control-plane/write-manifest.ts";
import { usesEtcdElsewhere } from "../../etcd/local-member.ts";
import { adminKubeconfigPath, defaultCertificatesDirectory } from "../../paths.ts";
import type { Examination, Fact } from "../examination.ts";
import { isUnread } from "../unread-file.ts";

/** In the order in which they depend on each other. */
export const staticPodNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
] as const satisfies readonly StaticPodName[];

/** The manifest of a component, as the kubelet of this machine would read it. */
export type ManifestOnDisk =
  | { readonly state: "missing" }
  | { readonly state: "invalid"; readonly reason: string }
  | { readonly state: "loaded"; readonly container: ManifestContainer };

/** What this machine runs as a control plane. */
export interface ControlPlane {
  readonly manifests: Readonly<Record<StaticPodName, ManifestOnDisk>>;
  /** Etcd is a static Pod of this machine, or should be. */
  readonly hasLocalEtcd: boolean;
  readonly certificatesDir: string;
}

/** Undefined if this machine is not a control plane. Throws FileError if the manifests may not be read. */
export const controlPlane: Fact<ControlPlane | undefined> = async ({ files }) => {
  const [etcd, apiServer, controllerManager, scheduler] = await Promise.all(
    staticPodNames.map((name) => manifestOnDisk(name, files)),
  );
  const missing = { state: "missing" } as const;
  const manifests = {
    etcd: etcd ?? missing,
    "kube-apiserver": apiServer ?? missing,
    "kube-controller-manager": controllerManager ?? missing,
    "kube-scheduler": scheduler ?? missing,
  };
  const certificatesDir = directoryOf(manifests);
  const isAnyThere = Object.values(manifests).some(({ state }) => state !== "missing");
  const there = (path: string) => exists(path, files);
  // With all manifests gone, these still show what the machine was.
  if (!isAnyThere && !((await there(`${certificatesDir}/apiserver.crt`)) && (await there(adminKubeconfigPath)))) {
    return undefined;
  }
  const hasLocalEtcd =
    manifests.etcd.state !== "missing" ||
    ((await there(`${certificatesDir}/etcd/peer.crt`)) && !(await usesEtcdElsewhere(files)));
  return { manifests, hasLocalEtcd, certificatesDir };
};

async function manifestOnDisk(name: StaticPodName, files: Pick<Files, "readText">): Promise<ManifestOnDisk> {
  try {
    const text = await files.readText(manifestPath(name));
    const reason = manifestProblem(name, text);
    if (reason !== undefined) return { state: "invalid", reason };
    return { state: "loaded", container: await readManifestContainer(name, files) };
  } catch (error) {
    if (isKubeadmError(error)) return { state: "invalid", reason: error.message };
    if (!(error instanceof FileError) || isUnread(error)) throw error;
    return error.code === "not-found" ? { state: "missing" } : { state: "invalid", reason: error.message };
  }
}

/** Returns why the kubelet is not running this manifest, or runs it as something else; undefined if it is sound. */
function manifestProblem(name: StaticPodName, text: string): string | undefined {
  try {
    const document = toJson(readYaml(text));
    if (!isObject(document)) return text.trim() === "" ? "it is empty" : "it is not a YAML mapping";
    const { pod } = decodePod(document);
    const { metadata } = pod;
    const own = isObject(metadata) ? metadata : {};
    if (own["name"] !== name) return `its Pod has the name ${JSON.stringify(own["name"] ?? "")}, not ${name}`;
    if (own["namespace"] === "kube-system") return undefined;
    return `its Pod is in the namespace ${JSON.stringify(own["namespace"] ?? "default")}, not kube-system`;
  } catch (error) {
    if (error instanceof YamlError) return `it is not valid YAML: ${error.message}`;
    if (error instanceof PodError) {
      return `it is not a valid Pod: ${error.path === undefined ? "" : `${error.path}: `}${error.message}`;
    }
    throw error;
  }
}

function directoryOf(manifests: ControlPlane["manifests"]): string {
  const serving = argumentOf(manifests["kube-apiserver"], "tls-cert-file") ?? "";
  return /^(\/.+)\/apiserver\.crt$/.exec(serving)?.[1] ?? defaultCertificatesDirectory;
}

/** Returns the last value of a flag in a manifest; undefined if the manifest has none or cannot be read. */
export function argumentOf(manifest: ManifestOnDisk, flag: string): string | undefined {
  return manifest.state === "loaded" ? lastFlag(manifest.container.argv, flag) : undefined;
}

/** Returns the parts of a flag whose value is a list. */
export function listOf(manifest: ManifestOnDisk, flag: string): readonly string[] {
  return (argumentOf(manifest, flag) ?? "").split(",").filter((part) => part !== "");
}

/** The address that this machine's API server advertises, and its port, from its manifest. */
export const localApiEndpoint: Fact<
  { readonly advertiseAddress: string; readonly bindPort: number } | undefined
> = async ({ once }: Examination) => {
  const manifest = (await once(controlPlane))?.manifests["kube-apiserver"];
  if (manifest === undefined) return undefined;
  const advertiseAddress = argumentOf(manifest, "advertise-address");
  if (advertiseAddress === undefined) return undefined;
  return { advertiseAddress, bindPort: Number(argumentOf(manifest, "secure-port") ?? defaultBindPort) };
};
