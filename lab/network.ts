import { existsSync } from "node:fs";
import {
  type AddressPlan,
  bridgePort,
  gatewayAddresses,
  hardwareAddress,
  hostAddresses,
  hostPodSubnet,
  isIPv6,
  sharedAddress,
  withPrefixLength,
} from "./addresses.ts";
import { mustRun, runCommand } from "./run-command.ts";

/** Names in /run/netns. The bridge has a separate namespace, so the machine's own network is never touched. */
export function bridgeNamespace(lab: string): string {
  return `kubeadm-lab.${lab}`;
}

export function hostNamespace(lab: string, host: string): string {
  return `kubeadm-lab.${lab}.${host}`;
}

export function namespacePath(namespace: string): string {
  return `/run/netns/${namespace}`;
}

async function batch(namespace: string, lines: readonly string[], signal?: AbortSignal): Promise<void> {
  await mustRun(["ip", "-netns", namespace, "-batch", "-"], {
    input: `${lines.join("\n")}\n`,
    signal,
    timeoutMs: 20_000,
  });
}

async function writeSettings(namespace: string, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    const file = `/proc/sys/${name.replaceAll(".", "/")}`;
    await mustRun(["nsenter", `--net=${namespacePath(namespace)}`, "tee", file], { input: `${value}\n` });
  }
}

/**
 * The bridge's namespace is also the hosts' default gateway, with nothing behind it, and has the routes to each host's
 * pods.
 */
export async function createBridge(lab: string, plan: AddressPlan, signal?: AbortSignal): Promise<void> {
  const namespace = bridgeNamespace(lab);
  await mustRun(["ip", "netns", "add", namespace], { signal });
  await batch(
    namespace,
    [
      "link set lo up",
      "link add lab0 type bridge",
      ...gatewayAddresses(plan).map((address) => addAddress(address, "lab0")),
      "link set lab0 up",
    ],
    signal,
  );
  // Without redirects hosts keep sending pod traffic through here, and need no route for each neighbor.
  await writeSettings(namespace, {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.lab0.send_redirects": "0",
    ...(plan.families === "ipv4" ? {} : forwarding6),
  });
}

const forwarding6 = { "net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.default.forwarding": "1" } as const;

/** No other host has the address, so the kernel need not check for duplicates before an IPv6 address can be used. */
function addAddress(address: string, device: string, withLength = withPrefixLength(address)): string {
  return `addr add ${withLength} dev ${device}${isIPv6(address) ? " nodad" : ""}`;
}

export async function attachHost(
  lab: string,
  host: string,
  address: string,
  plan: AddressPlan,
  signal?: AbortSignal,
): Promise<void> {
  const namespace = hostNamespace(lab, host);
  const bridge = bridgeNamespace(lab);
  const port = bridgePort(address);
  const addresses = hostAddresses(plan, address);
  await mustRun(["ip", "netns", "add", namespace], { signal });
  await batch(
    namespace,
    [
      "link set lo up",
      `link add eth0 address ${hardwareAddress(address)} type veth peer name ${port} netns ${bridge}`,
      ...addresses.map((own) => addAddress(own, "eth0")),
      "link set eth0 up",
      ...gatewayAddresses(plan).map((gateway) => `route add default via ${gateway}`),
    ],
    signal,
  );
  await batch(
    bridge,
    [
      `link set ${port} master lab0`,
      `link set ${port} up`,
      ...addresses.map((own) => `route replace ${hostPodSubnet(own)} via ${own}`),
    ],
    signal,
  );
  await writeSettings(namespace, {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.accept_redirects": "0",
    ...(plan.families === "ipv4" ? {} : forwarding6),
  });
}

/**
 * Assigns the shared address to a host and removes it from all others, as a cluster's load balancer would after a
 * health check. Neighbors forget the previous host immediately.
 */
export async function moveSharedAddress(
  lab: string,
  hosts: readonly string[],
  to: string,
  plan: AddressPlan,
): Promise<void> {
  const address = sharedAddress(plan);
  const alone = `${address}/${isIPv6(address) ? 128 : 32}`;
  for (const host of hosts) {
    // Most have never had it.
    if (host !== to) await runCommand(["ip", "-netns", hostNamespace(lab, host), "addr", "del", alone, "dev", "eth0"]);
  }
  // Deprecated from the start: the host answers at it, but does not use it for its own connections.
  const replace = addAddress(address, "eth0", alone).replace(/^addr add/, "addr replace");
  await batch(hostNamespace(lab, to), [`${replace} preferred_lft 0`]);
  for (const namespace of [bridgeNamespace(lab), ...hosts.map((host) => hostNamespace(lab, host))]) {
    await runCommand(["ip", "-netns", namespace, "neigh", "flush", "to", address]);
  }
}

/** The cable is removed with the namespace of either end. The host's processes must have ended. */
export async function detachHost(lab: string, host: string, address: string, plan: AddressPlan): Promise<void> {
  if (existsSync(namespacePath(bridgeNamespace(lab)))) {
    // It does not exist if the host failed to start before it was created.
    await runCommand(["ip", "-netns", bridgeNamespace(lab), "link", "del", bridgePort(address)]);
    for (const own of hostAddresses(plan, address)) {
      await runCommand(["ip", "-netns", bridgeNamespace(lab), "route", "del", hostPodSubnet(own)]);
    }
  }
  await removeNamespace(hostNamespace(lab, host));
}

export async function removeBridge(lab: string): Promise<void> {
  await removeNamespace(bridgeNamespace(lab));
}

async function removeNamespace(namespace: string): Promise<void> {
  if (existsSync(namespacePath(namespace))) await mustRun(["ip", "netns", "delete", namespace]);
}
