import { formatIp, isGlobalUnicast, isLoopback, isUnspecified, parseIp } from "../../../addresses/ip-address.ts";
import { KubeadmError } from "../../../errors/kubeadm-error.ts";
import type { Events } from "../../../events/events.ts";
import type { InterfaceAddress, Network } from "../../../host/host.ts";

type Addresses = Pick<Network, "addresses" | "defaultRouteInterfaces">;
type Family = InterfaceAddress["family"];

/**
 * Returns the address that this node's API server advertises: the configured one, except that a loopback address
 * selects an address of the loopback interface, and no address or an unspecified one selects that of the default route.
 */
export async function resolveAdvertiseAddress(configured: string, network: Addresses, events: Events): Promise<string> {
  const ip = configured === "" ? undefined : parseIp(configured);
  if (configured !== "" && ip === undefined) {
    const message = `couldn't use "${configured}" as "apiserver-advertise-address", must be ipv4 or ipv6 address`;
    throw new KubeadmError("CONFIG_INVALID", message);
  }
  if (ip !== undefined && isLoopback(ip)) return onLoopback(network);
  if (ip !== undefined && !isUnspecified(ip)) return formatIp(ip);
  const { address, hasRoute } = await findOnDefaultRoute(network, preferring(ip?.family ?? "IPv4"));
  if (address !== undefined) return address;
  if (hasRoute) {
    throw new KubeadmError("CONFIG_INVALID", "unable to select an IP from default routes.", { remedy: sayWhich });
  }
  events.emit("warning", {
    message: "WARNING: could not obtain a bind address for the API Server: no default routes found; using: 0.0.0.0",
  });
  return "0.0.0.0";
}

/** Returns an address of the loopback interface, IPv4 first, regardless of the configured address. */
function onLoopback(network: Addresses): string {
  for (const family of ["IPv4", "IPv6"] as const) {
    const address = globalAddress(network.addresses().filter((entry) => entry.internal && entry.family === family));
    if (address !== undefined) return address;
  }
  throw new KubeadmError("CONFIG_INVALID", "unable to select an IP from lo network interface", { remedy: sayWhich });
}

export function preferring(family: Family): readonly Family[] {
  return family === "IPv6" ? ["IPv6", "IPv4"] : ["IPv4", "IPv6"];
}

/** Returns the address that Kubernetes components use as this machine's: of the first family with a default route. */
export async function findOnDefaultRoute(
  network: Addresses,
  families: readonly Family[],
): Promise<{ readonly address?: string; readonly hasRoute: boolean }> {
  let hasRoute = false;
  for (const family of families) {
    for (const name of await network.defaultRouteInterfaces(family)) {
      hasRoute = true;
      const ofFamily = network.addresses().filter((entry) => entry.family === family);
      const address =
        globalAddress(ofFamily.filter((entry) => entry.interface === name)) ??
        globalAddress(ofFamily.filter((entry) => entry.internal));
      if (address !== undefined) return { address, hasRoute };
    }
  }
  return { hasRoute };
}

const sayWhich =
  "Set the address that the API server of this machine advertises: --apiserver-advertise-address, or localAPIEndpoint.advertiseAddress in the configuration; `ip -brief address` lists this machine's addresses.";

function globalAddress(entries: readonly InterfaceAddress[]): string | undefined {
  return entries.find((entry) => isGlobal(entry.address))?.address;
}

function isGlobal(address: string): boolean {
  const ip = parseIp(address);
  return ip !== undefined && isGlobalUnicast(ip);
}

/** Throws CONFIG_INVALID unless other machines can use the advertised address. */
export function requireBindableAddress(address: string): void {
  const ip = parseIp(address);
  if (ip === undefined) throw new KubeadmError("CONFIG_INVALID", `cannot parse IP address: ${address}`);
  if (!isLoopback(ip) && !isGlobalUnicast(ip)) {
    throw new KubeadmError(
      "CONFIG_INVALID",
      `cannot use ${JSON.stringify(address)} as the bind address for the API Server`,
    );
  }
}
