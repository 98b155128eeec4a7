import { ApiStatusError, type Cluster, type ReadOptions } from "../../../cluster/cluster.ts";
import { TransportError } from "../../../cluster/transport.ts";

/** A client of the cluster with the credentials of the kubeconfig at `path`, or why there is none. */
export type ClusterAccess =
  | { readonly state: "open"; readonly cluster: Cluster; readonly path: string }
  | { readonly state: "closed"; readonly reason: string };

/** What the cluster answers to one question. */
export type Answer<T> =
  | { readonly state: "found"; readonly value: T }
  | { readonly state: "missing" }
  | {
      readonly state: "unseen";
      readonly reason: string;
      /** The server does not accept the credentials (401), or does not let them do this (403). */
      readonly refusal?: ApiStatusError;
    };

/** Asks the cluster; that nothing answers, or that the server refuses, is an answer too. */
export async function answerTo<T>(
  question: (cluster: Cluster, options: ReadOptions) => Promise<T>,
  access: ClusterAccess,
  options: ReadOptions,
): Promise<Answer<T>> {
  if (access.state === "closed") return { state: "unseen", reason: access.reason };
  try {
    return { state: "found", value: await question(access.cluster, options) };
  } catch (error) {
    if (error instanceof TransportError) return { state: "unseen", reason: error.message };
    if (!(error instanceof ApiStatusError)) throw error;
    if (error.status === 404) return { state: "missing" };
    if (error.status !== 401 && error.status !== 403) return { state: "unseen", reason: error.message };
    const reason = `the API server refuses it to the user of ${access.path}: ${error.message}`;
    return { state: "unseen", reason, refusal: error };
  }
}

/** Returns why there is no answer, as the reason for a skipped check. */
export function unreadReason(answer: { readonly state: string; readonly reason?: string }): string {
  return `it could not be read: ${answer.reason ?? "the API server does not know it"}`;
}
