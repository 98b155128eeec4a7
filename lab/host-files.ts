import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type AddressPlan,
  gatewayAddresses,
  hostAddresses,
  hostPodSubnet,
  isIPv6,
  sharedAddress,
} from "./addresses.ts";
import { hastenAging } from "./age-kubelet.ts";
import { AUDIT_POLICY, auditPolicy } from "./cluster-config.ts";

/** The host name of the shared address. */
export const SHARED_NAME = "endpoint.lab";

export interface HostFiles {
  readonly name: string;
  readonly address: string;
  readonly plan: AddressPlan;
  /** The program to install as /usr/bin/kubeadm. */
  readonly kubeadm?: string | undefined;
}

/** Fills the host's own layer before its first boot. */
export async function writeHostFiles(upper: string, { name, address, plan, kubeadm }: HostFiles): Promise<void> {
  const addresses = hostAddresses(plan, address);
  const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join("");
  const files: Readonly<Record<string, string>> = {
    "etc/hostname": `${name}\n`,
    "etc/machine-id": `${randomUUID().replaceAll("-", "")}\n`,
    "etc/hosts": lines([
      "127.0.0.1 localhost",
      ...addresses.map((own) => `${own} ${name}`),
      `${sharedAddress(plan)} ${SHARED_NAME}`,
    ]),
    // No server answers there. CoreDNS does not start without a server to forward to.
    "etc/resolv.conf": lines(gatewayAddresses(plan).map((gateway) => `nameserver ${gateway}`)),
    "etc/cni/net.d/10-lab.conflist": `${JSON.stringify(podNetwork(addresses), null, 2)}\n`,
    // Without this setting a kubelet detects one address, and with both families the IPv4 one.
    ...(plan.families === "ipv4"
      ? {}
      : { "etc/default/kubelet": `KUBELET_EXTRA_ARGS=--node-ip=${addresses.join(",")}\n` }),
    [AUDIT_POLICY]: auditPolicy,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(upper, dirname(path)), { recursive: true });
    await writeFile(join(upper, path), content);
  }
  await hastenAging(upper);
  if (kubeadm === undefined) return;
  const program = join(upper, "usr/bin/kubeadm");
  await mkdir(dirname(program), { recursive: true });
  await copyFile(kubeadm, program, constants.COPYFILE_FICLONE);
  await chmod(program, 0o755);
}

/**
 * Point-to-point cables instead of a bridge: traffic between two pods of a host then passes the host's own address
 * translation whether or not the kernel filters bridged packets, so services work everywhere.
 */
function podNetwork(addresses: readonly string[]): object {
  return {
    cniVersion: "1.0.0",
    name: "lab",
    plugins: [
      {
        type: "ptp",
        ipam: {
          type: "host-local",
          ranges: addresses.map((address) => [{ subnet: hostPodSubnet(address) }]),
          routes: addresses.map((address) => ({ dst: isIPv6(address) ? "::/0" : "0.0.0.0/0" })),
          dataDir: "/run/cni-ipam",
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}
