import { cidrContains, parseCidr } from "../addresses/cidr.ts";
import { type IpAddress, isLoopback, isSameIp, parseIp } from "../addresses/ip-address.ts";
import { hostOf, portOf } from "../addresses/url-address.ts";
import { type GoUrl, parseGoUrl, UrlError } from "../go/url.ts";

/** Where a request goes; a `URL` is one. */
export interface ProxyTarget {
  /** "https:" or "http:"; nothing else is proxied. */
  readonly protocol: string;
  /** IPv6 addresses with or without brackets. */
  readonly hostname: string;
  /** Empty for the scheme's own port. */
  readonly port: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the proxy for a request according to HTTP_PROXY, HTTPS_PROXY and NO_PROXY (uppercase first, then lowercase),
 * or undefined for a direct connection. The rules are those of Go's golang.org/x/net/http/httpproxy, which upstream's
 * clients follow: loopback and "localhost" are never proxied; NO_PROXY entries are `*`, addresses, CIDR blocks, and
 * domains (which include their subdomains; a leading dot or `*.` excludes the domain itself), all except blocks with an
 * optional port. The URL may contain the proxy's password: show it with `proxyText` only.
 */
export function proxyFor(target: ProxyTarget, environment: Environment): URL | undefined {
  const proxy = parseProxy(proxyVariable(target.protocol, environment));
  return proxy === undefined || isDirect(target, environment) ? undefined : proxy;
}

/**
 * Returns the proxy that programs in Go take for a request, for messages: they accept addresses that this program cannot
 * use, such as one with a port that there is not. A password is masked.
 */
export function proxyOfGoPrograms(target: ProxyTarget, environment: Environment): string | undefined {
  const variable = proxyVariable(target.protocol, environment);
  if (variable === "" || isDirect(target, environment)) return undefined;
  const own = goUrlOf(variable);
  const isWhole = own !== undefined && own.scheme !== "" && own.host !== "";
  const isCompleted = !isWhole && goUrlOf(`http://${variable}`) !== undefined;
  if (own === undefined && !isCompleted) return undefined;
  const text = isCompleted ? `http://${variable}` : variable;
  if (!text.includes("@")) return isOpaque(text) ? text : escapedAsByGo(text);
  if (!text.includes("//")) return text.replace(/:.*@/s, ":xxxxx@");
  const url = urlOf(text);
  return url !== undefined ? proxyText(url) : text.replace(/\/\/.*@/s, "//xxxxx@");
}

function goUrlOf(text: string): GoUrl | undefined {
  try {
    return parseGoUrl(text);
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** A scheme without a path behind it, as in `mailto:x`. */
function isOpaque(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:(?!\/)/i.test(text);
}

/** Go escapes a path that has characters which may not stand in one, such as a blank. */
function escapedAsByGo(text: string): string {
  const [, start = "", path = ""] = /^([^/]*\/\/[^/]*|)([^?#]*)/.exec(text) ?? [];
  if (/^[\w\-.~!$&'()*+,;=:@[\]%/]*$/.test(path)) return text;
  const escaped = encodeURIComponent(path).replaceAll(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent);
  return (
    start +
    escaped.replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`) +
    text.slice(start.length + path.length)
  );
}

function isDirect(target: ProxyTarget, environment: Environment): boolean {
  const host = hostOf(target).toLowerCase();
  const ip = parseIp(host.replace(/%.*$/, ""));
  if (host === "localhost" || (ip !== undefined && isLoopback(ip))) return true;
  const endpoint = { host, ip: host.includes("%") ? undefined : ip, port: String(portOf(target)) };
  return isExcepted(endpoint, setting(environment, "NO_PROXY"));
}

/**
 * Returns the proxy as the operator wrote it, with a password masked as Go masks it. If a password contains a slash,
 * part of it is parsed as the path. A path has no reason to contain an @, so such a path is not shown at all.
 */
export function proxyText(proxy: URL): string {
  const masked = new URL(proxy);
  if (masked.password !== "") masked.password = "xxxxx";
  const { pathname, search, hash } = masked;
  if ((pathname + search + hash).includes("@")) return `${masked.protocol}//${authorityOf(masked)}/xxxxx`;
  return pathname === "/" && search === "" ? masked.href.replace(/\/$/, "") : masked.href;
}

function authorityOf({ username, password, host }: URL): string {
  const user = password === "" ? username : `${username}:${password}`;
  return user === "" ? host : `${user}@${host}`;
}

interface Endpoint {
  readonly host: string;
  readonly ip: IpAddress | undefined;
  readonly port: string;
}

function setting(environment: Environment, name: string): string {
  return environment[name] || environment[name.toLowerCase()] || "";
}

function proxyVariable(protocol: string, environment: Environment): string {
  if (protocol === "https:") return setting(environment, "HTTPS_PROXY");
  return protocol === "http:" ? setting(environment, "HTTP_PROXY") : "";
}

/** A URL, or `host[:port]` for one with scheme http. Anything else counts as not set. */
function parseProxy(text: string): URL | undefined {
  if (text === "") return undefined;
  const url = urlOf(text);
  return url !== undefined && url.host !== "" ? url : urlOf(`http://${text}`);
}

/** The runtime's canParse accepts hosts that the constructor then refuses, such as very long ones. */
function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function isExcepted(endpoint: Endpoint, noProxy: string): boolean {
  return noProxy
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== "" && matches(endpoint, entry));
}

function matches(endpoint: Endpoint, entry: string): boolean {
  if (entry === "*") return true;
  const cidr = parseCidr(entry);
  if (cidr !== undefined) return endpoint.ip !== undefined && cidrContains(cidr, endpoint.ip);
  const { host, port } = splitHostPort(entry);
  if (host === "" || (port !== "" && port !== endpoint.port)) return false;
  const ip = parseIp(host);
  if (ip !== undefined) return endpoint.ip !== undefined && isSameIp(ip, endpoint.ip);
  return endpoint.ip === undefined && matchesDomain(endpoint.host, host.startsWith("*.") ? host.slice(1) : host);
}

function matchesDomain(host: string, domain: string): boolean {
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

/** `host:port` or `[IPv6]:port`; any other text is a host without a port. */
function splitHostPort(entry: string): { host: string; port: string } {
  const match = /^(?:\[([^[\]]*)\]|([^[\]:]*)):(\d*)$/.exec(entry);
  if (match === null) return { host: entry, port: "" };
  return { host: match[1] ?? match[2] ?? "", port: match[3] ?? "" };
}
