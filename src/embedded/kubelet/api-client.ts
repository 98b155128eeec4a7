import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { requestTimeoutMs, restCluster } from "../../cluster/rest-cluster.ts";
import { defined } from "../../values/defined.ts";
import type { Credentials } from "./kubeconfig.ts";
import type { KubeletNetwork } from "./kubelet-network.ts";

export interface ApiClient extends Cluster {
  /** A strategic merge patch of an object's status; the path is the object's own. */
  patchStatus(path: string, patch: unknown, signal: AbortSignal): Promise<void>;
}

export interface ApiClientOptions {
  readonly network: KubeletNetwork;
  /** The kubelet's release. */
  readonly version: string;
}

export function connect(credentials: Credentials, { network, version }: ApiClientOptions): ApiClient {
  const userAgent = `kubelet/${version} (linux/amd64) stand-in`;
  const connection = network.connect({
    certificateAuthority: credentials.certificateAuthority,
    ...defined({ clientCertificate: credentials.clientCertificate, clientKey: credentials.clientKey }),
  });
  const cluster = restCluster({
    server: credentials.server,
    send: connection.send,
    userAgent,
    ...defined({ token: credentials.token }),
    close: connection.close,
  });
  return {
    ...cluster,
    patchStatus: async (path, patch, signal) => {
      const response = await connection.send(
        {
          method: "PATCH",
          url: `${credentials.server}${path}/status?timeout=10s`,
          headers: { "content-type": "application/strategic-merge-patch+json", "user-agent": userAgent },
          body: JSON.stringify(patch),
          timeoutMs: requestTimeoutMs,
        },
        signal,
      );
      const answer = await response.text();
      if (response.status !== 200) throw new ApiStatusError(response.status, "", answer);
    },
  };
}
