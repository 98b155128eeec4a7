import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { entryOf } from "../../../go/yaml/node.ts";
import { formatGvk, groupVersionOf } from "../../../kubernetes/group-version-kind.ts";
import { defined } from "../../../values/defined.ts";
import {
  type ClusterConfiguration,
  type ClusterConfigurationV1beta4,
  clusterConfigurationFromV1beta4,
} from "../cluster/cluster-configuration.ts";
import { componentsOf, isComponentGroup } from "../components/component-configurations.ts";
import { type ConfigurationDocument, configurationDocuments } from "../documents/configuration-documents.ts";
import { type DecodingPolicy, decodeConfiguration } from "../documents/decode-configuration.ts";
import type { FieldLocations } from "../documents/field-error.ts";
import { requireSupportedVersion, unregisteredKind, type VersionPolicy } from "../documents/supported-version.ts";
import type { ConfigurationPorts } from "../join/complete-join-configuration.ts";
import { type LoadOptions, readConfigurationFile } from "../join/load-join-configuration.ts";
import { clusterConfigurationFromV1beta3 } from "../versions/convert-cluster-v1beta3.ts";
import { initConfigurationFromV1beta3, initConfigurationFromV1beta4 } from "../versions/convert-init.ts";
import { clusterConfigurationV1, initConfigurationV1, v1GroupVersion } from "../versions/v1.ts";
import { v1beta3GroupVersion } from "../versions/v1beta3.ts";
import { clusterConfigurationV1beta3, initConfigurationV1beta3 } from "../versions/v1beta3-init.ts";
import { clusterConfigurationV1beta4, initConfigurationV1beta4, v1beta4GroupVersion } from "../versions/v1beta4.ts";
import { completeInitConfiguration, type ResolvedInit, type WrittenInit } from "./complete-init-configuration.ts";
import type { WrittenInitConfiguration } from "./init-configuration.ts";

/**
 * Reads, defaults, completes and validates the configuration file of an init: an InitConfiguration, a
 * ClusterConfiguration or both, and the configurations of kubelet and kube-proxy. Every problem names file and line.
 */
export async function loadInitConfiguration(
  file: string,
  options: LoadOptions,
  ports: ConfigurationPorts,
): Promise<ResolvedInit> {
  const documents = configurationDocuments(await readConfigurationFile(file, ports), file);
  return resolveInitDocuments(documents, { ...options, file }, ports);
}

export interface InitDocumentOptions extends LoadOptions, DecodingPolicy, VersionPolicy {
  readonly file?: string;
}

/** The same for the documents of a file. */
export async function resolveInitDocuments(
  documents: readonly ConfigurationDocument[],
  options: InitDocumentOptions,
  ports: ConfigurationPorts,
): Promise<ResolvedInit> {
  const written = writtenInit(documents, options, ports.events);
  const { detectsCriSocket } = options;
  return completeInitConfiguration(written, { detectsCriSocket, locations: locationsOf(documents) }, ports);
}

