import { isList, isObject, type JsonObject, type JsonValue, jsonEquals, objectOf } from "../../values/json.ts";
import { imageTag } from "../image-name.ts";
import { decodePod } from "./decode-pod.ts";

/**
 * Reports whether the kubelet takes two manifests for the same Pod, so that it does not restart it. Like the kubelet this
 * compares after setting defaults; unknown fields, empty fields and the spelling of quantities do not matter either.
 * Upstream compares without defaults, and waits five minutes for a restart that never comes. Throws PodError.
 */
export function isSamePod(left: JsonObject, right: JsonObject): boolean {
  return jsonEquals(defaultedPod(left), defaultedPod(right));
}

/**
 * Returns what a static Pod means to the kubelet: with the defaults, and without its status, unknown fields and empty ones.
 * Throws PodError if it is not a Pod.
 */
export function defaultedPod(document: JsonObject): JsonValue {
  const { status: _, ...pod } = decodePod(document).pod;
  const { creationTimestamp: __, ...metadata } = objectOf(pod["metadata"]);
  const namespaced = { namespace: "default", ...metadata };
  return withoutEmpty({ ...pod, metadata: namespaced, spec: defaultedSpec(objectOf(pod["spec"])) });
}

/** The defaults of core/v1 (upstream: pkg/apis/core/v1 defaults.go), as far as a static Pod can have the field. */
function defaultedSpec(spec: JsonObject): JsonObject {
  const isOnHost = spec["hostNetwork"] === true;
  const containers = (name: string) =>
    listOf(spec[name]).map((container) => defaultedContainer(objectOf(container), isOnHost));
  return {
    dnsPolicy: "ClusterFirst",
    restartPolicy: "Always",
    schedulerName: "default-scheduler",
    terminationGracePeriodSeconds: 30,
    enableServiceLinks: true,
    ...spec,
    containers: containers("containers"),
    initContainers: containers("initContainers"),
    volumes: listOf(spec["volumes"]).map((volume) => defaultedVolume(objectOf(volume))),
  };
}

function defaultedContainer(container: JsonObject, isOnHost: boolean): JsonObject {
  return {
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: pullPolicyOf(container["image"]),
    ...container,
    ports: listOf(container["ports"]).map((port) => ({
      protocol: "TCP",
      ...(isOnHost ? { hostPort: objectOf(port)["containerPort"] ?? 0 } : {}),
      ...objectOf(port),
    })),
    env: listOf(container["env"]).map((variable) => defaultedVariable(objectOf(variable))),
    resources: defaultedResources(objectOf(container["resources"])),
    livenessProbe: defaultedProbe(container["livenessProbe"]),
    readinessProbe: defaultedProbe(container["readinessProbe"]),
    startupProbe: defaultedProbe(container["startupProbe"]),
    lifecycle: defaultedLifecycle(container["lifecycle"]),
  };
}

/** A tag that is missing means "latest"; an image that only a digest names has no tag. */
function pullPolicyOf(image: JsonValue | undefined): string {
  const name = typeof image === "string" ? image : "";
  const tag = imageTag(name) || (name.includes("@") ? "" : "latest");
  return tag === "latest" ? "Always" : "IfNotPresent";
}

/** A resource with a limit and without a request requests its limit. */
function defaultedResources(resources: JsonObject): JsonObject {
  return { ...resources, requests: { ...objectOf(resources["limits"]), ...objectOf(resources["requests"]) } };
}

function defaultedVariable(variable: JsonObject): JsonObject {
  const source = objectOf(variable["valueFrom"]);
  if (!isObject(source["fieldRef"])) return variable;
  return { ...variable, valueFrom: { ...source, fieldRef: { apiVersion: "v1", ...source["fieldRef"] } } };
}

function defaultedProbe(probe: JsonValue | undefined): JsonValue {
  if (!isObject(probe)) return null;
  const defaults = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  return { ...defaults, ...withDefaultedRequest(probe) };
}

function defaultedLifecycle(lifecycle: JsonValue | undefined): JsonValue {
  if (!isObject(lifecycle)) return null;
  return Object.fromEntries(
    Object.entries(lifecycle).map(([name, handler]) => [
      name,
      isObject(handler) ? withDefaultedRequest(handler) : handler,
    ]),
  );
}

function withDefaultedRequest(handler: JsonObject): JsonObject {
  const request = handler["httpGet"];
  return isObject(request) ? { ...handler, httpGet: { path: "/", scheme: "HTTP", ...request } } : handler;
}

function defaultedVolume(volume: JsonObject): JsonObject {
  const withMode = (source: string) =>
    isObject(volume[source]) ? { [source]: { defaultMode: 0o644, ...volume[source] } } : {};
  return { ...volume, ...withMode("projected"), ...withMode("downwardAPI") };
}

/** Without null, empty text, lists and objects: Go does not write what is empty, and the kubelet does not use it. */
function withoutEmpty(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, child]) => [name, withoutEmpty(child)] as const);
  return Object.fromEntries(entries.filter(([, child]) => !isEmpty(child)));
}

function isEmpty(value: JsonValue): boolean {
  if (value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return isList(value) ? value : [];
}
