import { foreignText } from "../errors/printable-text.ts";
import { RequestError } from "./request-error.ts";

import type { ObjectShape } from "./shape.ts";

/** A resource type of the Kubernetes API. `T` is the TypeScript type of its objects. */
export interface ResourceType<T extends KubernetesObject> extends ObjectShape {
  /** "" for the core group. */
  readonly group: string;
  /** Version of the group, without the group: "v1". */
  readonly version: string;
  /** Name in the URL: "configmaps". */
  readonly plural: string;
  /** `kind` of its objects: "ConfigMap". */
  readonly kind: string;
  /** Whether its objects belong to namespaces. */
  readonly namespaced: boolean;
  /** Never set: carries the type of the objects, which is what a server promises; `shape` is what is checked of it. */
  readonly objectType?: T;
}

/** The fields of `metadata` that this program reads. */
export interface ObjectMeta {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly Readonly<Record<string, unknown>>[];
}

/** The fields that all objects of the Kubernetes API have. */
export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

/** Names an object within its resource type. */
export interface ObjectReference {
  /** Not set for cluster-scoped resources. */
  readonly namespace?: string;
  readonly name: string;
}

/** What every request takes. */
export interface RequestOptions {
  readonly signal: AbortSignal;
}

/** The options of a request that reads. */
export interface ReadOptions extends RequestOptions {
  /** Milliseconds until the whole answer has arrived; 10 s by default. */
  readonly timeoutMs?: number;
}

/** Which objects a list or watch has. Selectors are written as in the API: "app=web", "metadata.name=w1". */
export interface ListOptions extends ReadOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** The answer has at most so many objects. */
  readonly limit?: number;
  /** Objects are requested page by page, and not all of them if there are too many. */
  readonly bound?: ListBound;
  /**
   * All objects are requested, page by page: for lists that grow with the cluster, whose answer would otherwise be longer than
   * any that is accepted. As with `bound`, they lack managedFields, and Nodes their images.
   */
  readonly inPages?: true;
}

/** Where a list ends. */
export interface ListBound {
  readonly pageSize: number;
  readonly objects: number;
  /** Of all answers. The first page must be within it: TransportError otherwise. */
  readonly bytes: number;
  /** Called if the cluster has more objects. */
  onRest(): void;
}

/** The answer of a health endpoint. */
export interface HealthAnswer {
  /** HTTP status code. */
  readonly status: number;
  readonly body: string;
}

/** Which lines of which container `Cluster.podLog` returns. */
export interface PodLogOptions extends ReadOptions {
  readonly container: string;
  /** Of the container that ran before the present one. */
  readonly previous: boolean;
  /** Number of lines, from the end. */
  readonly tailLines: number;
}

/** How a patch is applied: JSON merge patch, strategic merge patch, JSON patch (RFC 6902), server-side apply. */
export type PatchType = "merge" | "strategic" | "json" | "apply";

/** A change that a watch reports, with the object as it is afterwards; a BOOKMARK only has its `resourceVersion`. */
export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/**
 * Sends requests to one API server with one identity. Every method throws ApiStatusError if the server responds with a
 * status other than 2xx, TransportError (transport.ts) if it does not respond or the response is not an object of the
 * type, and the signal's reason if the signal aborts. Neither error is ever converted to the other.
 */
export interface Cluster {
  /** The server's URL, for messages. */
  readonly server: string;
  /** The proxy that the requests use, for messages; undefined if they go directly to the server. */
  readonly proxy?: string | undefined;
  /** Returns an object. */
  get<T extends KubernetesObject>(type: ResourceType<T>, object: ObjectReference, options: ReadOptions): Promise<T>;
  /** Returns the objects that the options select, from as many requests as needed. */
  list<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions): Promise<readonly T[]>;
  /** Creates an object and returns it as stored. */
  create<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: T,
    options: RequestOptions & { readonly namespace?: string },
  ): Promise<T>;
  /** Replaces an object, which its metadata names, and returns it as stored. */
  update<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: RequestOptions): Promise<T>;
  /** Changes an object and returns it as stored. `patch` has the form that `patchType` says. */
  patch<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: ObjectReference,
    patch: unknown,
    options: RequestOptions & { readonly patchType: PatchType },
  ): Promise<T>;
  /** Deletes an object. */
  delete<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: ObjectReference,
    options: RequestOptions,
  ): Promise<void>;
  /**
   * Yields the current objects as ADDED events, then each change. Ends when the server ends the watch, and throws
   * TransportError when the connection breaks.
   */
  watch<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions): AsyncIterable<WatchEvent<T>>;
  /** Returns the last lines that a container of a Pod has written. The API server asks the kubelet for them. */
  podLog(pod: ObjectReference, options: PodLogOptions): Promise<string>;
  /** Calls a health endpoint of the server ("/livez") and returns its answer, whatever the status. */
  health(path: string, options: ReadOptions): Promise<HealthAnswer>;
  /** Closes the connections. */
  close(): void;
}

/**
 * An answer of the API server, or of a proxy in front of it, with a status other than 2xx. `message` is the message of the
 * Status object: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/.
 */
export class ApiStatusError extends RequestError {
  /** HTTP status code. */
  readonly status: number;
  /** Kubernetes' machine-readable reason ("NotFound", "Forbidden", …); empty if the answer was not a Status object. */
  readonly reason: string;
  /** The delay that a 429 or 503 requests, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super("ApiStatusError", message);
    this.status = status;
    this.reason = foreignText(reason);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** The server has no such object. */
export function isNotFound(error: unknown): error is ApiStatusError {
  return error instanceof ApiStatusError && error.status === 404;
}

/** The server has no such object, or does not show it to this user. */
export function isNotFoundOrForbidden(error: unknown): error is ApiStatusError {
  return isNotFound(error) || (error instanceof ApiStatusError && error.status === 403);
}
