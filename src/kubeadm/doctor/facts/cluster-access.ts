import { orElse } from "../../../async/or-else.ts";
import { started } from "../../../async/started.ts";
import type { Cluster, HealthAnswer, ReadOptions } from "../../../cluster/cluster.ts";
import { TransportError } from "../../../cluster/transport.ts";
import { isKubeadmError } from "../../../errors/kubeadm-error.ts";
import { localServer } from "../../control-plane/servers.ts";
import { currentCluster, type Kubeconfig, withServer } from "../../kubeconfig/kubeconfig.ts";
import { openKubeconfig } from "../../kubeconfig/open-kubeconfig.ts";
import { adminKubeconfigPath } from "../../paths.ts";
import type { Examination, Fact } from "../examination.ts";
import { type Answer, answerTo, type ClusterAccess } from "./answer.ts";
import { localApiEndpoint } from "./control-plane.ts";
import { type KubeconfigOnDisk, kubeconfigOnDisk, kubeletKubeconfig } from "./kubeconfig.ts";

/** Milliseconds for the response from a health endpoint: without it, nothing else is requested. */
const healthTimeoutMs = 900;
/** Milliseconds for each request after that; both together stay below the deadline of a check. */
const requestTimeoutMs = 1_300;

const adminKubeconfig: Fact<KubeconfigOnDisk> = (examination) => kubeconfigOnDisk(adminKubeconfigPath, examination);

/** The credentials for questions to the cluster: the administrator's, or those of the kubelet, which may read little. */
const credentials: Fact<{ readonly path: string; readonly kubeconfig: Kubeconfig } | undefined> = async ({ once }) => {
  const admin = await once(adminKubeconfig);
  if (admin.state === "loaded") return admin;
  const kubelet = await once(kubeletKubeconfig);
  if (kubelet.state === "loaded") return kubelet;
  const unreadable = [admin, kubelet].find(({ state }) => state === "not-readable");
  if (unreadable?.state === "not-readable") throw unreadable.error;
  return undefined;
};

async function open(
  { kubeconfig, path }: { readonly kubeconfig: Kubeconfig; readonly path: string },
  examination: Examination,
): Promise<Cluster | undefined> {
  // The checks of the kubeconfigs say what is wrong with them.
  return orElse(undefined, isKubeadmError, () =>
    openKubeconfig(kubeconfig, path, { ...examination, environment: examination.machine.environment }),
  );
}

/** The API server of this machine, whatever the kubeconfig's server is; undefined if nothing says where it listens. */
const localApiServer: Fact<Cluster | undefined> = async (examination) => {
  const [used, place] = await Promise.all([examination.once(credentials), examination.once(localApiEndpoint)]);
  if (used === undefined || place === undefined) return undefined;
  return open(
    { ...used, kubeconfig: withServer(used.kubeconfig, localServer({ localAPIEndpoint: place })) },
    examination,
  );
};

/** The health of this machine's API server, or why it gave none. */
export type ApiServerHealth =
  | { readonly state: "answered"; readonly server: string; readonly livez: HealthAnswer; readonly readyz: HealthAnswer }
  | { readonly state: "failed"; readonly server: string; readonly error: TransportError }
  /** It is not known where it listens, or there are no credentials. */
  | { readonly state: "unknown" };

export const localHealth: Fact<ApiServerHealth> = async (examination) => {
  const cluster = await examination.once(localApiServer);
  if (cluster === undefined) return { state: "unknown" };
  const { server } = cluster;
  const options = { signal: examination.signal, timeoutMs: healthTimeoutMs };
  try {
    const [livez, readyz] = await Promise.all([cluster.health("/livez", options), cluster.health("/readyz", options)]);
    return { state: "answered", server, livez, readyz };
  } catch (error) {
    if (error instanceof TransportError) return { state: "failed", server, error };
    throw error;
  }
};

/** Returns what one check of a health endpoint says: only its own endpoint shows the reason. */
export async function healthReason(path: string, examination: Examination): Promise<string | undefined> {
  const cluster = await examination.once(localApiServer);
  return orElse(undefined, TransportError, async () => {
    const answer = await cluster?.health(path, { signal: examination.signal, timeoutMs: healthTimeoutMs });
    return answer === undefined || answer.status === 200 ? undefined : answer.body.trim();
  });
}

/** Through this machine's API server or, if that does not respond, through another one. */
const clusterAccess: Fact<ClusterAccess> = async (examination) => {
  const { once } = examination;
  const used = await once(credentials);
  if (used === undefined) return { state: "closed", reason: "there is no kubeconfig to access the cluster with" };
  const elsewhere = started(once(otherApiServer));
  const health = await once(localHealth);
  const local = await once(localApiServer);
  if (health.state === "answered" && health.livez.status < 500 && local !== undefined) {
    return { state: "open", cluster: local, path: used.path };
  }
  const other = await elsewhere;
  if (other !== undefined) return { state: "open", cluster: other, path: used.path };
  return { state: "closed", reason: "no API server responds" };
};

/** The cluster's API server as the kubeconfig names it, if that is not this machine's and it answers. */
const otherApiServer: Fact<Cluster | undefined> = async (examination) => {
  const { once, signal } = examination;
  const [used, local] = await Promise.all([once(credentials), once(localApiServer)]);
  const server = used === undefined ? undefined : currentCluster(used.kubeconfig)?.server;
  if (used === undefined || server === undefined || server === local?.server) return undefined;
  const cluster = await open(used, examination);
  return orElse(undefined, TransportError, async () => {
    const answer = await cluster?.health("/livez", { signal, timeoutMs: healthTimeoutMs });
    return answer !== undefined && answer.status < 500 ? cluster : undefined;
  });
};

/** Asks the cluster, unless an earlier question has shown that it does not respond. */
export async function ask<T>(
  { once, signal }: Pick<Examination, "once" | "signal">,
  question: (cluster: Cluster, options: ReadOptions) => Promise<T>,
): Promise<Answer<T>> {
  return answerTo(question, await once(clusterAccess), { signal, timeoutMs: requestTimeoutMs });
}
