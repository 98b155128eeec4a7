import { addressAt, parseCidr } from "../../addresses/cidr.ts";
import { formatIp, parseIp } from "../../addresses/ip-address.ts";
import { throwIfAborted } from "../../async/signal.ts";
import { proxyOfGoPrograms } from "../../cluster/proxy.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { goQuote } from "../../go/quote.ts";
import { NetworkError } from "../../host/host.ts";
import { qualifiedNameProblems } from "../../kubernetes/qualified-name.ts";
import { type Check, type CheckResult, type Problem, passed, problem } from "./check.ts";

/** A resolver that does not respond must not delay a check that only warns. */
const lookupTimeoutMs = 5_000;

/** The node's name must be a qualified name and should resolve. */
export function hostname(nodeName: string): Check {
  return {
    name: "Hostname",
    severity: "warning",
    run: async ({ network }, signal) => {
      const malformed = qualifiedNameProblems(nodeName).map(
        (reason): Problem => ({ message: `invalid node name format ${goQuote(nodeName)}: ${reason}` }),
      );
      const failure = await lookupFailure((end) => network.lookup(nodeName, end), { nodeName, signal });
      if (failure === undefined) return { problems: malformed };
      const unreachable: Problem[] = [
        { message: `hostname "${nodeName}" could not be reached` },
        { message: `hostname "${nodeName}": ${failure}`, remedy: `Add ${nodeName} to DNS or to /etc/hosts.` },
      ];
      return { problems: [...malformed, ...unreachable] };
    },
  };
}

async function lookupFailure(
  lookup: (signal: AbortSignal) => Promise<unknown>,
  { nodeName, signal }: { readonly nodeName: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const deadline = AbortSignal.timeout(lookupTimeoutMs);
  try {
    await lookup(AbortSignal.any([signal, deadline]));
    return undefined;
  } catch (error) {
    throwIfAborted(signal);
    if (deadline.aborted) return `lookup ${nodeName}: i/o timeout`;
    if (error instanceof NetworkError) return error.message;
    throw error;
  }
}

/** The connection to the API server should be direct. */
export function httpProxy(host: string): Check {
  return {
    name: "HTTPProxy",
    severity: "warning",
    run: async ({ machine }) => {
      // Upstream's URL has no port, except for IPv6, where it has this one.
      const isIpv6 = parseIp(host)?.family === "IPv6";
      const target = { protocol: "https:", hostname: host, port: isIpv6 ? "1234" : "" };
      const proxy = proxyOfGoPrograms(target, machine.environment);
      if (proxy === undefined) return passed;
      const url = `https://${isIpv6 ? joinHostPort(host, target.port) : host}`;
      return problem(
        `Connection to ${goQuote(url)} uses proxy ${goQuote(proxy)}. If that is not intended, adjust your proxy settings`,
        exception(host),
      );
    },
  };
}

/** Connections to the Service or Pod network should be direct; an empty subnet passes. */
export function httpProxyCidr(subnet: string): Check {
  return {
    name: "HTTPProxyCIDR",
    severity: "warning",
    run: async ({ machine }) => (subnet === "" ? passed : proxyOfSubnet(subnet, machine.environment)),
  };
}

function proxyOfSubnet(subnet: string, environment: Readonly<Record<string, string | undefined>>): CheckResult {
  const cidr = parseCidr(subnet);
  if (cidr === undefined) {
    const message = `error parsing CIDR ${goQuote(subnet)}: invalid CIDR address: ${subnet}`;
    return problem(message, { severity: "error" });
  }
  const first = addressAt(cidr, 1);
  if (first === undefined) {
    const message = `unable to get first IP address from the given CIDR (${subnet}): can't generate IP with index 1 from subnet. subnet too small. subnet: ${goQuote(subnet)}`;
    return problem(message, { severity: "error" });
  }
  const proxy = proxyOfGoPrograms({ protocol: "https:", hostname: formatIp(first), port: "1234" }, environment);
  if (proxy === undefined) return passed;
  return problem(
    `connection to ${goQuote(subnet)} uses proxy ${goQuote(proxy)}. This may lead to malfunctional cluster setup. ` +
      "Make sure that Pod and Services IP ranges specified correctly as exceptions in proxy configuration",
    exception(subnet),
  );
}

function exception(what: string): { readonly remedy: string } {
  return { remedy: `export NO_PROXY="\${NO_PROXY:+$NO_PROXY,}${what}"` };
}
