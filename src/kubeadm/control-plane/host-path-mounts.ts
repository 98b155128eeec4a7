import type { Files } from "../../host/host.ts";
import type { ClusterConfiguration, ExternalEtcd, HostPathMount } from "../config/cluster/cluster-configuration.ts";
import { minorOf } from "../config/fields/removed-gates.ts";
import { controllerManagerKubeconfigPath, schedulerKubeconfigPath } from "../paths.ts";

/** Directories of CA certificates, by distribution, that /etc/ssl/certs may link to; mounted if they exist. */
const authorityDirectories = [
  "/etc/pki/ca-trust",
  "/etc/pki/tls/certs",
  "/etc/ca-certificates",
  "/usr/share/ca-certificates",
  "/usr/local/share/ca-certificates",
] as const;

const systemCertificates = "/etc/ssl/certs";
const flexVolumeDirectory = "/usr/libexec/kubernetes/kubelet-plugins/volume/exec";

/** Directories that control-plane Pods mount only if they exist. */
export interface MountableDirectories {
  /** Directories with CA certificates other than /etc/ssl/certs. */
  readonly authorities: readonly string[];
  readonly hasFlexVolumes: boolean;
}

export async function findMountableDirectories(files: Pick<Files, "status" | "list">): Promise<MountableDirectories> {
  const present = await Promise.all(authorityDirectories.map((path) => isDirectory(path, files)));
  return {
    authorities: authorityDirectories.filter((_, index) => present[index]),
    hasFlexVolumes: await isDirectory(flexVolumeDirectory, files),
  };
}

/** Follows symlinks, because some of these are links in some distributions. */
async function isDirectory(path: string, files: Pick<Files, "status" | "list">): Promise<boolean> {
  const kind = (await files.status(path))?.kind;
  if (kind !== "symlink") return kind === "directory";
  return files.list(path).then(
    () => true,
    () => false,
  );
}

export function apiServerMounts(cluster: ClusterConfiguration, found: MountableDirectories): readonly HostPathMount[] {
  const external = "external" in cluster.etcd ? externalEtcdMounts(cluster.etcd.external, cluster, found) : [];
  return merged([...certificateMounts(cluster, found), ...external], cluster.apiServer.extraVolumes);
}

export function controllerManagerMounts(
  cluster: ClusterConfiguration,
  found: MountableDirectories,
): readonly HostPathMount[] {
  const kubeconfig = kubeconfigMount(controllerManagerKubeconfigPath);
  const flexVolumes = found.hasFlexVolumes && minorOf(cluster).rules.mountsFlexVolumes ? [flexVolumeMount] : [];
  return merged(
    [...certificateMounts(cluster, found), kubeconfig, ...flexVolumes],
    cluster.controllerManager.extraVolumes,
  );
}

export function schedulerMounts(cluster: ClusterConfiguration): readonly HostPathMount[] {
  return merged([kubeconfigMount(schedulerKubeconfigPath)], cluster.scheduler.extraVolumes);
}

/** Writable, because plugins create sockets there. */
const flexVolumeMount: HostPathMount = { ...directory("flexvolume-dir", flexVolumeDirectory), readOnly: false };

function certificateMounts(cluster: ClusterConfiguration, { authorities }: MountableDirectories) {
  return [
    directory("ca-certs", systemCertificates),
    directory("k8s-certs", cluster.certificatesDir),
    ...authorities.map((path) => directory(path.slice(1).replaceAll("/", "-"), path)),
  ];
}

/** Returns the directories of an external etcd's certificates, except those below another mount. */
function externalEtcdMounts(
  { caFile, certFile, keyFile }: ExternalEtcd,
  cluster: ClusterConfiguration,
  { authorities }: MountableDirectories,
): readonly HostPathMount[] {
  const mounted = [systemCertificates, cluster.certificatesDir, ...authorities];
  const directories = new Set([caFile, certFile, keyFile].filter((path) => path !== "").map(directoryOf));
  const outer = [...directories].filter(
    (path) =>
      !mounted.some((top) => isWithin(path, top)) &&
      ![...directories].some((other) => other !== path && isWithin(path, other)),
  );
  return outer.toSorted().map((path, index) => directory(`etcd-certs-${index}`, path));
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 1));
}

function isWithin(path: string, top: string): boolean {
  return path === top || path.startsWith(top.endsWith("/") ? top : `${top}/`);
}

function kubeconfigMount(path: string): HostPathMount {
  return { name: "kubeconfig", hostPath: path, mountPath: path, readOnly: true, pathType: "FileOrCreate" };
}

function directory(name: string, path: string): HostPathMount {
  return { name, hostPath: path, mountPath: path, readOnly: true, pathType: "DirectoryOrCreate" };
}

/** Returns the mounts sorted by name; a user's volume replaces kubeadm's of the same name. */
function merged(own: readonly HostPathMount[], extra: readonly HostPathMount[]): readonly HostPathMount[] {
  const byName = new Map([...own, ...extra].map((mount) => [mount.name, mount]));
  return [...byName.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
}
