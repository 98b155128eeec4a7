import { KubeadmError } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import type { Events } from "../../events/events.ts";
import { type ConfigurationPorts, completeJoinConfiguration } from "../apis/complete-join-configuration.ts";
import { type ConfigurationDocument, configurationDocuments } from "../apis/configuration-documents.ts";
import { defaultCriSocket, detectCriSocket, withSocketScheme } from "../apis/cri-socket.ts";
import { decodeConfiguration } from "../apis/decode-configuration.ts";
import { formatDuration } from "../apis/duration.ts";
import { invalidConfiguration } from "../apis/field-error.ts";
import { formatGvk, formatGvkAsGo, type GroupVersionKind, groupVersionOf } from "../apis/group-version-kind.ts";
import { decodeJoinConfiguration } from "../apis/load-join-configuration.ts";
import {
  resetConfigurationFromV1beta4,
  resetConfigurationV1beta4,
  validateResetConfiguration,
} from "../apis/reset-configuration.ts";
import {
  isKnownVersion,
  requireCurrentVersion,
  requireSupportedVersion,
  type VersionPolicy,
} from "../apis/supported-version.ts";
import { defaultTimeouts } from "../apis/timeouts.ts";
import { v1beta4GroupVersion } from "../apis/v1beta4.ts";
import { writeJoinConfiguration } from "../apis/write-join-configuration.ts";
import { type WritableMap, writeYaml } from "../yaml/write-yaml.ts";

export interface ConversionOptions extends VersionPolicy {
  readonly file: string;
  /** Otherwise containerd's default socket is assumed where the file names none. */
  readonly detectsCriSocket: boolean;
}

interface Conversion {
  readonly options: ConversionOptions;
  readonly ports: ConfigurationPorts;
}

/** What is read in full. The kinds of `init` and `upgrade` come with those commands. */
const convertedKinds: readonly string[] = ["JoinConfiguration", "ResetConfiguration"];
const kubeadmKinds: readonly string[] = [
  ...convertedKinds,
  "InitConfiguration",
  "ClusterConfiguration",
  "UpgradeConfiguration",
];
const kubeadmVersions: readonly string[] = [v1beta4GroupVersion, "kubeadm.k8s.io/v1"];
const components: readonly string[] = [
  "kubelet.config.k8s.io/v1beta1, Kind=KubeletConfiguration",
  "kubeproxy.config.k8s.io/v1alpha1, Kind=KubeProxyConfiguration",
];

/**
 * Reads all kubeadm documents of a configuration file strictly, completes and validates them, and gives them in the
 * current version, in the order in which upstream writes them. Documents for components are passed over.
 */
export async function convertConfiguration(
  text: string,
  options: ConversionOptions,
  ports: ConfigurationPorts,
): Promise<readonly Secret[]> {
  const documents = configurationDocuments(text, options.file);
  requireKnown(documents.map(({ gvk }) => gvk));
  requireConverted(documents, ports.events, options);
  const written: Secret[] = [];
  for (const kind of convertedKinds) {
    const document = documents.find(({ gvk }) => gvk.kind === kind);
    if (document === undefined) continue;
    tellIgnored(documents, kind, ports.events);
    const convert = kind === "JoinConfiguration" ? convertJoin : convertReset;
    written.push(await convert(document, { options, ports }));
  }
  return written;
}

/** Versions of old are known too: what is wrong with them is told when they are read. */
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

function requireConverted(documents: readonly ConfigurationDocument[], events: Events, policy: VersionPolicy): void {
  for (const { gvk } of documents) {
    if (!kubeadmKinds.includes(gvk.kind) || convertedKinds.includes(gvk.kind)) continue;
    requireCurrentVersion(gvk, events, policy);
    throw new KubeadmError(
      "CONFIG_UNSUPPORTED",
      `this program does not check or convert documents of kind ${gvk.kind}`,
      {
        details: { apiVersion: groupVersionOf(gvk), kind: gvk.kind },
        remedy: `Use upstream's kubeadm for this file, or put its ${convertedKinds.join(" and ")} into a file of their own.`,
      },
    );
  }
}

function tellIgnored(documents: readonly ConfigurationDocument[], kind: string, events: Events): void {
  for (const { gvk } of documents) {
    if (gvk.kind === kind) continue;
    const message = `WARNING: Ignored configuration document with GroupVersionKind ${formatGvk(gvk)}`;
    events.emit("warning", { area: "config", message });
  }
}

async function convertJoin(document: ConfigurationDocument, { options, ports }: Conversion): Promise<Secret> {
  requireSupportedVersion(document.gvk, ports.events, options);
  const configuration = decodeJoinConfiguration(document, ports.events, { isStrict: true });
  const { detectsCriSocket } = options;
  return writeJoinConfiguration(
    await completeJoinConfiguration(configuration, { detectsCriSocket, locations: document.locations }, ports),
  );
}

async function convertReset(document: ConfigurationDocument, { options, ports }: Conversion): Promise<Secret> {
  requireSupportedVersion(document.gvk, ports.events, options);
  const wire = decodeConfiguration(document, resetConfigurationV1beta4, ports.events, { isStrict: true }) ?? {};
  const written = resetConfigurationFromV1beta4(wire);
  const configuration = { ...written, criSocket: await criSocketOf(written.criSocket, { options, ports }) };
  const errors = validateResetConfiguration(configuration);
  if (errors.length > 0) throw invalidConfiguration(errors, document.locations);
  const timeouts = Object.entries({ ...defaultTimeouts, ...wire.timeouts });
  return new Secret(
    writeYaml({
      apiVersion: v1beta4GroupVersion,
      kind: "ResetConfiguration",
      ...withoutEmpty({ ...configuration }),
      timeouts: Object.fromEntries(timeouts.map(([name, milliseconds]) => [name, formatDuration(milliseconds)])),
    }),
  );
}

async function criSocketOf(configured: string, { options, ports }: Conversion): Promise<string> {
  if (configured !== "") return withSocketScheme(configured, ports.events);
  return options.detectsCriSocket ? detectCriSocket(ports.network, ports) : defaultCriSocket;
}

/** Without what Go leaves out: empty texts and lists, false. */
function withoutEmpty(fields: WritableMap): WritableMap {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== "" && value !== false && !(Array.isArray(value) && value.length === 0),
    ),
  );
}
