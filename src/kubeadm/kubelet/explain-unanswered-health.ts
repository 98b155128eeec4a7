import { foreignText } from "../../errors/printable-text.ts";
import { goQuote } from "../../go/quote.ts";
import { type Files, type Network, NetworkError } from "../../host/host.ts";
import { shell } from "../../values/shell.ts";
import { kubeletConfigurationPath } from "../paths.ts";
import { type HealthEndpoint, healthUrl } from "./health-endpoint.ts";
import { readKubeletFlags } from "./kubelet-flags.ts";

/** Why one probe of the kubelet's health endpoint failed. */
export interface Unanswered {
  readonly kind: "refused" | "timed-out" | "unhealthy" | "other";
  /** In upstream's words: `returned error: …`, `returned status code: …`. */
  readonly words: string;
}

const otherAddressTimeoutMs = 500;
const usualAddress = "127.0.0.1";
const loopback: Readonly<Record<string, string>> = { "127.0.0.1": "::1", "::1": "127.0.0.1" };

export function unansweredBy(error: unknown): Unanswered {
  const words = `returned error: ${error instanceof Error ? error.message : String(error)}`;
  const code = error instanceof NetworkError ? error.code : "other";
  return { kind: code === "refused" || code === "timed-out" ? code : "other", words };
}

/** Keeps the most informative line of the body: the first check that failed, or else the first line. */
export function unhealthyAnswer(status: number, body: string): Unanswered {
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  const line = foreignText(lines.find((each) => each.startsWith("[-]")) ?? lines[0] ?? "").slice(0, 200);
  const words = `returned status code: ${status}`;
  return { kind: "unhealthy", words: line === "" ? words : `${words} (${goQuote(line)})` };
}

interface Ports {
  readonly network: Network;
  readonly files: Pick<Files, "readText">;
  readonly signal: AbortSignal;
}

/** Explains a failed probe to a user who may reach the endpoint with curl seconds later. */
export async function explainUnanswered(
  { kind }: Unanswered,
  endpoint: HealthEndpoint,
  ports: Ports,
): Promise<string | undefined> {
  const found = kind === "refused" ? await otherAddress(endpoint, ports) : undefined;
  const parts = [meaning(kind, endpoint), found, configured(endpoint), await overridden(endpoint, ports)];
  const text = parts.filter((part) => part !== undefined).join(" ");
  return text === "" ? undefined : text;
}

function meaning(kind: Unanswered["kind"], endpoint: HealthEndpoint): string | undefined {
  const url = healthUrl(endpoint);
  const where = url.slice("http://".length, -"/healthz".length);
  const directly = (target: string) =>
    `The check bypasses every proxy, as \`${shell`curl --noproxy '*' -sS ${target}`}\` does.`;
  switch (kind) {
    case "refused":
      return `Nothing listens on ${where}: the kubelet is not running, is still starting, or serves another address. ${directly(url)}`;
    case "timed-out":
      return `${where} did not respond in time: the kubelet hangs or lacks CPU, or a firewall drops packets to this address. ${directly(url)}`;
    case "unhealthy":
      return `The kubelet runs, but reports that it is not healthy. ${directly(`${url}?verbose`)}`;
    case "other":
      return undefined;
  }
}

/** Reports whether the kubelet serves the loopback address of the other IP family instead. */
async function otherAddress(endpoint: HealthEndpoint, { network, signal }: Ports): Promise<string | undefined> {
  const address = loopback[endpoint.address];
  if (address === undefined) return undefined;
  const url = healthUrl({ ...endpoint, address });
  try {
    await network.probe(url, { signal, timeoutMs: otherAddressTimeoutMs });
    return `There is a response at ${url}.`;
  } catch {
    return undefined;
  }
}

function configured({ address }: HealthEndpoint): string | undefined {
  if (address === usualAddress) return undefined;
  return `The address is healthzBindAddress of ${kubeletConfigurationPath}; ${usualAddress} is usual.`;
}

/** Returns a hint if flags of the kubelet override the configured address. */
async function overridden({ address, port }: HealthEndpoint, { files }: Ports): Promise<string | undefined> {
  const flags = await readKubeletFlags(files);
  const differing = [flags.find("healthz-bind-address"), flags.find("healthz-port")].filter(
    (flag) => flag !== undefined && flag.value !== address && flag.value !== String(port),
  );
  const list = differing.map((flag) => foreignText(`--${flag?.name}=${flag?.value} (${flag?.path})`)).join(" and ");
  if (list === "") return undefined;
  return `The kubelet's flag ${list} makes it serve another one: set healthzBindAddress and healthzPort in its configuration instead.`;
}
