import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import type { Files } from "../../host/host.ts";
import type { Decoded } from "../yaml/schema.ts";
import { parseBootstrapToken } from "./bootstrap-token.ts";
import { type ClusterConfiguration, clusterConfigurationFromV1beta4 } from "./cluster-configuration.ts";
import { type ConfigurationDocument, configurationDocuments } from "./configuration-documents.ts";
import { decodeConfiguration } from "./decode-configuration.ts";
import { invalidConfiguration } from "./field-error.ts";
import { formatGvk } from "./group-version-kind.ts";
import {
  type BootstrapTokenSpec,
  initConfigurationV1beta4,
  validateBootstrapTokens,
  writtenTokensFrom,
} from "./init-configuration.ts";
import { readConfigurationFile } from "./load-join-configuration.ts";
import { requireCurrentVersion } from "./supported-version.ts";
import { clusterConfigurationV1beta4 } from "./v1beta4.ts";

export interface LoadedInitConfiguration {
  readonly bootstrapTokens: readonly BootstrapTokenSpec[];
  readonly cluster: ClusterConfiguration;
  /** "" where the file names none. */
  readonly criSocket: string;
}

export interface InitConfigurationPorts {
  readonly files: Pick<Files, "readText" | "status">;
  readonly events: Events;
}

/** Groups whose documents may stand beside kubeadm's own. */
const componentGroups: readonly string[] = ["kubelet.config.k8s.io", "kubeproxy.config.k8s.io"];

/**
 * What a file for `kubeadm init` says of bootstrap tokens and of the cluster. The tokens are validated; the rest is
 * decoded and defaulted, since nothing is made of it here but names of images.
 */
export async function loadInitConfiguration(
  file: string,
  ports: InitConfigurationPorts,
): Promise<LoadedInitConfiguration> {
  const documents = configurationDocuments(await readConfigurationFile(file, ports), file);
  const init = documents.find(({ gvk }) => gvk.kind === "InitConfiguration");
  const cluster = documents.find(({ gvk }) => gvk.kind === "ClusterConfiguration");
  for (const document of documents) {
    if (document !== init && document !== cluster && !componentGroups.includes(document.gvk.group)) {
      const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(document.gvk)}`;
      ports.events.emit("warning", { area: "config", message });
    }
  }
  if (init === undefined && cluster === undefined) {
    const message = "no InitConfiguration or ClusterConfiguration kind was found in the configuration file";
    throw new KubeadmError("CONFIG_INVALID", message, { details: { file } });
  }
  const wire = initOf(init, ports.events);
  return {
    bootstrapTokens: tokensOf(wire, init),
    cluster: clusterOf(cluster, ports.events),
    criSocket: wire.nodeRegistration?.criSocket ?? "",
  };
}

function initOf(document: ConfigurationDocument | undefined, events: Events): Decoded<typeof initConfigurationV1beta4> {
  if (document === undefined) return {};
  requireCurrentVersion(document.gvk, events);
  return decodeConfiguration(document, initConfigurationV1beta4, events) ?? {};
}

function tokensOf(
  wire: Decoded<typeof initConfigurationV1beta4>,
  document: ConfigurationDocument | undefined,
): readonly BootstrapTokenSpec[] {
  const written = writtenTokensFrom(wire);
  for (const { text } of written) if (text !== undefined) parseBootstrapToken(text);
  const errors = validateBootstrapTokens(written);
  if (errors.length > 0) throw invalidConfiguration(errors, document?.locations);
  return written.map(({ text, hasExpiration: _, ...spec }) =>
    text === undefined ? spec : { ...spec, token: parseBootstrapToken(text) },
  );
}

function clusterOf(document: ConfigurationDocument | undefined, events: Events): ClusterConfiguration {
  if (document === undefined) return clusterConfigurationFromV1beta4({});
  requireCurrentVersion(document.gvk, events);
  return clusterConfigurationFromV1beta4(decodeConfiguration(document, clusterConfigurationV1beta4, events) ?? {});
}
