import type { Decoded } from "../../../go/json/schema.ts";
import type { JsonObject, JsonValue } from "../../../values/json.ts";
import { defaultCertificatesDirectory } from "../../paths.ts";
import type { Arg } from "../fields/node-registration.ts";
import { argsFrom } from "../versions/convert-join.ts";
import type { clusterConfigurationV1beta4 } from "../versions/v1beta4.ts";

/** The settings that all control planes of a cluster share; stored in the ConfigMap kubeadm-config. */
export interface ClusterConfiguration {
  readonly etcd: { readonly local: LocalEtcd } | { readonly external: ExternalEtcd };
  readonly networking: Networking;
  /** With a leading v. */
  readonly kubernetesVersion: string;
  /** The version is a CI build of Kubernetes, whose images are in another registry. */
  readonly isCi: boolean;
  /** host:port of all control planes, usually a load balancer; "" for none. */
  readonly controlPlaneEndpoint: string;
  readonly apiServer: ControlPlaneComponent & { readonly certSANs: readonly string[] };
  readonly controllerManager: ControlPlaneComponent;
  readonly scheduler: ControlPlaneComponent;
  readonly dns: ImageMeta & { readonly disabled: boolean };
  readonly proxy: { readonly disabled: boolean };
  readonly certificatesDir: string;
  readonly imageRepository: string;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly clusterName: string;
  readonly encryptionAlgorithm: string;
  /** Milliseconds. */
  readonly certificateValidityPeriod: number;
  readonly caCertificateValidityPeriod: number;
}

/** An image; "" means the built-in value. */
export interface ImageMeta {
  readonly imageRepository: string;
  readonly imageTag: string;
}

export interface LocalEtcd extends ImageMeta {
  readonly dataDir: string;
  readonly extraArgs: readonly Arg[];
  readonly extraEnvs: readonly EnvVar[];
  readonly serverCertSANs: readonly string[];
  readonly peerCertSANs: readonly string[];
}

export interface ExternalEtcd {
  readonly endpoints: readonly string[];
  readonly httpEndpoints: readonly string[];
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Networking {
  /** One subnet, or two separated by a comma. */
  readonly serviceSubnet: string;
  readonly podSubnet: string;
  readonly dnsDomain: string;
}

export interface ControlPlaneComponent {
  readonly extraArgs: readonly Arg[];
  readonly extraVolumes: readonly HostPathMount[];
  readonly extraEnvs: readonly EnvVar[];
}

export interface HostPathMount {
  readonly name: string;
  readonly hostPath: string;
  readonly mountPath: string;
  readonly readOnly: boolean;
  readonly pathType: string;
}

/** core/v1 EnvVar. */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: JsonValue;
}

export type ClusterConfigurationV1beta4 = Decoded<typeof clusterConfigurationV1beta4>;
type Wire = ClusterConfigurationV1beta4;

const hour = 3_600_000;

/** Prefix of the version of a CI build of Kubernetes. */
export const ciPrefix = "ci/";

export function clusterConfigurationFromV1beta4(wire: Wire): ClusterConfiguration {
  return {
    etcd: etcdFrom(wire.etcd ?? {}),
    networking: {
      serviceSubnet: wire.networking?.serviceSubnet || "10.96.0.0/12",
      podSubnet: wire.networking?.podSubnet ?? "",
      dnsDomain: wire.networking?.dnsDomain || "cluster.local",
    },
    kubernetesVersion: wire.kubernetesVersion || "stable-1",
    isCi: false,
    controlPlaneEndpoint: wire.controlPlaneEndpoint ?? "",
    apiServer: { ...componentFrom(wire.apiServer ?? {}), certSANs: wire.apiServer?.certSANs ?? [] },
    controllerManager: componentFrom(wire.controllerManager ?? {}),
    scheduler: componentFrom(wire.scheduler ?? {}),
    dns: { ...imageFrom(wire.dns ?? {}), disabled: wire.dns?.disabled ?? false },
    proxy: { disabled: wire.proxy?.disabled ?? false },
    certificatesDir: wire.certificatesDir || defaultCertificatesDirectory,
    imageRepository: wire.imageRepository || "registry.k8s.io",
    featureGates: wire.featureGates ?? {},
    clusterName: wire.clusterName || "kubernetes",
    encryptionAlgorithm: wire.encryptionAlgorithm || "RSA-2048",
    certificateValidityPeriod: wire.certificateValidityPeriod ?? 8_760 * hour,
    caCertificateValidityPeriod: wire.caCertificateValidityPeriod ?? 87_600 * hour,
  };
}

function etcdFrom(wire: NonNullable<Wire["etcd"]>): ClusterConfiguration["etcd"] {
  const { local, external } = wire;
  if (external === undefined) {
    return {
      local: {
        ...imageFrom(local ?? {}),
        dataDir: local?.dataDir || "/var/lib/etcd",
        extraArgs: argsFrom(local?.extraArgs),
        extraEnvs: envsFrom(local?.extraEnvs),
        serverCertSANs: local?.serverCertSANs ?? [],
        peerCertSANs: local?.peerCertSANs ?? [],
      },
    };
  }
  const { endpoints = [], httpEndpoints = [], caFile = "", certFile = "", keyFile = "" } = external;
  return {
    external: {
      endpoints,
      httpEndpoints: httpEndpoints.length > 0 ? httpEndpoints : endpoints,
      caFile,
      certFile,
      keyFile,
    },
  };
}

function componentFrom(wire: NonNullable<Wire["scheduler"]>): ControlPlaneComponent {
  return {
    extraArgs: argsFrom(wire.extraArgs),
    extraVolumes: (wire.extraVolumes ?? []).map((volume) => ({
      name: volume.name ?? "",
      hostPath: volume.hostPath ?? "",
      mountPath: volume.mountPath ?? "",
      readOnly: volume.readOnly ?? false,
      pathType: volume.pathType ?? "",
    })),
    extraEnvs: envsFrom(wire.extraEnvs),
  };
}

function imageFrom(wire: Partial<ImageMeta>): ImageMeta {
  return { imageRepository: wire.imageRepository ?? "", imageTag: wire.imageTag ?? "" };
}

function envsFrom(wire: readonly Partial<EnvVar>[] | undefined): readonly EnvVar[] {
  return (wire ?? []).map(({ name = "", valueFrom, ...rest }) => ({
    ...rest,
    name,
    ...(valueFrom === undefined ? {} : { valueFrom: withFieldVersion(valueFrom) }),
  }));
}

/** A fieldRef has apiVersion v1 by default. */
function withFieldVersion(source: JsonValue): JsonValue {
  const fieldRef = isObject(source) ? source["fieldRef"] : undefined;
  if (!isObject(source) || !isObject(fieldRef) || fieldRef["apiVersion"]) return source;
  return { ...source, fieldRef: { ...fieldRef, apiVersion: "v1" } };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
