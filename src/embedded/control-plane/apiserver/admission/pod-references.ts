// Which API objects a Pod refers to: what its node may read because of it, and what a mirror Pod must not have.
import { type Fields, fieldsAt, isFields, listAt, type StoredObject, stringAt } from "../objects.ts";

/** k/k:pkg/apis/core, MirrorPodAnnotationKey. */
const mirrorAnnotation = "kubernetes.io/config.mirror";

export function isMirrorPod(pod: StoredObject | undefined): boolean {
  return stringAt(pod, "metadata", "annotations", mirrorAnnotation) !== undefined;
}

export function secretNames(pod: StoredObject): readonly string[] {
  return [
    ...volumesOf(pod).flatMap((volume) => volumeReferences(volume, "secret", "secretName")),
    ...volumesOf(pod).flatMap(secretsOfDrivers),
    ...containersOf(pod).flatMap((container) => environmentReferences(container, "secretRef", "secretKeyRef")),
    ...listAt(pod, "spec", "imagePullSecrets").flatMap((reference) => present(stringAt(reference, "name"))),
  ];
}

export function configMapNames(pod: StoredObject): readonly string[] {
  return [
    ...volumesOf(pod).flatMap((volume) => volumeReferences(volume, "configMap", "name")),
    ...containersOf(pod).flatMap((container) => environmentReferences(container, "configMapRef", "configMapKeyRef")),
  ];
}

/** An ephemeral volume's claim has the names of both. */
export function claimNames(pod: StoredObject): readonly string[] {
  return volumesOf(pod).flatMap((volume) => [
    ...present(stringAt(volume, "persistentVolumeClaim", "claimName")),
    ...(fieldsAt(volume, "ephemeral") === undefined ? [] : [`${pod.metadata.name}-${stringAt(volume, "name")}`]),
  ]);
}

export function volumesOf(pod: StoredObject): readonly Fields[] {
  return listAt(pod, "spec", "volumes").filter(isFields);
}

export function projectedSources(volume: Fields): readonly Fields[] {
  return listAt(volume, "projected", "sources").filter(isFields);
}

function containersOf(pod: StoredObject): readonly Fields[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    listAt(pod, "spec", list).filter(isFields),
  );
}

function volumeReferences(volume: Fields, kind: string, nameField: string): readonly string[] {
  return [
    ...present(stringAt(volume, kind, nameField)),
    ...projectedSources(volume).flatMap((source) => present(stringAt(source, kind, "name"))),
  ];
}

/** Volumes of drivers that take their credentials from a Secret (k/k:pkg/api/pod, VisitPodSecretNames). */
function secretsOfDrivers(volume: Fields): readonly string[] {
  const drivers = ["cephfs", "cinder", "flexVolume", "rbd", "scaleIO", "iscsi", "storageos"];
  return [
    ...present(stringAt(volume, "azureFile", "secretName")),
    ...drivers.flatMap((driver) => present(stringAt(volume, driver, "secretRef", "name"))),
    ...present(stringAt(volume, "csi", "nodePublishSecretRef", "name")),
  ];
}

function environmentReferences(container: Fields, from: string, key: string): readonly string[] {
  return [
    ...listAt(container, "envFrom").flatMap((source) => present(stringAt(source, from, "name"))),
    ...listAt(container, "env").flatMap((variable) => present(stringAt(variable, "valueFrom", key, "name"))),
  ];
}

function present(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : [text];
}

/** Kinds of volumes that do not refer to API objects (k/k:pkg/api/pod, HasAPIObjectReference). */
const localVolumes: ReadonlySet<string> = new Set([
  ...[
    "awsElasticBlockStore",
    "azureDisk",
    "cephfs",
    "cinder",
    "downwardAPI",
    "emptyDir",
    "fc",
    "flexVolume",
    "flocker",
  ],
  ...["gcePersistentDisk", "gitRepo", "hostPath", "image", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume"],
  ...["quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"],
]);

const apiVolumes: ReadonlyMap<string, string> = new Map([
  ["configMap", "configmaps (via configmap volumes)"],
  ["secret", "secrets (via secret volumes)"],
  ["csi", "csidrivers (via CSI volumes)"],
  ["glusterfs", "endpoints (via glusterFS volumes)"],
  ["persistentVolumeClaim", "persistentvolumeclaims"],
  ["ephemeral", "persistentvolumeclaims (via ephemeral volumes)"],
  ["azureFile", "secrets (via azureFile volumes)"],
]);

const apiSources: ReadonlyMap<string, string> = new Map([
  ["configMap", "configmaps (via projected volumes)"],
  ["secret", "secrets (via projected volumes)"],
  ["serviceAccountToken", "serviceaccounts (via projected volumes)"],
  ["clusterTrustBundle", "clustertrustbundles"],
  ["podCertificate", "podcertificates"],
]);

/** Returns the first kind of API object that the Pod refers to, in upstream's wording; undefined if there is none. */
export function referencedKind(pod: StoredObject): string | undefined {
  if ((stringAt(pod, "spec", "serviceAccountName") ?? "") !== "") return "serviceaccounts";
  if (secretNames(pod).length > 0) return "secrets";
  if (configMapNames(pod).length > 0) return "configmaps";
  if (listAt(pod, "spec", "resourceClaims").length > 0) return "resourceclaims";
  return volumesOf(pod)
    .map(kindOfVolume)
    .find((kind) => kind !== undefined);
}

function kindOfVolume(volume: Fields): string | undefined {
  const sources = Object.keys(volume).filter((field) => field !== "name" && fieldsAt(volume, field) !== undefined);
  if (sources.includes("projected"))
    return projectedSources(volume)
      .map(kindOfSource)
      .find((kind) => kind !== undefined);
  const unknown = sources.find((source) => !localVolumes.has(source));
  return unknown === undefined ? undefined : (apiVolumes.get(unknown) ?? `volumes of an unknown type (${unknown})`);
}

function kindOfSource(source: Fields): string | undefined {
  const unknown = Object.keys(source).find((field) => field !== "downwardAPI");
  return unknown === undefined
    ? undefined
    : (apiSources.get(unknown) ?? `projected sources of an unknown type (${unknown})`);
}
