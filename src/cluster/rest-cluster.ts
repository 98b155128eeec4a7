import type { Secret } from "../errors/secret.ts";
import {
  ApiStatusError,
  type Cluster,
  type KubernetesObject,
  type ListOptions,
  type ObjectReference,
  type PatchType,
  type ResourceType,
  type WatchEvent,
} from "./cluster.ts";
import { type HttpRequest, type HttpResponse, type Transport, TransportError } from "./transport.ts";
import { typed } from "./typed.ts";

/** Upstream gives every request of its kubeconfig clients 10 s, visible as ?timeout=10s in the audit log. */
export const requestTimeoutMs = 10_000;

/** A server asks its watchers to come back after this long at most; it also bounds silent connections. */
const watchTimeoutSeconds = 300;

export interface RestClusterOptions {
  /** `https://host:port`, no path. */
  readonly server: string;
  readonly send: Transport;
  /** Bearer token; none where a client certificate speaks, or nobody does. */
  readonly token?: Secret;
  readonly userAgent: string;
  readonly onRequest?: (request: RequestReport) => void;
  /** Milliseconds, monotonic: for request reports. */
  readonly monotonic?: () => number;
  readonly close?: () => void;
}

export interface RequestReport {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly durationMs: number;
  /** The server's clock by its Date header. */
  readonly serverDate?: Date;
}

const patchMediaTypes: Readonly<Record<PatchType, string>> = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
};

/** The Kubernetes API over any transport. */
export function restCluster(options: RestClusterOptions): Cluster {
  const call = (request: CallRequest, signal: AbortSignal) => exchange(options, request, signal);
  const json = async <T>(request: CallRequest, signal: AbortSignal) =>
    parseObject<T>(await call(request, signal), options);
  return {
    server: options.server,
    get: (type, object, { signal, timeoutMs = requestTimeoutMs }) =>
      json({ method: "GET", path: `${objectPath(type, object)}?timeout=10s`, timeoutMs }, signal),
    list: async (type, listOptions) => {
      const list = await json<{ items?: readonly never[] }>(
        { method: "GET", path: collectionPath(type, listOptions) + query(listOptions, {}) },
        listOptions.signal,
      );
      return list.items ?? [];
    },
    create: (type, object, { namespace, signal }) =>
      json(
        { method: "POST", path: collectionPath(type, namespaceOf(namespace, object)), body: typed(type, object) },
        signal,
      ),
    update: (type, object, { signal }) =>
      json({ method: "PUT", path: objectPath(type, referenceOf(object)), body: typed(type, object) }, signal),
    patch: (type, object, body, { patchType, signal }) =>
      json(
        {
          method: "PATCH",
          path: `${objectPath(type, object)}?timeout=10s`,
          body,
          contentType: patchMediaTypes[patchType],
        },
        signal,
      ),
    delete: async (type, object, { signal }) => {
      await call({ method: "DELETE", path: objectPath(type, object) }, signal);
    },
    watch: (type, listOptions) => watch(options, type, listOptions),
    health: async (path, { signal, timeoutMs = requestTimeoutMs }) => {
      const response = await send(options, { method: "GET", path, accept: "*/*", timeoutMs }, signal);
      return { status: response.status, body: withoutToken(await response.text(), options) };
    },
    close: () => options.close?.(),
  };
}

interface CallRequest {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** By default JSON. */
  readonly accept?: string;
  readonly timeoutMs?: number;
}

async function exchange(options: RestClusterOptions, call: CallRequest, signal: AbortSignal): Promise<HttpResponse> {
  const response = await send(options, call, signal);
  if (response.status < 200 || response.status > 299) {
    throw statusError(response, withoutToken(await response.text(), options));
  }
  return response;
}

