import { addressAt, parseCidrList } from "../../addresses/cidr.ts";
import { formatIp } from "../../addresses/ip-address.ts";
import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import type { JsonObject, JsonValue } from "../../values/json.ts";
import { kubeletFields } from "../config/components/common-fields.ts";

/**
 * kubelet.config.k8s.io/v1beta1. Only the fields that kubeadm sets are named here; the rest is passed on as it is in
 * the cluster.
 */
export type KubeletConfiguration = JsonObject;

const apiVersion = "kubelet.config.k8s.io/v1beta1";
const kind = "KubeletConfiguration";

export function decodeKubeletConfiguration(text: string): KubeletConfiguration {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid("the kubelet configuration is not an object");
  }
  const configuration = value as JsonObject;
  if (configuration["kind"] !== kind || configuration["apiVersion"] !== apiVersion) {
    const found = JSON.stringify(configuration["apiVersion"] ?? "");
    throw invalid(
      `unsupported apiVersion ${found}, you may have to do manual conversion to "${apiVersion}" and run kubeadm again`,
    );
  }
  return configuration;
}

function parse(text: string): JsonValue {
  try {
    return toJson(readYaml(text));
  } catch (error) {
    throw invalid(`error converting YAML to JSON: ${messageOf(error)}`, error);
  }
}

function invalid(message: string, cause?: unknown): KubeadmError {
  return new KubeadmError("CLUSTER_READ_FAILED", message, { cause });
}

export interface ClusterFacts {
  /** certificatesDir of the ClusterConfiguration. */
  readonly certificatesDirectory: string;
  /** "10.96.0.0/12", or two subnets separated by a comma. */
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
}

/**
 * Returns the configuration with kubeadm's defaults for unset fields (upstream: componentconfigs/kubelet.go). Values
 * that differ from the recommended ones are kept, with a warning; only rotateCertificates is forced.
 */
export function withKubeadmDefaults(
  configuration: KubeletConfiguration,
  cluster: ClusterFacts,
  events: Events,
): KubeletConfiguration {
  const recommended: JsonObject = {
    staticPodPath: "/etc/kubernetes/manifests",
    clusterDNS: clusterDns(cluster.serviceSubnet),
    clusterDomain: cluster.dnsDomain,
    authentication: {
      x509: { clientCAFile: `${cluster.certificatesDirectory}/ca.crt` },
      anonymous: { enabled: false },
      webhook: { enabled: true },
    },
    authorization: { mode: "Webhook" },
    healthzBindAddress: "127.0.0.1",
    healthzPort: 10248,
  };
  const advised = completed(configuration, recommended, (path, given, wanted) => {
    const [want, have] = [wanted, given].map((value) =>
      Array.isArray(value) ? `[${value.join(" ")}]` : String(value),
    );
    const message = `The recommended value for "${path}" in "KubeletConfiguration" is: ${want}; the provided value is: ${have}`;
    events.emit("warning", { message });
  });
  const readOnlyPort = configuration["readOnlyPort"];
  if (readOnlyPort !== undefined && readOnlyPort !== 0) {
    const message = `The recommended value for "readOnlyPort" in "KubeletConfiguration" is: 0; the provided value is: ${readOnlyPort}`;
    events.emit("warning", { message });
  }
  const cgroupDriver =
    advised["cgroupDriver"] === undefined || advised["cgroupDriver"] === "" ? "systemd" : advised["cgroupDriver"];
  return completed({ ...advised, cgroupDriver, rotateCertificates: true }, kubeletFields.zero, () => undefined);
}

/** Upstream's default, for a subnet that is not one, or that is too small. */
const defaultClusterDns = "10.96.0.10";

function clusterDns(serviceSubnet: string): readonly string[] {
  const [first] = parseCidrList(serviceSubnet) ?? [];
  const address = first === undefined ? undefined : addressAt(first, 10);
  return [address === undefined ? defaultClusterDns : formatIp(address)];
}

type Differs = (path: string, given: JsonValue, wanted: JsonValue) => void;

/** Returns `value` with missing fields taken from `defaults`, at every level of objects. */
function completed(value: JsonObject, defaults: JsonObject, differs: Differs, prefix = ""): JsonObject {
  const result: Record<string, JsonValue> = { ...value };
  for (const [key, wanted] of Object.entries(defaults)) {
    const given = value[key];
    const path = prefix + key;
    if (isObject(wanted)) {
      result[key] = completed(isObject(given) ? given : {}, wanted, differs, `${path}.`);
    } else if (isUnset(given)) {
      result[key] = wanted;
    } else if (JSON.stringify(given) !== JSON.stringify(wanted)) {
      differs(path, given ?? null, wanted);
    }
  }
  return result;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isUnset(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Returns the content of config.yaml: keys sorted at every level, as upstream's conversion through JSON sorts them. */
export function writeKubeletConfiguration(configuration: KubeletConfiguration): string {
  return writeYaml(configuration);
}
