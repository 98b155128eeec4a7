const isUp = (flags: number) => (flags & 0x1) !== 0;

/**
 * Interfaces of the default routes in the text of /proc/net/route (IPv4) or /proc/net/ipv6_route, the lowest metric
 * first. Routes that are not up do not count: the kernel keeps an unreachable one on `lo` for IPv6.
 */
export function defaultRoutes(family: "IPv4" | "IPv6", table: string): readonly string[] {
  const routes = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .flatMap((fields) => (family === "IPv4" ? ipv4Default(fields) : ipv6Default(fields)));
  return [...new Set(routes.toSorted((a, b) => a.metric - b.metric).map((route) => route.interface))];
}

interface DefaultRoute {
  readonly interface: string;
  readonly metric: number;
}

/** Iface Destination Gateway Flags RefCnt Use Metric Mask … */
function ipv4Default([name, destination, , flags, , , metric, mask]: readonly string[]): readonly DefaultRoute[] {
  if (name === undefined || destination !== "00000000" || mask !== "00000000") return [];
  return isUp(Number.parseInt(flags ?? "", 16)) ? [{ interface: name, metric: Number(metric) }] : [];
}

/** Destination length Source length NextHop Metric RefCnt Use Flags Iface, all but the last in hexadecimal. */
function ipv6Default(fields: readonly string[]): readonly DefaultRoute[] {
  const [destination, length, , , , metric, , , flags, name] = fields;
  if (name === undefined || destination !== "0".repeat(32) || length !== "00") return [];
  return isUp(Number.parseInt(flags ?? "", 16)) ? [{ interface: name, metric: Number.parseInt(metric ?? "", 16) }] : [];
}
