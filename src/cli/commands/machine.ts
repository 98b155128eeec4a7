import type { Host } from "../../host/host.ts";
import { rootedHost } from "../../host/rooted.ts";
import type { GlobalValues } from "../command.ts";
import type { Ports } from "../ports.ts";
import { rootfsPath } from "../rootfs.ts";

/** This machine, or the one below --rootfs. */
export async function machineOf(invocation: { readonly global: GlobalValues; readonly ports: Ports }): Promise<Host> {
  const { global, ports } = invocation;
  const host = await ports.openHost();
  return global.rootfs === "" ? host : rootedHost(host, rootfsPath(global.rootfs, ports));
}