async function send(options: RestClusterOptions, call: CallRequest, signal: AbortSignal): Promise<HttpResponse> {
  const url = options.server + call.path;
  const now = options.monotonic ?? (() => performance.now());
  const started = now();
  const response = await options.send(
    {
      method: call.method,
      url,
      headers: {
        accept: call.accept ?? "application/json",
        "user-agent": options.userAgent,
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token.reveal()}` }),
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: call.timeoutMs ?? requestTimeoutMs,
    },
    signal,
  );
  const date = Date.parse(response.headers["date"] ?? "");
  options.onRequest?.({
    method: call.method,
    url,
    status: response.status,
    durationMs: now() - started,
    ...(Number.isNaN(date) ? {} : { serverDate: new Date(date) }),
  });
  return response;
}

/** A server, or a proxy before it, that quotes what it was sent must not bring the token into an error. */
function withoutToken(text: string, { token }: RestClusterOptions): string {
  const value = token?.reveal() ?? "";
  return value === "" ? text : text.replaceAll(value, "[redacted]");
}

async function parseObject<T>(response: HttpResponse, options: RestClusterOptions): Promise<T> {
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "kind" in value) return value as T;
  } catch {
    // Falls through: whatever it is, it is no answer of the Kubernetes API.
  }
  throw new TransportError(
    "malformed-answer",
    options.server,
    `the answer of ${options.server} is no object of the Kubernetes API: ${JSON.stringify(withoutToken(text, options).slice(0, 60))}`,
  );
}

function statusError(response: HttpResponse, body: string): ApiStatusError {
  const retryAfter = Number(response.headers["retry-after"]);
  const retryAfterMs = response.headers["retry-after"] !== undefined && retryAfter >= 0 ? retryAfter * 1000 : undefined;
  const status = parseStatus(body);
  if (status !== undefined) return new ApiStatusError(response.status, status.reason, status.message, retryAfterMs);
  const text = `the server answered with HTTP status ${response.status} and no Status object`;
  return new ApiStatusError(response.status, "", text, retryAfterMs);
}

function parseStatus(body: string): { reason: string; message: string } | undefined {
  try {
    const value = JSON.parse(body) as { kind?: unknown; reason?: unknown; message?: unknown } | null;
    if (value?.kind !== "Status") return undefined;
    return { reason: String(value.reason ?? ""), message: String(value.message ?? "") };
  } catch {
    return undefined;
  }
}

async function* watch<T extends KubernetesObject>(
  options: RestClusterOptions,
  type: ResourceType<T>,
  listOptions: ListOptions,
): AsyncGenerator<WatchEvent<T>> {
  const path =
    collectionPath(type, listOptions) +
    query(listOptions, { watch: "true", allowWatchBookmarks: "true", timeoutSeconds: String(watchTimeoutSeconds) });
  const timeoutMs = (watchTimeoutSeconds + 30) * 1000;
  const response = await exchange(options, { method: "GET", path, timeoutMs }, listOptions.signal);
  for await (const line of response.lines()) {
    if (line === "") continue;
    const event = JSON.parse(line) as {
      type: string;
      object: T & { code?: number; reason?: string; message?: string };
    };
    if (event.type === "ERROR") {
      throw new ApiStatusError(
        event.object.code ?? 500,
        event.object.reason ?? "",
        event.object.message ?? "watch failed",
      );
    }
    yield event as WatchEvent<T>;
  }
}

function groupPath(type: ResourceType<KubernetesObject>): string {
  return type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
}

function collectionPath(type: ResourceType<KubernetesObject>, place: { readonly namespace?: string }): string {
  const namespace = type.namespaced && place.namespace !== undefined ? `/namespaces/${segment(place.namespace)}` : "";
  return `${groupPath(type)}${namespace}/${type.plural}`;
}

function objectPath(type: ResourceType<KubernetesObject>, object: ObjectReference): string {
  return `${collectionPath(type, object)}/${segment(object.name)}`;
}

function segment(value: string): string {
  return encodeURIComponent(value).replaceAll("%3A", ":");
}

function query(options: ListOptions, more: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams({
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.fieldSelector === undefined ? {} : { fieldSelector: options.fieldSelector }),
    ...more,
  });
  return parameters.size === 0 ? "" : `?${parameters}`;
}

function namespaceOf(namespace: string | undefined, object: KubernetesObject): { readonly namespace?: string } {
  const value = namespace ?? object.metadata?.namespace;
  return value === undefined ? {} : { namespace: value };
}

function referenceOf(object: KubernetesObject): ObjectReference {
  const { name = "", namespace } = object.metadata ?? {};
  return namespace === undefined ? { name } : { name, namespace };
}
