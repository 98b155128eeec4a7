import { foreignText } from "../errors/printable-text.ts";

import type { Shape } from "./shape.ts";

/** A resource type of the Kubernetes API, with the TypeScript type of its objects. */
export interface ResourceType<T extends KubernetesObject> {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /**
   * The shape of the fields other than metadata, as far as this program reads them; `objectType` is what a server
   * promises.
   */
  readonly shape?: Readonly<Record<string, Shape>>;
  /** Never set: carries the type of the objects. */
  readonly objectType?: T;
}

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

export interface KubernetesObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
}

export interface ObjectReference {
  readonly namespace?: string;
  readonly name: string;
}

export interface RequestOptions {
  readonly signal: AbortSignal;
}

export interface ReadOptions extends RequestOptions {
  /** Milliseconds until the whole answer has arrived; 10 s by default. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends RequestOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface HealthAnswer {
  /** HTTP status code. */
  readonly status: number;
  readonly body: string;
}

export type PatchType = "merge" | "strategic" | "json" | "apply";

export interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: T;
}

/**
 * The Kubernetes API as one identity sees it. An answer other than 2xx is an ApiStatusError. A request without an
 * answer is a TransportError (see transport.ts), and so is an answer that is not an object of the type. Neither is ever
 * converted to the other.
 */
export interface Cluster {
  /** The server's URL, for messages. */
  readonly server: string;
  /** The proxy that the requests use, for messages; undefined if they go directly to the server. */
  readonly proxy?: string | undefined;
  get<T extends KubernetesObject>(type: ResourceType<T>, object: ObjectReference, options: ReadOptions): Promise<T>;
  list<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions): Promise<readonly T[]>;
  create<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: T,
    options: RequestOptions & { readonly namespace?: string },
  ): Promise<T>;
  update<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: RequestOptions): Promise<T>;
  patch<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: ObjectReference,
    patch: unknown,
    options: RequestOptions & { readonly patchType: PatchType },
  ): Promise<T>;
  delete<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: ObjectReference,
    options: RequestOptions,
  ): Promise<void>;
  /** Starts with the current state as ADDED events; ends when the server ends it, throws when the connection breaks. */
  watch<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions): AsyncIterable<WatchEvent<T>>;
  /** Calls one of the server's health endpoints ("/livez"): any status is an answer. */
  health(path: string, options: ReadOptions): Promise<HealthAnswer>;
  close(): void;
}

/** A Status answer from the API server (or from something in front of it). */
export class ApiStatusError extends Error {
  /** HTTP status code. */
  readonly status: number;
  /** Kubernetes' machine-readable reason ("NotFound", "Forbidden", …); empty if the answer was not a Status object. */
  readonly reason: string;
  /** The delay that a 429 or 503 requests, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(foreignText(message));
    this.name = "ApiStatusError";
    this.status = status;
    this.reason = foreignText(reason);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}
