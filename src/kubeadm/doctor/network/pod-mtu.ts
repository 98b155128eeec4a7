import { orElse } from "../../../async/or-else.ts";
import { FileError } from "../../../host/file-error.ts";
import type { Files } from "../../../host/host.ts";
import { type DoctorCheck, passed, skipped, warned } from "../check.ts";
import { listed } from "../listed.ts";

/** Interfaces that wrap packets between nodes into others, and by how many bytes these are longer. */
const overlays: readonly (readonly [RegExp, number])[] = [
  [/^(?:flannel\.|vxlan|cilium_vxlan|antrea-|weave|geneve)/, 50],
  [/^(?:tunl|ipip)/, 20],
  [/^(?:wireguard|flannel-wg|cilium_wg)/, 60],
];

export const podMtu: DoctorCheck = {
  name: "pod-mtu",
  group: "network",
  title: "The MTU of Pods fits the MTU of nodes",
  look: async ({ files, network }) => {
    const [uplink] = [
      ...(await network.defaultRouteInterfaces("IPv4")),
      ...(await network.defaultRouteInterfaces("IPv6")),
    ];
    if (uplink === undefined) return skipped("there is no default route");
    const limit = await mtu(uplink, files);
    if (limit === undefined) return skipped(`the MTU of ${uplink} is unknown`);
    for (const name of await listed("/sys/class/net", files)) {
      const extra = overlays.find(([pattern]) => pattern.test(name))?.[1];
      const size = extra === undefined ? undefined : await mtu(name, files);
      if (extra === undefined || size === undefined || size + extra <= limit) continue;
      return warned(
        `Packets of Pods may be too large: the MTU of ${name} is ${size}, which with ${extra} bytes of overhead exceeds the ${limit} of ${uplink}.`,
        {
          evidence: [`/sys/class/net/${name}/mtu: ${size}`, `/sys/class/net/${uplink}/mtu: ${limit}`],
          remedy: `Set the MTU of the network add-on to ${limit - extra} or less. Until then, large responses get lost, small ones don't.`,
        },
      );
    }
    return passed(`the MTU of ${uplink} is ${limit}`);
  },
};

async function mtu(name: string, files: Pick<Files, "readText">): Promise<number | undefined> {
  return orElse(undefined, FileError, async () => {
    const size = Number((await files.readText(`/sys/class/net/${name}/mtu`)).trim());
    return Number.isSafeInteger(size) && size > 0 ? size : undefined;
  });
}
