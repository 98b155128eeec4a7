import type { ConnectContainerRuntime } from "../../../cri/container-runtime.ts";
import { isKubeadmError, messageOf } from "../../../errors/kubeadm-error.ts";
import { PortError } from "../../../errors/port-error.ts";
import { foreignText } from "../../../errors/printable-text.ts";
import type { ConnectEtcd } from "../../../etcd/etcd.ts";
import type {
  BackupEstimate,
  CertificateOutlook,
  KubeletSkew,
  Unknown,
  UpgradeOutlook,
} from "../../../events/upgrade-plan.ts";
import type { Files, Machine, Mounts } from "../../../host/host.ts";
import { parseSemanticVersion } from "../../../kubernetes/semantic-version.ts";
import { CaBundleError } from "../../../pki/ca-bundle.ts";
import { defined } from "../../../values/defined.ts";
import { certificateExpirations } from "../../certificates/certificate-expiration.ts";
import type { ClusterConfiguration } from "../../config/cluster/cluster-configuration.ts";
import type { WrittenComponents } from "../../config/components/component-configurations.ts";
import { defaultCriSocket } from "../../config/fields/cri-socket.ts";
import type { ControlPlaneNode } from "../../control-plane/control-plane-node.ts";
import { controlPlaneImages } from "../../images/control-plane-images.ts";
import { readInstanceSocket } from "../../kubelet/instance-socket.ts";
import { temporaryDirectory } from "../../paths.ts";
import { hasSpace, reserveBytes } from "../backups/backup-space.ts";
import { certificatesOfEtcd } from "../control-plane/component-certificates.ts";
import { spaceOfCopy } from "../etcd/etcd-data-copy.ts";
import type { NodesByVersion } from "../versions/cluster-versions.ts";
import { kubeletSkew } from "../versions/version-policy.ts";
import type { ComponentSettings } from "./component-settings.ts";
import { deprecatedSettings } from "./deprecated-settings.ts";
import { etcdOutlook } from "./etcd-outlook.ts";
import { findSettings, type VersionedSettings } from "./find-settings.ts";
import { changedManifests, editedManifests } from "./manifests.ts";
import { refusedSettings } from "./refused-settings.ts";
import { upgradesEtcd } from "./upgrades-etcd.ts";

export interface OutlookPorts {
  readonly files: Files;
  readonly machine: Pick<Machine, "environment">;
  readonly mounts: Pick<Mounts, "list">;
  readonly connectContainerRuntime: ConnectContainerRuntime;
  readonly connectEtcd: ConnectEtcd;
  readonly signal: AbortSignal;
}

export interface OutlookSubject {
  /** The control plane of the new version. */
  readonly node: ControlPlaneNode;
  /** The configuration before the upgrade. */
  readonly previous: ClusterConfiguration;
  readonly components: WrittenComponents;
  readonly kubelets: NodesByVersion;
  /** False with --etcd-upgrade=false. */
  readonly etcdUpgrade: boolean;
  /** False if the configuration of `upgrade apply` says so. */
  readonly certificateRenewal: boolean;
}

/** Finds out what an upgrade will meet on this machine. Changes nothing. */
export async function findOutlook(subject: OutlookSubject, ports: OutlookPorts): Promise<UpgradeOutlook> {
  const { node, kubelets } = subject;
  const { cluster } = node;
  const minor = parseSemanticVersion(cluster.kubernetesVersion)?.minor ?? 0;
  const known = <T>(work: () => Promise<T>) => knownOrNot(work, ports.signal);
  const replacesEtcd = subject.etcdUpgrade && (await upgradesEtcd(cluster, ports.files));
  const [images, certificates, manifests, edits, settings, etcd, backups] = await Promise.all([
    known(() => presentImages(node, ports)),
    known(() => certificateOutlooks(subject, replacesEtcd, ports.files)),
    known(() => changedManifests({ ...subject, replacesEtcd }, ports)),
    known(() => editedManifests({ ...subject, replacesEtcd }, ports)),
    known(() => findSettings({ ...subject, replacesEtcd }, ports)),
    known(() => etcdOutlook(node, replacesEtcd, ports)),
    known(() => backupEstimate(node, replacesEtcd, ports)),
  ]);
  return {
    nodeName: node.nodeRegistration.name,
    kubernetesVersion: cluster.kubernetesVersion,
    ...{ refused: sentences(settings, refusedSettings), deprecated: sentences(settings, deprecatedSettings) },
    ...{ images, certificates, manifests, edits, etcd, backups, kubelets: skews(kubelets, minor) },
  };
}

