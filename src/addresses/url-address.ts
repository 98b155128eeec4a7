/** A host, an IPv6 address without brackets, and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Returns the endpoint of a URL's server. */
export function endpointOf(url: URL): Endpoint {
  return { host: hostOf(url), port: portOf(url) };
}

/** Returns the host of a URL: an IPv6 address without its brackets. */
export function hostOf({ hostname }: Pick<URL, "hostname">): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** Returns the port of a URL with the scheme http or https, which need not name it. */
export function portOf({ port, protocol }: Pick<URL, "port" | "protocol">): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}
