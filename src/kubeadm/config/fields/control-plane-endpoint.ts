import { isIp } from "../../../addresses/ip-address.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import { AddressError, isPort, joinHostPort, splitHostPort } from "../../../go/host-port.ts";
import { subdomainProblems } from "../../../kubernetes/dns-name.ts";

/** Returns controlPlaneEndpoint with a port: this one if it has none. Throws CONFIG_INVALID for what is no endpoint. */
export function endpointWithPort(endpoint: string, byDefault: number): string {
  if (endpoint === "") return endpoint;
  const { host, port } = hostAndPort(endpoint);
  const wrong = (reason: string) =>
    new KubeadmError("CONFIG_INVALID", `hostport ${endpoint}: ${reason}`, wrongEndpoint);
  if (port !== "" && !isPort(port)) {
    throw wrong(`port ${port} must be a valid number between 1 and 65535, inclusive`);
  }
  if (!isIp(host) && subdomainProblems(host).length > 0) {
    throw wrong(`host '${host}' must be a valid IP address or a valid RFC-1123 DNS subdomain`);
  }
  return port === "" ? joinHostPort(host, byDefault) : endpoint;
}

const wrongEndpoint = {
  remedy:
    "Write --control-plane-endpoint (controlPlaneEndpoint) as HOST or HOST:PORT, an IPv6 address with a port in brackets.",
};

/** Text that is not a host with a port is a host. */
function hostAndPort(endpoint: string): { readonly host: string; readonly port: string } {
  try {
    return splitHostPort(endpoint);
  } catch (error) {
    if (error instanceof AddressError) return { host: endpoint, port: "" };
    throw error;
  }
}
