import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { goQuote } from "../../go/quote.ts";
import { toJson } from "../../go/yaml/node.ts";
import { readYaml } from "../../go/yaml/read-yaml.ts";
import type { Files } from "../../host/host.ts";
import type { JsonValue } from "../../values/json.ts";
import { isList, isObject } from "../../values/json.ts";
import { controllerManagerPort, schedulerPort } from "../component-ports.ts";
import type { ControlPlaneNode } from "./control-plane-node.ts";
import type { ControlPlaneComponentName } from "./write-component-manifests.ts";
import { manifestPath, type StaticPodName } from "./write-manifest.ts";

/** The only container of a static Pod, as read from its manifest. */
export interface ManifestContainer {
  readonly image: string;
  /** Command and arguments. */
  readonly argv: readonly string[];
}

export interface ComponentEndpoint {
  readonly component: ControlPlaneComponentName;
  readonly port: number;
  /** Path of the health endpoint. */
  readonly path: string;
  readonly url: string;
}

/** Reads the container of a manifest on disk, patches included. Throws MANIFEST_INVALID. */
export async function readManifestContainer(
  name: StaticPodName,
  files: Pick<Files, "readText">,
): Promise<ManifestContainer> {
  const path = manifestPath(name);
  const container = firstContainer(parse(await files.readText(path), path));
  if (container === undefined) throw invalid(path, "it has no container");
  const { image, command, args } = container;
  return { image: typeof image === "string" ? image : "", argv: [...texts(command), ...texts(args)] };
}

/** Returns the health endpoints of a node's components, from the manifests on its disk. */
export function readComponentEndpoints(
  components: readonly ControlPlaneComponentName[],
  node: Pick<ControlPlaneNode, "localAPIEndpoint">,
  files: Pick<Files, "readText">,
): Promise<readonly ComponentEndpoint[]> {
  return Promise.all(
    components.map(async (component) => endpointOf(component, await readManifestContainer(component, files), node)),
  );
}

function endpointOf(
  component: ControlPlaneComponentName,
  { argv }: ManifestContainer,
  { localAPIEndpoint }: Pick<ControlPlaneNode, "localAPIEndpoint">,
): ComponentEndpoint {
  const known = {
    "kube-apiserver": {
      flag: "advertise-address",
      address: localAPIEndpoint.advertiseAddress,
      port: localAPIEndpoint.bindPort,
      path: "/livez",
    },
    "kube-controller-manager": {
      flag: "bind-address",
      address: "127.0.0.1",
      port: controllerManagerPort,
      path: "/healthz",
    },
    "kube-scheduler": { flag: "bind-address", address: "127.0.0.1", port: schedulerPort, path: "/livez" },
  }[component];
  const address = lastFlag(argv, known.flag) ?? known.address;
  const port = Number(lastFlag(argv, "secure-port") ?? known.port);
  return { component, port, path: known.path, url: `https://${joinHostPort(address, port)}${known.path}` };
}

/** Returns the last value of a flag given as `--name=value`; undefined if it is not set. */
export function lastFlag(argv: readonly string[], name: string): string | undefined {
  const prefix = `--${name}=`;
  return argv.findLast((word) => word.startsWith(prefix))?.slice(prefix.length);
}

function firstContainer(pod: JsonValue) {
  const spec = isObject(pod) ? pod["spec"] : undefined;
  const containers = isObject(spec) ? spec["containers"] : undefined;
  const first = isList(containers) ? containers[0] : undefined;
  return isObject(first) ? first : undefined;
}

function texts(value: JsonValue | undefined): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === "string") : [];
}

function parse(text: string, path: string): JsonValue {
  try {
    return toJson(readYaml(text));
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
}

function invalid(path: string, reason: string, cause?: unknown): KubeadmError {
  return new KubeadmError("MANIFEST_INVALID", `failed to read the static Pod ${goQuote(path)}: ${reason}`, {
    cause,
    details: { path },
  });
}
