import { parseIp } from "../../../addresses/ip-address.ts";
import { hostOf, portOf } from "../../../addresses/url-address.ts";
import { orElse } from "../../../async/or-else.ts";
import { throwIfAborted } from "../../../async/signal.ts";
import { ApiStatusError, type HealthAnswer } from "../../../cluster/cluster.ts";
import type { ServerInspection } from "../../../cluster/https-inspection.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { type Files, NetworkError } from "../../../host/host.ts";
import { CaBundle, CaBundleError } from "../../../pki/ca-bundle.ts";
import { defined } from "../../../values/defined.ts";
import { type ClusterEntry, currentCluster } from "../../kubeconfig/kubeconfig.ts";
import type { Fact } from "../examination.ts";
import { isUnusable } from "../unread-file.ts";
import { usedKubeconfig } from "./used-kubeconfig.ts";

/** Milliseconds for one request: a check must have time left to say why there was no answer. */
export const requestTimeoutMs = 1_500;

export interface Endpoint {
  /** `https://host:port` */
  readonly server: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** The CAs that the kubelet trusts; undefined if its kubeconfig names none, or none that can be read. */
  readonly authorities?: CaBundle;
  readonly serverName?: string;
  readonly proxy?: string;
}

/** The API server as the kubelet's kubeconfig describes it; undefined without such a kubeconfig. */
export const endpoint: Fact<Endpoint | undefined> = async ({ files, once }) => {
  const used = await once(usedKubeconfig);
  if (used.state === "not-readable") throw used.error;
  const cluster = used.state === "loaded" ? currentCluster(used.kubeconfig) : undefined;
  if (cluster === undefined || !URL.canParse(cluster.server)) return undefined;
  const url = new URL(cluster.server);
  return {
    server: cluster.server.replace(/\/$/, ""),
    host: hostOf(url),
    port: portOf(url),
    ...defined({
      authorities: soundBundle(await authoritiesOf(cluster, files)),
      serverName: cluster.tlsServerName,
      proxy: cluster.proxyUrl,
    }),
  };
};

/** Reads the CAs of a kubeconfig's cluster; undefined if it names none, or a file that is not there. */
export async function authoritiesOf(
  { certificateAuthorityData, certificateAuthority }: ClusterEntry,
  files: Pick<Files, "readText">,
): Promise<CaBundle | undefined> {
  if (certificateAuthorityData !== undefined || certificateAuthority === undefined) return certificateAuthorityData;
  return orElse(undefined, isUnusable, async () => CaBundle.parse(await files.readText(certificateAuthority)));
}

function soundBundle(bundle: CaBundle | undefined): CaBundle | undefined {
  try {
    return bundle === undefined || bundle.certificates.length === 0 ? undefined : bundle;
  } catch (error) {
    if (error instanceof CaBundleError) return undefined;
    throw error;
  }
}

/** What the resolver says about the API server's name. */
export type Resolution =
  | { readonly state: "resolved"; readonly addresses: readonly string[] }
  | { readonly state: "failed"; readonly reason: string };

/** A resolver asks each of its servers in turn; a request to the API server would take as long. */
const lookupMs = 2_000;

/** The addresses of the API server; undefined if no server is known. */
export const resolution: Fact<Resolution | undefined> = async ({ network, once, signal }) => {
  const place = await once(endpoint);
  if (place === undefined) return undefined;
  if (parseIp(place.host) !== undefined) return { state: "resolved", addresses: [place.host] };
  const late = AbortSignal.timeout(lookupMs);
  try {
    return { state: "resolved", addresses: await network.lookup(place.host, AbortSignal.any([signal, late])) };
  } catch (error) {
    throwIfAborted(signal);
    if (late.aborted) return { state: "failed", reason: `the resolver did not respond within ${lookupMs / 1000} s` };
    if (error instanceof NetworkError) return { state: "failed", reason: error.message };
    throw error;
  }
};

/** What the server presents in a handshake that verifies nothing; undefined if that fails. */
export const inspection: Fact<ServerInspection | undefined> = async ({ inspectServer, once, signal }) => {
  const place = await once(endpoint);
  return place === undefined || place.proxy !== undefined ? undefined : inspectServer(place.server, signal);
};

/** The answer of the API server to a request without credentials, or why there was none. */
export type AnonymousAnswer =
  | { readonly state: "answered"; readonly answer: HealthAnswer }
  | { readonly state: "failed"; readonly error: TransportError | ApiStatusError };

/** The health that the server, verified as the kubelet verifies it, reports to everyone. */
export const anonymousAnswer: Fact<AnonymousAnswer | undefined> = async ({ connections, once, signal }) => {
  const place = await once(endpoint);
  if (place === undefined) return undefined;
  const { server, authorities, serverName, proxy } = place;
  const cluster = connections.open(server, defined({ certificateAuthority: authorities?.pem, serverName, proxy }));
  try {
    return { state: "answered", answer: await cluster.health("/readyz", { signal, timeoutMs: requestTimeoutMs }) };
  } catch (error) {
    if (error instanceof TransportError || error instanceof ApiStatusError) return { state: "failed", error };
    throw error;
  }
};

export interface ServerClock {
  readonly here: Date;
  readonly there: Date;
}

/**
 * The clock of whatever answers at the endpoint. The server is not verified, because a wrong clock is a reason why it
 * could not be; the request carries no credentials.
 */
export const serverClock: Fact<ServerClock | undefined> = async ({ clock, connections, once, signal }) => {
  const place = await once(endpoint);
  if (place === undefined) return undefined;
  const { server, serverName, proxy } = place;
  const { send } = connections.transport(server, { insecureSkipVerify: true, ...defined({ serverName, proxy }) });
  return orElse(undefined, TransportError, async () => {
    const request = { method: "GET", url: `${server}/readyz`, timeoutMs: requestTimeoutMs } as const;
    const { headers } = await send(request, signal);
    const there = new Date(Date.parse(headers["date"] ?? ""));
    return Number.isNaN(there.getTime()) ? undefined : { here: clock.now(), there };
  });
};
