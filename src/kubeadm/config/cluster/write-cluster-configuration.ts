import { formatDuration } from "../../../go/duration.ts";
import { type WritableMap, writeYaml } from "../../../go/yaml/write-yaml.ts";
import { defined } from "../../../values/defined.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import { argsToWire, nonEmpty } from "../versions/wire-form.ts";
import {
  type ClusterConfiguration,
  type ControlPlaneComponent,
  ciPrefix,
  type EnvVar,
  type HostPathMount,
  type ImageMeta,
} from "./cluster-configuration.ts";

/** Returns the content of the ConfigMap kubeadm-config, where CI builds of Kubernetes have the prefix `ci/`. */
export function storedClusterConfiguration(cluster: ClusterConfiguration): string {
  const { isCi, kubernetesVersion } = cluster;
  return writeClusterConfiguration(isCi ? { ...cluster, kubernetesVersion: ciPrefix + kubernetesVersion } : cluster);
}

/**
 * Returns the configuration as a v1beta4 document, as upstream's `config print` and `config migrate` write it: empty
 * fields are omitted.
 */
export function writeClusterConfiguration(cluster: ClusterConfiguration): string {
  const { networking, apiServer, dns, proxy } = cluster;
  return writeYaml({
    apiVersion: v1beta4GroupVersion,
    kind: "ClusterConfiguration",
    apiServer: { ...componentToWire(apiServer), ...nonEmpty({ certSANs: apiServer.certSANs }) },
    controllerManager: componentToWire(cluster.controllerManager),
    scheduler: componentToWire(cluster.scheduler),
    dns: { ...imageToWire(dns), ...nonEmpty({ disabled: dns.disabled }) },
    proxy: nonEmpty({ disabled: proxy.disabled }),
    etcd: etcdToWire(cluster.etcd),
    networking: nonEmpty({ ...networking }),
    certificateValidityPeriod: formatDuration(cluster.certificateValidityPeriod),
    caCertificateValidityPeriod: formatDuration(cluster.caCertificateValidityPeriod),
    ...nonEmpty({
      certificatesDir: cluster.certificatesDir,
      clusterName: cluster.clusterName,
      controlPlaneEndpoint: cluster.controlPlaneEndpoint,
      encryptionAlgorithm: cluster.encryptionAlgorithm,
      featureGates: cluster.featureGates,
      imageRepository: cluster.imageRepository,
      kubernetesVersion: cluster.kubernetesVersion,
    }),
  });
}

function componentToWire({ extraArgs, extraVolumes, extraEnvs }: ControlPlaneComponent): WritableMap {
  return nonEmpty({
    extraArgs: argsToWire(extraArgs),
    extraVolumes: extraVolumes.map(volumeToWire),
    extraEnvs: extraEnvs.map(envToWire),
  });
}

function volumeToWire({ name, hostPath, mountPath, readOnly, pathType }: HostPathMount): WritableMap {
  return { name, hostPath, mountPath, ...nonEmpty({ readOnly, pathType }) };
}

function envToWire({ name, value, valueFrom }: EnvVar): WritableMap {
  return { name, ...nonEmpty({ value }), ...defined({ valueFrom }) };
}

function imageToWire({ imageRepository, imageTag }: ImageMeta): WritableMap {
  return nonEmpty({ imageRepository, imageTag });
}

function etcdToWire(etcd: ClusterConfiguration["etcd"]): WritableMap {
  if ("external" in etcd) {
    const { endpoints, httpEndpoints, caFile, certFile, keyFile } = etcd.external;
    return { external: { endpoints, ...nonEmpty({ httpEndpoints }), caFile, certFile, keyFile } };
  }
  const { dataDir, extraArgs, extraEnvs, serverCertSANs, peerCertSANs, ...image } = etcd.local;
  const rest = { extraArgs: argsToWire(extraArgs), extraEnvs: extraEnvs.map(envToWire), serverCertSANs, peerCertSANs };
  return { local: { ...imageToWire(image), dataDir, ...nonEmpty(rest) } };
}