function sentences(
  found: readonly VersionedSettings[] | Unknown,
  of: (settings: ComponentSettings, minor: number) => readonly string[],
): readonly string[] | Unknown {
  return "unknown" in found ? found : found.flatMap(({ settings, minor }) => of(settings, minor));
}

/** An outlook that lacks a part is better than none. */
async function knownOrNot<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | Unknown> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted || !isExpected(error)) throw error;
    return { unknown: foreignText(messageOf(error)) };
  }
}

function isExpected(error: unknown): boolean {
  return isKubeadmError(error) || error instanceof PortError || error instanceof CaBundleError;
}

/** A certificate is renewed together with the component that uses it. */
async function certificateOutlooks(
  { node: { cluster }, certificateRenewal }: OutlookSubject,
  replacesEtcd: boolean,
  files: Files,
): Promise<readonly CertificateOutlook[]> {
  const { certificates } = await certificateExpirations(cluster, files);
  return certificates.map(({ name, expires, isExternallyManaged }) => ({
    name,
    ...(expires === undefined ? {} : { expires: expires.toISOString().replace(/\.\d+Z$/, "Z") }),
    isRenewed:
      certificateRenewal &&
      expires !== undefined &&
      !isExternallyManaged &&
      (replacesEtcd || !certificatesOfEtcd.has(name)),
  }));
}

const runtimeTimeoutMs = 5_000;

async function presentImages(
  { cluster }: ControlPlaneNode,
  { files, connectContainerRuntime, signal }: OutlookPorts,
): Promise<readonly { readonly image: string; readonly isPresent: boolean }[]> {
  const runtime = connectContainerRuntime((await readInstanceSocket(files)) || defaultCriSocket);
  try {
    return await Promise.all(
      controlPlaneImages(cluster).map(async (image) => ({
        image,
        isPresent: await runtime.hasImage(image, { timeoutMs: runtimeTimeoutMs, signal }),
      })),
    );
  } finally {
    runtime.close();
  }
}

function skews(kubelets: NodesByVersion, minor: number): readonly KubeletSkew[] {
  return [...kubelets].flatMap(([version, nodes]) => {
    const own = parseSemanticVersion(version);
    const minors = own === undefined ? undefined : minor - own.minor;
    const isSupported = minors === undefined || minors <= kubeletSkew;
    return nodes.map((nodeName) => ({ nodeName, version, isSupported, ...defined({ minors }) }));
  });
}

/** The upgrade keeps a snapshot of etcd and, where etcd's version changes, a copy of its data. */
async function backupEstimate(
  { cluster }: ControlPlaneNode,
  replacesEtcd: boolean,
  { files, mounts }: OutlookPorts,
): Promise<BackupEstimate> {
  const backupDirectory = temporaryDirectory;
  const estimate = async (directory: string, bytes: number): Promise<BackupEstimate> => {
    const availableBytes = await files.availableBytes(directory);
    return { directory, bytes, reserveBytes, availableBytes, isEnough: hasSpace({ bytes, availableBytes }) };
  };
  if (!replacesEtcd || !("local" in cluster.etcd)) {
    // Manifests and certificates are copied, too: some kilobytes, for which no space is required.
    const availableBytes = await files.availableBytes(backupDirectory);
    return { directory: backupDirectory, bytes: 0, reserveBytes: 0, availableBytes, isEnough: true };
  }
  const { dataDir: dataDirectory } = cluster.etcd.local;
  const space = await spaceOfCopy({ dataDirectory, backupDirectory }, { files, mounts });
  // A snapshot is no larger than the data, of which it is a part.
  const [backups, restored] = await Promise.all([
    estimate(backupDirectory, space.dataBytes + space.copyBytes),
    estimate(dataDirectory, space.restoreBytes),
  ]);
  return backups.isEnough && space.restoreBytes > 0 && !restored.isEnough ? restored : backups;
}
