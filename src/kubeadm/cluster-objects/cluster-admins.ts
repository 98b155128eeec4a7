import { ApiStatusError, type Cluster } from "../../cluster/cluster.ts";
import { KubeadmError, messageOf, withContext } from "../../errors/kubeadm-error.ts";
import { type Failure, persist } from "../waiting/persist.ts";
import { alreadyExists, explainRequestFailure } from "./explain-request-failure.ts";
import { clusterRoleBinding, group } from "./rbac.ts";
import type { ClusterWritePorts } from "./write-objects.ts";

const bindingName = "kubeadm:cluster-admins";

/** Makes the user of admin.conf an administrator; unlike system:masters, this right can be revoked. */
export const clusterAdminsBinding = clusterRoleBinding(bindingName, "cluster-admin", group(bindingName));

/** Short, because the new cluster is idle, and a refused connection to this machine costs nothing. */
const pollEveryMs = 50;
/** Milliseconds for which a refusal may come from a server that has not loaded its RBAC rules yet. */
const refusalPatienceMs = 5_000;

export interface AdminClients {
  /** Client of admin.conf's user. */
  readonly admin: Cluster;
  /** Client of super-admin.conf's user, in system:masters; undefined if the file does not exist. */
  readonly superAdmin: () => Promise<Cluster | undefined>;
}

/**
 * Waits until the ClusterRoleBinding of the administrators' group exists. If admin.conf's user may not create it, the
 * super-admin does (upstream: phases/kubeconfig EnsureAdminClusterRoleBinding). Throws KubeadmError.
 */
export async function ensureClusterAdmins(
  { admin, superAdmin }: AdminClients,
  ports: Omit<ClusterWritePorts, "cluster">,
): Promise<void> {
  let cluster = admin;
  const { clock, events, signal, timeoutMs } = ports;
  const attempt = async (attemptSignal: AbortSignal) => {
    try {
      await create(cluster, attemptSignal);
    } catch (error) {
      const other = isForbidden(error) && cluster === admin ? await superAdmin() : undefined;
      if (other === undefined) throw error;
      cluster = other;
      await create(cluster, attemptSignal);
    }
  };
  try {
    await persist({
      what: `the ClusterRoleBinding ${bindingName} at ${admin.server}`,
      attempt,
      explain: (error) => (isForbidden(error) && cluster === admin ? withoutRights(error) : trouble(error)),
      deadlineMs: timeoutMs,
      everyMs: () => pollEveryMs,
      clock,
      events,
      signal,
    });
  } catch (error) {
    throw withContext(error, "could not bootstrap the admin user in file admin.conf");
  }
}

async function create(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { type, object } = clusterAdminsBinding;
  try {
    await cluster.create(type, object, { signal });
  } catch (error) {
    if (!alreadyExists(error)) throw error;
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof ApiStatusError && error.status === 403;
}

function trouble(error: unknown): Failure {
  return explainRequestFailure("unable to create ClusterRoleBinding", error);
}

function withoutRights(error: unknown): Failure {
  const message = `the ClusterRoleBinding for the ${bindingName} Group is missing but there is no super-admin.conf to create it`;
  return {
    error: new KubeadmError("ADMIN_WITHOUT_RIGHTS", message, { cause: error }),
    patienceMs: refusalPatienceMs,
    reason: messageOf(error),
  };
}
