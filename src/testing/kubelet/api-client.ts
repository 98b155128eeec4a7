import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { connectHttps } from "../../cluster/https-node.ts";
import { requestTimeoutMs, restCluster } from "../../cluster/rest-cluster.ts";
import type { Credentials } from "./kubeconfig.ts";
import { kubeletVersion } from "./version.ts";

const userAgent = `kubelet/${kubeletVersion} (linux/amd64) stand-in`;

export interface ApiClient extends Cluster {
  /** A strategic merge patch of a Node's status. */
  patchNodeStatus(name: string, patch: unknown, signal: AbortSignal): Promise<void>;
}

export function connect(credentials: Credentials): ApiClient {
  const connection = connectHttps({
    certificateAuthority: credentials.certificateAuthority,
    ...(credentials.clientCertificate === undefined ? {} : { clientCertificate: credentials.clientCertificate }),
    ...(credentials.clientKey === undefined ? {} : { clientKey: credentials.clientKey }),
  });
  const cluster = restCluster({
    server: credentials.server,
    send: connection.send,
    userAgent,
    ...(credentials.token === undefined ? {} : { token: credentials.token }),
    close: connection.close,
  });
  return {
    ...cluster,
    patchNodeStatus: async (name, patch, signal) => {
      const response = await connection.send(
        {
          method: "PATCH",
          url: `${credentials.server}/api/v1/nodes/${name}/status?timeout=10s`,
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
