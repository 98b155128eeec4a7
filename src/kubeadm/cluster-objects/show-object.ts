import type { KubernetesObject } from "../../cluster/cluster.ts";
import { maskSecrets } from "../../errors/mask-secrets.ts";
import { type WritableMap, writeYaml } from "../../go/yaml/write-yaml.ts";

/** The non-secret keys of a bootstrap token's Secret. */
const publicKeys = /^(token-id|description|expiration|auth-extra-groups|usage-bootstrap-.+)$/;

/**
 * Returns an object, or a list of objects, as YAML for a dry run, as the API types write it. Secret values are omitted,
 * because the output may end up in a log.
 */
export function shownObject(object: KubernetesObject): string {
  return maskSecrets(writeYaml(shown(object as WritableMap)));
}

function shown(object: WritableMap): WritableMap {
  const { items } = object;
  if (Array.isArray(items)) return { ...object, items: items.map((item) => shown(item as WritableMap)) };
  const whole = withZeroValues(object);
  const data = mapIn(whole, "data");
  return object["kind"] === "Secret" && data !== undefined ? { ...whole, data: withoutSecrets(data) } : whole;
}

function withoutSecrets(data: WritableMap): WritableMap {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, publicKeys.test(key) || value === "" ? value : "[redacted]"]),
  );
}

/** Adds fields that Go writes even if they are empty. */
function withZeroValues(object: WritableMap): WritableMap {
  switch (object["kind"]) {
    case "Service":
      return { ...object, status: { loadBalancer: {}, ...mapIn(object, "status") } };
    case "Deployment":
      return { ...withContainerResources(object), status: { ...mapIn(object, "status") } };
    case "DaemonSet":
      return { ...withContainerResources(object), status: { ...emptyDaemonSetStatus, ...mapIn(object, "status") } };
    case "Node":
      return {
        ...object,
        spec: { ...mapIn(object, "spec") },
        status: { ...emptyNodeStatus, ...mapIn(object, "status") },
      };
    default:
      return object;
  }
}

const emptyDaemonSetStatus: WritableMap = {
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
};

const emptyNodeStatus: WritableMap = {
  daemonEndpoints: { kubeletEndpoint: { Port: 0 } },
  nodeInfo: {
    architecture: "",
    bootID: "",
    containerRuntimeVersion: "",
    kernelVersion: "",
    kubeProxyVersion: "",
    kubeletVersion: "",
    machineID: "",
    operatingSystem: "",
    osImage: "",
    systemUUID: "",
  },
};

function withContainerResources(workload: WritableMap): WritableMap {
  const spec = mapIn(workload, "spec");
  const template = spec && mapIn(spec, "template");
  const pod = template && mapIn(template, "spec");
  const containers = pod?.["containers"];
  if (!Array.isArray(containers)) return workload;
  const completed = containers.map((container) => ({ resources: {}, ...(container as WritableMap) }));
  return { ...workload, spec: { ...spec, template: { ...template, spec: { ...pod, containers: completed } } } };
}

function mapIn(object: WritableMap, field: string): WritableMap | undefined {
  const value = object[field];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as WritableMap) : undefined;
}
