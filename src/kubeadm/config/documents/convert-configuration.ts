import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { Secret } from "../../../errors/secret.ts";
import type { Events } from "../../../events/events.ts";
import { writeYaml } from "../../../go/yaml/write-yaml.ts";
import {
  formatGvk,
  formatGvkAsGo,
  type GroupVersionKind,
  groupVersionOf,
} from "../../../kubernetes/group-version-kind.ts";
import { writeClusterConfiguration } from "../cluster/write-cluster-configuration.ts";
import { defaultCriSocket, detectCriSocket, withSocketScheme } from "../fields/cri-socket.ts";
import { defaultTimeouts } from "../fields/timeouts.ts";
import { resolveInitDocuments } from "../init/load-init-configuration.ts";
import { writeInitConfiguration } from "../init/write-init-configuration.ts";
import { type ConfigurationPorts, completeJoinConfiguration } from "../join/complete-join-configuration.ts";
import { decodeJoinConfiguration } from "../join/load-join-configuration.ts";
import { writeJoinConfiguration } from "../join/write-join-configuration.ts";
import {
  resetConfigurationFromV1beta4,
  resetConfigurationV1beta4,
  validateResetConfiguration,
} from "../reset/reset-configuration.ts";
import {
  upgradeConfigurationV1beta4,
  validateUpgradeConfiguration,
  withUpgradeDefaults,
} from "../upgrade/upgrade-configuration.ts";
import { v1GroupVersion } from "../versions/v1.ts";
import { v1beta4GroupVersion } from "../versions/v1beta4.ts";
import { nonEmpty, timeoutsToWire } from "../versions/wire-form.ts";
import { type ConfigurationDocument, configurationDocuments } from "./configuration-documents.ts";
import { decodeConfiguration } from "./decode-configuration.ts";
import { invalidConfiguration } from "./field-error.ts";
import { isKnownVersion, requireSupportedVersion, type VersionPolicy } from "./supported-version.ts";

export interface ConversionOptions extends VersionPolicy {
  readonly file: string;
  /** If false, containerd's default socket is used when the file has none. */
  readonly detectsCriSocket: boolean;
}

interface Conversion {
  readonly options: ConversionOptions;
  readonly ports: ConfigurationPorts;
}

type Convert = (document: ConfigurationDocument, conversion: Conversion) => Promise<Secret>;

/**
 * Kinds that are converted independently, in the order in which upstream writes them after InitConfiguration and
 * ClusterConfiguration.
 */
const conversions: Readonly<Record<string, Convert>> = {
  JoinConfiguration: convertJoin,
  ResetConfiguration: convertReset,
  UpgradeConfiguration: convertUpgrade,
};
const initKinds: readonly string[] = ["InitConfiguration", "ClusterConfiguration"];
const kubeadmKinds: readonly string[] = [...initKinds, ...Object.keys(conversions)];
const kubeadmVersions: readonly string[] = [v1beta4GroupVersion, v1GroupVersion];
const components: readonly string[] = [
  "kubelet.config.k8s.io/v1beta1, Kind=KubeletConfiguration",
  "kubeproxy.config.k8s.io/v1alpha1, Kind=KubeProxyConfiguration",
];

/**
 * Strictly reads all kubeadm documents of a configuration file, completes and validates them, and returns them in the
 * current version, in upstream's order. InitConfiguration and ClusterConfiguration are returned together even if the
 * file has only one of them; component configurations are checked but not returned.
 */
export async function convertConfiguration(
  text: string,
  options: ConversionOptions,
  ports: ConfigurationPorts,
): Promise<readonly Secret[]> {
  const documents = configurationDocuments(text, options.file);
  requireKnown(documents.map(({ gvk }) => gvk));
  const written: Secret[] = [];
  if (documents.some(({ gvk }) => initKinds.includes(gvk.kind))) {
    const { configuration, cluster } = await resolveInitDocuments(documents, { ...options, isStrict: true }, ports);
    written.push(writeInitConfiguration(configuration), new Secret(writeClusterConfiguration(cluster)));
  }
  for (const [kind, convert] of Object.entries(conversions)) {
    const document = documents.find(({ gvk }) => gvk.kind === kind);
    if (document === undefined) continue;
    warnOfIgnored(documents, kind, ports.events);
    requireSupportedVersion(document.gvk, ports.events, options);
    written.push(await convert(document, { options, ports }));
  }
  return written;
}

/** Throws for unknown configuration APIs. Old versions pass here; reading them reports their errors. */
function requireKnown(gvks: readonly GroupVersionKind[]): void {
  const unknown = gvks.filter(
    (gvk) =>
      !components.includes(formatGvk(gvk)) &&
      !isKnownVersion(groupVersionOf(gvk)) &&
      !(kubeadmVersions.includes(groupVersionOf(gvk)) && kubeadmKinds.includes(gvk.kind)),
  );
  if (unknown.length === 0) return;
  const list = unknown.map(formatGvkAsGo).join(", ");
  throw new KubeadmError("CONFIG_INVALID", `unknown configuration APIs: []schema.GroupVersionKind{${list}}`, {
    remedy: `Write apiVersion: ${v1beta4GroupVersion}, and one of the kinds ${kubeadmKinds.join(", ")}.`,
  });
}

function warnOfIgnored(documents: readonly ConfigurationDocument[], kind: string, events: Events): void {
  for (const { gvk } of documents) {
    if (gvk.kind === kind) continue;
    const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(gvk)}`;
    events.emit("warning", { area: "config", message });
  }
}

async function convertJoin(document: ConfigurationDocument, { options, ports }: Conversion): Promise<Secret> {
  const configuration = decodeJoinConfiguration(document, ports.events, { isStrict: true });
  const { detectsCriSocket } = options;
  return writeJoinConfiguration(
    await completeJoinConfiguration(configuration, { detectsCriSocket, locations: document.locations }, ports),
  );
}

async function convertReset(document: ConfigurationDocument, { options, ports }: Conversion): Promise<Secret> {
  const wire = decodeConfiguration(document, resetConfigurationV1beta4, ports.events, { isStrict: true }) ?? {};
  const written = resetConfigurationFromV1beta4(wire);
  const configuration = { ...written, criSocket: await criSocketOf(written.criSocket, { options, ports }) };
  const errors = validateResetConfiguration(configuration);
  if (errors.length > 0) throw invalidConfiguration(errors, document.locations);
  return new Secret(
    writeYaml({
      apiVersion: v1beta4GroupVersion,
      kind: "ResetConfiguration",
      ...nonEmpty({ ...configuration }),
      timeouts: timeoutsToWire({ ...defaultTimeouts, ...wire.timeouts }),
    }),
  );
}

async function criSocketOf(configured: string, { options, ports }: Conversion): Promise<string> {
  if (configured !== "") return withSocketScheme(configured, ports.events);
  return options.detectsCriSocket ? detectCriSocket(ports.network, ports) : defaultCriSocket;
}

async function convertUpgrade(document: ConfigurationDocument, { ports }: Conversion): Promise<Secret> {
  const written = decodeConfiguration(document, upgradeConfigurationV1beta4, ports.events, { isStrict: true }) ?? {};
  const configuration = withUpgradeDefaults(written);
  const errors = validateUpgradeConfiguration(configuration);
  if (errors.length > 0) throw invalidConfiguration(errors, document.locations);
  return new Secret(writeYaml({ ...configuration, apiVersion: v1beta4GroupVersion, kind: "UpgradeConfiguration" }));
}