function writtenInit(
  documents: readonly ConfigurationDocument[],
  options: InitDocumentOptions,
  events: Events,
): WrittenInit {
  const cluster = documents.find(({ gvk }) => gvk.kind === "ClusterConfiguration");
  const init = documents.find(({ gvk }) => gvk.kind === "InitConfiguration");
  const own = [cluster, init].filter((document) => document !== undefined);
  for (const { gvk } of own) requireSupportedVersion(gvk, events, options);
  const read = readCluster(cluster, events, options);
  const configuration = readInit(init, events, options);
  for (const document of documents) {
    if (own.includes(document) || isComponentGroup(document.gvk.group)) continue;
    requireSupportedVersion(document.gvk, events, { ...options, allowsDeprecated: true });
    const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(document.gvk)}`;
    events.emit("warning", { area: "config", message });
  }
  if (own.length === 0) {
    const message = "no InitConfiguration or ClusterConfiguration kind was found in the configuration file";
    throw new KubeadmError("CONFIG_INVALID", message, {
      details: defined({ file: options.file }),
      remedy: "`kubeadm config print init-defaults` prints a complete file.",
    });
  }
  const { timeoutForControlPlane, ...rest } = read;
  return {
    ...rest,
    configuration: withControlPlaneTimeout(configuration, timeoutForControlPlane),
    components: componentsOf(documents, events, options),
  };
}

interface ReadCluster {
  readonly cluster: ClusterConfiguration;
  readonly hasBothEtcds: boolean;
  /** The field of v1beta3, in milliseconds. */
  readonly timeoutForControlPlane?: number;
}

function readCluster(document: ConfigurationDocument | undefined, events: Events, policy: DecodingPolicy): ReadCluster {
  if (document === undefined) return { cluster: clusterConfigurationFromV1beta4({}), hasBothEtcds: false };
  switch (groupVersionOf(document.gvk)) {
    case v1GroupVersion: {
      const wire = decodeConfiguration(document, clusterConfigurationV1, events, policy) ?? {};
      return { cluster: clusterConfigurationFromV1beta4(wire), hasBothEtcds: hasBoth(wire) };
    }
    case v1beta4GroupVersion: {
      const wire = decodeConfiguration(document, clusterConfigurationV1beta4, events, policy) ?? {};
      return { cluster: clusterConfigurationFromV1beta4(wire), hasBothEtcds: hasBoth(wire) };
    }
    case v1beta3GroupVersion: {
      const wire = decodeConfiguration(document, clusterConfigurationV1beta3, events, policy) ?? {};
      const timeoutForControlPlane = wire.apiServer?.timeoutForControlPlane ?? 0;
      return {
        cluster: clusterConfigurationFromV1beta3(wire),
        hasBothEtcds: hasBoth(wire),
        ...(timeoutForControlPlane === 0 ? {} : { timeoutForControlPlane }),
      };
    }
    default:
      throw unregisteredKind(document.gvk);
  }
}

function hasBoth({ etcd }: { readonly etcd?: ClusterConfigurationV1beta4["etcd"] | object }): boolean {
  return etcd !== undefined && "local" in etcd && "external" in etcd;
}

function readInit(
  document: ConfigurationDocument | undefined,
  events: Events,
  policy: DecodingPolicy,
): WrittenInitConfiguration {
  if (document === undefined) return initConfigurationFromV1beta4({});
  switch (groupVersionOf(document.gvk)) {
    case v1GroupVersion:
      return initConfigurationFromV1beta4(decodeConfiguration(document, initConfigurationV1, events, policy) ?? {});
    case v1beta4GroupVersion:
      return initConfigurationFromV1beta4(
        decodeConfiguration(document, initConfigurationV1beta4, events, policy) ?? {},
      );
    case v1beta3GroupVersion:
      return initConfigurationFromV1beta3(
        decodeConfiguration(document, initConfigurationV1beta3, events, policy) ?? {},
      );
    default:
      throw unregisteredKind(document.gvk);
  }
}

/** v1beta3 has this timeout in the ClusterConfiguration, v1beta4 in the InitConfiguration. */
function withControlPlaneTimeout(
  configuration: WrittenInitConfiguration,
  milliseconds: number | undefined,
): WrittenInitConfiguration {
  if (milliseconds === undefined) return configuration;
  const timeouts = { ...configuration.timeouts, controlPlaneComponentHealthCheck: milliseconds };
  return { ...configuration, timeouts };
}

/** Finds a field in both documents, whose fields have different names. */
function locationsOf(documents: readonly ConfigurationDocument[]): FieldLocations {
  const own = documents.filter(({ gvk }) => ["ClusterConfiguration", "InitConfiguration"].includes(gvk.kind));
  const file = own[0]?.locations.file;
  return {
    ...defined({ file }),
    lineOf: (path) => {
      const [field = ""] = path.split(/[.[]/);
      const document = own.find(({ content }) => entryOf(content, field) !== undefined) ?? own[0];
      return document?.locations.lineOf(path);
    },
  };
}
