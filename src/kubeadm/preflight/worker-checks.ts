import { parseIp } from "../../addresses/ip-address.ts";
import { AddressError, splitHostPort } from "../apis/host-port.ts";
import { bootstrapKubeconfigPath, kubeletKubeconfigPath } from "../paths.ts";
import type { Check } from "./check.ts";
import { containerRuntime, containerRuntimeVersion, lookAtContainerRuntime } from "./container-runtime.ts";
import { fileAvailable, fileContent, programInPath } from "./files.ts";
import { kubeletVersion, lookAtKubeletVersion } from "./kubelet-version.ts";
import { findLeftovers } from "./leftovers.ts";
import { swap } from "./machine.ts";
import { hostname, httpProxy } from "./network.ts";
import { portAvailable } from "./ports.ts";
import { kubeletService, lookAtKubeletService } from "./services.ts";
import { systemVerification } from "./system-verification/system-verification.ts";

export const kubeletPort = 10250;

/** What the checks of a join depend on. */
export interface JoinToCheck {
  readonly nodeName: string;
  readonly criSocket: string;
  /** Where the cluster's CA will be written; absent for a control plane, which may have it already. */
  readonly caCertPath?: string;
  /** `host:port` of token discovery; absent with other ways of discovery. */
  readonly discoveryEndpoint?: string;
  /** "v1.37.2" */
  readonly kubeadmVersion: string;
}

/** The checks of every joining node, in upstream's order; `privilegedUser` runs before all of them. */
export function workerChecks(join: JoinToCheck): readonly Check[] {
  const { criSocket, caCertPath } = join;
  const kubeconfigs = [kubeletKubeconfigPath, bootstrapKubeconfigPath];
  const leftovers = findLeftovers(caCertPath === undefined ? kubeconfigs : [...kubeconfigs, caCertPath]);
  const runtime = lookAtContainerRuntime(criSocket);
  const version = lookAtKubeletVersion();
  const service = lookAtKubeletService();
  return [
    fileAvailable(kubeletKubeconfigPath, leftovers),
    fileAvailable(bootstrapKubeconfigPath, leftovers),
    containerRuntime(criSocket, runtime),
    containerRuntimeVersion(criSocket, runtime),
    swap,
    programInPath("losetup"),
    programInPath("mount"),
    programInPath("cp"),
    systemVerification(version),
    hostname(join.nodeName),
    kubeletVersion(version, join.kubeadmVersion),
    kubeletService(service),
    portAvailable(kubeletPort, { kubelet: service }),
    ...(caCertPath === undefined ? [] : [fileAvailable(caCertPath, leftovers)]),
    ...endpointChecks(join.discoveryEndpoint),
  ];
}

/** Whether the API server is reached directly, and whether packets of its address family are forwarded. */
function endpointChecks(endpoint: string | undefined): readonly Check[] {
  const host = endpoint === undefined ? undefined : hostOf(endpoint);
  if (host === undefined) return [];
  switch (parseIp(host)?.family) {
    case "IPv4":
      return [httpProxy(host), forwarding("net.ipv4.ip_forward")];
    case "IPv6":
      return [httpProxy(host), forwarding("net.ipv6.conf.default.forwarding")];
    default:
      return [httpProxy(host)];
  }
}

function hostOf(endpoint: string): string | undefined {
  try {
    return splitHostPort(endpoint).host;
  } catch (error) {
    // Discovery tells about a malformed endpoint.
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

function forwarding(setting: string): Check {
  const remedy = `'sysctl -w ${setting}=1' sets it now; the line '${setting} = 1' in /etc/sysctl.d/99-kubernetes.conf keeps it.`;
  return fileContent(`/proc/sys/${setting.replaceAll(".", "/")}`, "1", remedy);
}
