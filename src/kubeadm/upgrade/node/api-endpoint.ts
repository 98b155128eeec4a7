import { pods } from "../../../cluster/resources.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { AddressError, isPort, splitHostPort } from "../../../go/host-port.ts";
import { goQuote } from "../../../go/quote.ts";
import { toJson } from "../../../go/yaml/node.ts";
import { readYaml } from "../../../go/yaml/read-yaml.ts";
import { YamlError } from "../../../go/yaml/yaml-error.ts";
import type { Files } from "../../../host/host.ts";
import { isObject, type JsonValue } from "../../../values/json.ts";
import { systemNamespace } from "../../cluster-objects/rbac.ts";
import { type ClusterWritePorts, persistently } from "../../cluster-objects/write-objects.ts";
import type { ApiEndpoint } from "../../config/join/join-configuration.ts";
import { endpointAnnotation } from "../../control-plane/api-server-pod.ts";
import { apiServerManifestPath } from "../../paths.ts";

/**
 * Returns the address and port of this machine's API server: from the annotation of its Pod or, if the Pod is not there,
 * of its manifest. Upstream waits a minute for the Pod and then fails.
 */
export async function readApiEndpoint(
  nodeName: string,
  ports: ClusterWritePorts & { readonly files: Pick<Files, "readText"> },
): Promise<ApiEndpoint> {
  const context = `failed to getAPIEndpoint: could not retrieve API endpoints for node ${goQuote(nodeName)} using pod annotations`;
  const words = { what: `Pods of kube-apiserver on ${nodeName}`, context: () => context };
  const options = {
    namespace: systemNamespace,
    labelSelector: "component=kube-apiserver,tier=control-plane",
    fieldSelector: `spec.nodeName=${nodeName}`,
  };
  const found = await persistently(words, ports, (cluster, signal) => cluster.list(pods, { ...options, signal }));
  const announced = found[0]?.metadata?.annotations?.[endpointAnnotation];
  if (announced !== undefined) return parsed(announced, nodeName);
  const written = annotationOf(await ports.files.readText(apiServerManifestPath));
  if (written === undefined) {
    const message = `${context}: no Pod of kube-apiserver on this node has the annotation ${endpointAnnotation}`;
    throw new KubeadmError("CLUSTER_READ_FAILED", message, {
      remedy: `Add the annotation ${endpointAnnotation}: ADDRESS:PORT to ${apiServerManifestPath}: the address that this API server advertises, and its port.`,
    });
  }
  const pod = `kube-apiserver-${nodeName}`;
  const message = `the Pod ${pod} is missing in the cluster or has no annotation ${endpointAnnotation}: the endpoint ${written} is taken from ${apiServerManifestPath}`;
  ports.events.emit("warning", { message });
  return parsed(written, nodeName);
}

function annotationOf(manifest: string): string | undefined {
  const metadata = fieldOf(parsedYaml(manifest), "metadata");
  const value = fieldOf(fieldOf(metadata, "annotations"), endpointAnnotation);
  return typeof value === "string" ? value : undefined;
}

function parsedYaml(text: string): JsonValue {
  try {
    return toJson(readYaml(text));
  } catch (error) {
    if (error instanceof YamlError) return null;
    throw error;
  }
}

function fieldOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isObject(value) ? value[name] : undefined;
}

function parsed(text: string, nodeName: string): ApiEndpoint {
  try {
    const { host, port } = splitHostPort(text);
    if (isPort(port)) return { advertiseAddress: host, bindPort: Number(port) };
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  const message = `could not parse API endpoint for node ${goQuote(nodeName)}: ${goQuote(text)} is not ADDRESS:PORT`;
  throw new KubeadmError("CLUSTER_READ_FAILED", message, {
    remedy: `Correct the annotation ${endpointAnnotation} in ${apiServerManifestPath}.`,
  });
}
