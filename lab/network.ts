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

/** Names in /run/netns. The bridge has a namespace of its own, so the machine's own network is never touched. */
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

/** The bridge's namespace is also the hosts' default gateway, with nothing behind it, and knows where each host's pods are. */
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
  // Without redirects hosts keep sending pod traffic through here, and need no route of their own per neighbor.
  await writeSettings(namespace, {
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.lab0.send_redirects": "0",
    ...(plan.families === "ipv4" ? {} : forwarding6),
  });
}

const forwarding6 = { "net.ipv6.conf.all.forwarding": "1", "net.ipv6.conf.default.forwarding": "1" } as const;

/** Nobody else has the address, so the kernel need not look for a second before an IPv6 address can be used. */
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
 * Gives the shared address to a host and takes it from all others, as a cluster's load balancer would after its look at
 * who is alive. Neighbors forget at once where it was.
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
  // Deprecated from the start: it is answered at, but no connection of the host's own begins there.
  const replace = addAddress(address, "eth0", alone).replace(/^addr add/, "addr replace");
  await batch(hostNamespace(lab, to), [`${replace} preferred_lft 0`]);
  for (const namespace of [bridgeNamespace(lab), ...hosts.map((host) => hostNamespace(lab, host))]) {
    await runCommand(["ip", "-netns", namespace, "neigh", "flush", "to", address]);
  }
}

/** The cable goes with the namespace of either end. Its host's processes have to be ended before. */
export async function detachHost(lab: string, host: string, address: string, plan: AddressPlan): Promise<void> {
  if (existsSync(namespacePath(bridgeNamespace(lab)))) {
    // Gone already when the host never came as far as that.
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
