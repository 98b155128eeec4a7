/** What is wrong with a `host:port`; the message is Go's (net.AddrError). */
export class AddressError extends Error {}

export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: string;
}

/** Splits like Go's net.SplitHostPort: IPv6 addresses need brackets, the parts are not checked. */
export function splitHostPort(text: string): HostPort {
  const lastColon = text.lastIndexOf(":");
  if (lastColon < 0) throw wrong(text, "missing port in address");
  const bracketed = text.startsWith("[");
  let host: string;
  if (bracketed) {
    const end = text.indexOf("]");
    if (end < 0) throw wrong(text, "missing ']' in address");
    if (end + 1 === text.length) throw wrong(text, "missing port in address");
    if (end + 1 !== lastColon) {
      throw wrong(text, text[end + 1] === ":" ? "too many colons in address" : "missing port in address");
    }
    host = text.slice(1, end);
  } else {
    host = text.slice(0, lastColon);
    if (host.includes(":")) throw wrong(text, "too many colons in address");
  }
  const afterBrackets = bracketed ? text.indexOf("]") + 1 : 0;
  if (text.indexOf("[", bracketed ? 1 : 0) >= 0) throw wrong(text, "unexpected '[' in address");
  if (text.indexOf("]", afterBrackets) >= 0) throw wrong(text, "unexpected ']' in address");
  return { host, port: text.slice(lastColon + 1) };
}

/** The inverse: puts brackets around a host that contains a colon. */
export function joinHostPort(host: string, port: number | string): string {
  return host.includes(":") || host.includes("%") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reports whether the text is the number of a port: 1 to 65535. */
export function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function wrong(address: string, reason: string): AddressError {
  return new AddressError(address === "" ? reason : `address ${address}: ${reason}`);
}
