import { goQuote } from "./quote.ts";

/** What is wrong with a URL; the message is Go's. */
export class UrlError extends Error {}

export interface GoUrl {
  /** Lowercase; empty if there is none. */
  readonly scheme: string;
  /** Includes the port. */
  readonly host: string;
  readonly path: string;
}

/** Parses a URL as Go's url.Parse does: nearly any text is one, so only clear mistakes are errors. */
export function parseGoUrl(text: string): GoUrl {
  const fail = (reason: string) => new UrlError(`parse ${goQuote(text)}: ${reason}`);
  if ([...text].some((character) => character < " " || character === "\u007f"))
    throw fail("net/url: invalid control character in URL");
  const withoutFragment = text.split("#", 1)[0] ?? "";
  const { scheme, rest } = splitScheme(withoutFragment, fail);
  const withoutQuery = rest.split("?", 1)[0] ?? "";
  if (scheme === "" && !withoutQuery.startsWith("/") && (withoutQuery.split("/", 1)[0] ?? "").includes(":")) {
    throw fail("first path segment in URL cannot contain colon");
  }
  if (scheme !== "" && !withoutQuery.startsWith("/")) return { scheme, host: "", path: "" };
  const hasAuthority = withoutQuery.startsWith("//") && (scheme !== "" || !withoutQuery.startsWith("///"));
  const slash = hasAuthority ? withoutQuery.indexOf("/", 2) : 0;
  const end = slash === -1 ? withoutQuery.length : slash;
  const host = hasAuthority ? parseAuthority(withoutQuery.slice(2, end), fail) : "";
  return { scheme, host, path: unescaped(withoutQuery.slice(end), fail) };
}

type Fail = (reason: string) => UrlError;

function splitScheme(text: string, fail: Fail): { readonly scheme: string; readonly rest: string } {
  if (text.startsWith(":")) throw fail("missing protocol scheme");
  const [, scheme] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? [];
  return scheme === undefined
    ? { scheme: "", rest: text }
    : { scheme: scheme.toLowerCase(), rest: text.slice(scheme.length + 1) };
}

function parseAuthority(authority: string, fail: Fail): string {
  const at = authority.lastIndexOf("@");
  const host = parseHost(authority.slice(at + 1), fail);
  const user = authority.slice(0, Math.max(0, at));
  if (/[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(user)) throw fail("net/url: invalid userinfo");
  unescaped(user, fail);
  return host;
}

function parseHost(host: string, fail: Fail): string {
  if (host.startsWith("[")) {
    const end = host.lastIndexOf("]");
    if (end < 0) throw fail("missing ']' in host");
    checkPort(host.slice(end + 1), fail);
    return host;
  }
  const colon = host.lastIndexOf(":");
  if (colon >= 0) checkPort(host.slice(colon), fail);
  const [illegal] = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/.exec(host) ?? [];
  if (illegal !== undefined) throw fail(`invalid character ${goQuote(illegal)} in host name`);
  // In a host only bytes beyond ASCII may be escaped.
  const [escaped] = /%(?![89a-fA-F][0-9a-fA-F]).{0,2}/.exec(host) ?? [];
  if (escaped !== undefined) throw fail(`invalid URL escape ${goQuote(escaped)}`);
  return host;
}

function checkPort(colonPort: string, fail: Fail): void {
  if (colonPort !== "" && !/^:[0-9]*$/.test(colonPort)) throw fail(`invalid port ${goQuote(colonPort)} after host`);
}

function unescaped(path: string, fail: Fail): string {
  const [escaped] = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(path) ?? [];
  if (escaped !== undefined) throw fail(`invalid URL escape ${goQuote(escaped)}`);
  try {
    return decodeURIComponent(path);
  } catch {
    // Escapes that are not UTF-8: the bytes have no text; the path is kept as written.
    return path;
  }
}
