/** A zone of firewalld, as `firewall-cmd --list-all-zones` prints it. */
interface Zone {
  readonly name: string;
  /** ACCEPT lets everything in that no rule refuses. */
  readonly target: string;
  readonly interfaces: readonly string[];
  /** Addresses of machines whose connections this zone decides on, whatever their interface is. */
  readonly sources: readonly string[];
  readonly services: readonly string[];
  /** `10250/tcp`, `30000-32767/tcp` */
  readonly ports: readonly string[];
  readonly richRules: readonly string[];
}

/** Returns the zones of the output of `firewall-cmd --list-all-zones`. */
export function firewalldZones(output: string): readonly Zone[] {
  return output
    .split(/\n(?=\S)/)
    .filter((block) => block.trim() !== "")
    .map((block) => {
      const [head = "", ...lines] = block.split("\n");
      const words = (field: string) =>
        fieldOf(field, lines)
          .split(/\s+/)
          .filter((word) => word !== "");
      return {
        name: head.trim().split(/\s/)[0] ?? "",
        target: fieldOf("target", lines),
        interfaces: words("interfaces"),
        sources: words("sources"),
        services: words("services"),
        ports: words("ports"),
        richRules: lines.filter((line) => /^\s+rule /.test(line)),
      };
    });
}

/**
 * Returns the zones that decide on connections of other nodes: those of the interfaces, or the default one if they are in
 * none, and those of senders.
 */
export function zonesOfNodes(
  zones: readonly Zone[],
  interfaces: readonly string[],
  defaultZone: string,
): readonly Zone[] {
  const own = zones.filter((zone) => interfaces.some((each) => zone.interfaces.includes(each)));
  const first = own.length > 0 ? own : zones.filter(({ name }) => name === defaultZone);
  return [...first, ...zones.filter((zone) => zone.sources.length > 0 && !first.includes(zone))];
}

/** Reports whether the zone itself lets a port in, for everyone or for some. */
export function opensPort({ target, ports, richRules }: Zone, port: number): boolean {
  if (target === "ACCEPT" || hasPort(ports, port)) return true;
  return richRules.some((rule) => {
    const named = /\bport port="([^"]*)" protocol="tcp"/.exec(rule)?.[1];
    const isOpening = /\baccept\b/.test(rule);
    // A rule for a service or for senders alone may mean any port.
    return isOpening && (named === undefined ? /\b(?:source|service) /.test(rule) : hasPort([`${named}/tcp`], port));
  });
}

/** Reports whether one of `30000-32767/tcp 10250/tcp` is the port. */
export function hasPort(list: readonly string[], port: number): boolean {
  return list.some((entry) => {
    const range = /^(\d+)(?:-(\d+))?\/tcp$/.exec(entry);
    return range !== null && port >= Number(range[1]) && port <= Number(range[2] ?? range[1]);
  });
}

/** Returns the ports of a service, as `firewall-cmd --info-service` prints them. */
export function servicePorts(output: string): readonly string[] {
  return fieldOf("ports", output.split("\n")).split(/\s+/);
}

function fieldOf(field: string, lines: readonly string[]): string {
  const start = `${field}:`;
  const line = lines.find((each) => each.trim().startsWith(start)) ?? "";
  return line.trim().slice(start.length).trim();
}
