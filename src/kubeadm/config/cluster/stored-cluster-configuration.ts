import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import { cleanPath } from "../../../go/clean-path.ts";
import { JsonError, looksLikeJson, readJson } from "../../../go/json/read-json.ts";
import { entryOf, lineOf, type YamlNode } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { SeparatorError, splitDocuments } from "../../../go/yaml/split-documents.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import { formatGvkAsGo } from "../../../kubernetes/group-version-kind.ts";
import { withLeadingV } from "../../../kubernetes/semantic-version.ts";
import type { ConfigurationDocument } from "../documents/configuration-documents.ts";
import { decodeConfiguration } from "../documents/decode-configuration.ts";
import { endpointWithPort } from "../fields/control-plane-endpoint.ts";
import { clusterConfigurationV1, v1GroupVersion } from "../versions/v1.ts";
import { clusterConfigurationV1beta4, v1beta4GroupVersion } from "../versions/v1beta4.ts";
import { type ClusterConfiguration, ciPrefix, clusterConfigurationFromV1beta4 } from "./cluster-configuration.ts";

const kind = "ClusterConfiguration";
const group = "kubeadm.k8s.io";
const versions: readonly string[] = [v1beta4GroupVersion, v1GroupVersion];
const otherKinds: readonly string[] = [
  ...["InitConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration"],
];
const gvk = { group, version: "v1beta4", kind };

/** The port of API servers by default, whatever this machine's own has. */
const defaultPort = 6443;

/**
 * Reads what `kubeadm init` stored, with defaults; unknown fields are warnings. Of the values only those are checked that
 * nothing works without: the cluster is running with it. Whatever keeps it from being read is a warning first, same as
 * upstream, because someone has edited it.
 */
export function decodeClusterConfiguration(text: string, events: Events): ClusterConfiguration {
  const document = storedDocument(text, events);
  const isV1 = textAt(document.content, "apiVersion") === v1GroupVersion;
  const configuration = clusterConfigurationFromV1beta4(
    decoded(() =>
      isV1
        ? decodeConfiguration(document, clusterConfigurationV1, events)
        : decodeConfiguration(document, clusterConfigurationV1beta4, events),
    ) ?? {},
  );
  const { kubernetesVersion } = configuration;
  return {
    ...configuration,
    isCi: kubernetesVersion.startsWith(ciPrefix),
    // Image tags have a leading v, even if a user edited the configuration and left it out.
    kubernetesVersion: withLeadingV(kubernetesVersion.replace(ciPrefix, "")),
    certificatesDir: cleanPath(configuration.certificatesDir),
    controlPlaneEndpoint: endpointWithPort(configuration.controlPlaneEndpoint, defaultPort),
    apiServer: {
      ...configuration.apiServer,
      certSANs: configuration.apiServer.certSANs.map((name) => name.toLowerCase()),
    },
  };
}

/** The one document of the text, whose kind goes without saying. */
function storedDocument(text: string, events: Events): ConfigurationDocument {
  const warn = (problem: string) => {
    events.emit("warning", { message: `error unmarshaling configuration ${formatGvkAsGo(gvk)}: ${problem}` });
  };
  const { content, json } = readText(text, warn);
  const problem = typeProblem(content);
  if (problem !== undefined) {
    // A kind that there is could be decoded, but not as this one.
    if (!problem.startsWith("converting ")) warn(problem);
    throw undecodable(problem);
  }
  if (textAt(content, "apiVersion") === "") throw unversioned();
  const locations = { lineOf: (path: string) => lineOf(content, path) };
  return { gvk, content, locations, linesBefore: 0, ...(json === undefined ? {} : { json }) };
}

function readText(text: string, warn: (problem: string) => void): { content: YamlNode; json?: YamlNode | JsonError } {
  const json = looksLikeJson(text) ? parseJson(text) : undefined;
  try {
    const content = readYaml(splitDocuments(text)[0]?.text ?? "");
    return json === undefined ? { content } : { content, json };
  } catch (error) {
    if (!(error instanceof YamlError) && !(error instanceof SeparatorError)) throw error;
    warn(error.message);
    throw undecodable(json instanceof JsonError ? `${unreadable}: ${json.message}` : error.message);
  }
}

function parseJson(text: string): YamlNode | JsonError {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

const unreadable = "couldn't get version/kind; json parse error";

/** Says why the content is no ClusterConfiguration of a known version. Without an apiVersion, its kind does not matter. */
function typeProblem(content: YamlNode): string | undefined {
  if (content.kind === "list" || (content.kind === "scalar" && content.value !== null)) {
    const type = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;
    return `${unreadable}: json: cannot unmarshal ${jsonType(content)} into Go value of type ${type}`;
  }
  for (const key of ["apiVersion", "kind"]) {
    const value = entryOf(content, key);
    if (value === undefined || (value.kind === "scalar" && ["string", "object"].includes(typeof value.value))) continue;
    return `${unreadable}: json: cannot unmarshal ${jsonType(value)} into Go struct field .${key} of type string`;
  }
  const apiVersion = textAt(content, "apiVersion");
  const named = textAt(content, "kind") || kind;
  if (apiVersion === "" || (versions.includes(apiVersion) && named === kind)) return undefined;
  if (versions.includes(apiVersion) && otherKinds.includes(named)) {
    const version = apiVersion.slice(group.length + 1);
    return `converting (${version}.${named}) to (kubeadm.${kind}): unknown conversion`;
  }
  return `no kind "${named}" is registered for version "${apiVersion}"`;
}

function jsonType(node: YamlNode): string {
  if (node.kind === "map") return "object";
  if (node.kind === "list") return "array";
  return typeof node.value === "boolean" ? "bool" : typeof node.value;
}

function textAt(content: YamlNode, key: string): string {
  const value = content.kind === "map" ? entryOf(content, key) : undefined;
  return value?.kind === "scalar" && typeof value.value === "string" ? value.value : "";
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof KubeadmError && error.code === "CONFIG_INVALID") throw undecodable(error.message);
    throw error;
  }
}

const show = "`kubectl -n kube-system get configmap kubeadm-config -o yaml` shows it";

function undecodable(reason: string): KubeadmError {
  return new KubeadmError("CLUSTER_READ_FAILED", `failed to decode cluster configuration data: ${reason}`, {
    remedy: `Correct the key ${kind}: ${show}. \`kubeadm config migrate\` of the cluster's version converts an old one.`,
  });
}

/** Upstream then reads nothing of it, and fails at the first value that it needs. */
function unversioned(): KubeadmError {
  return new KubeadmError("CLUSTER_READ_FAILED", 'invalid version ""', {
    remedy: `The ${kind} that the cluster stores has no apiVersion and can't be read: add apiVersion: ${group}/v1beta4. ${show}.`,
  });
}
