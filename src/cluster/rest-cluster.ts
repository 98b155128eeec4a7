import type { Secret } from "../errors/secret.ts";
import { defined } from "../values/defined.ts";
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
import { boundedList, continueIn, type Page, wholeList } from "./list-pages.ts";
import { pods } from "./resources.ts";
import { shapeProblem } from "./shape.ts";
import {
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
  type TransportErrorCode,
} from "./transport.ts";
import { typed } from "./typed.ts";

/** Upstream limits every request of its kubeconfig clients to 10 s, visible as ?timeout=10s in the audit log. */
export const requestTimeoutMs = 10_000;

/** A server ends watches after this long at most. */
const watchTimeoutSeconds = 300;
/** How much longer a watch may last. */
const watchGraceMs = 30_000;
/** A server sends its watchers a bookmark about once a minute. */
const watchIdleTimeoutMs = 150_000;

/** Maximum bytes of an answer with one object: etcd stores at most 1.5 MiB, and JSON is a little larger. */
const maxObjectBytes = 4 * 1024 * 1024;
/** Maximum bytes of an error answer. */
const maxStatusBytes = 1024 * 1024;

export interface RestClusterOptions {
  /** `https://host:port`, no path. */
  readonly server: string;
  readonly send: Transport;
  /** The proxy that `send` uses, in the form that may be shown. */
  readonly proxy?: string;
  /** Bearer token; undefined for a client with a certificate, or for an anonymous one. */
  readonly token?: Secret;
  /** Used if there is no token. */
  readonly basicAuth?: { readonly username: string; readonly password: Secret };
  readonly userAgent: string;
  readonly onRequest?: (request: RequestReport) => void;
  /** Called for a request that got no answer, unless it was aborted. */
  readonly onFailure?: (failure: RequestFailure) => void;
  /** Called for each object that the server has stored or deleted; not for a review, which it only answers. */
  readonly onChange?: (change: ObjectChange) => void;
  /** Milliseconds, monotonic: for request events. */
  readonly monotonic?: () => number;
  readonly close?: () => void;
}

export interface RequestReport {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly durationMs: number;
  /** The server's clock, from the Date header. */
  readonly serverDate?: Date;
}

export interface ObjectChange {
  readonly verb: "created" | "updated" | "patched" | "deleted";
  /** Name in the URL: "configmaps". */
  readonly resource: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface RequestFailure extends Pick<RequestReport, "method" | "url" | "durationMs"> {
  readonly reason: TransportErrorCode;
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
  const json = async <T extends KubernetesObject>(type: ResourceType<T>, request: CallRequest, signal: AbortSignal) =>
    checked(type, await parseObject(await call(request, signal), options, maxObjectBytes), options);
  const written = async <T extends KubernetesObject>(
    verb: ObjectChange["verb"],
    type: ResourceType<T>,
    request: CallRequest,
    signal: AbortSignal,
  ) => {
    const object = await json(type, request, signal);
    const { name, namespace } = object.metadata ?? {};
    // The server's fields may also be null.
    if (typeof name === "string") {
      options.onChange?.({ verb, resource: type.plural, name, ...defined({ namespace: namespace ?? undefined }) });
    }
    return object;
  };
  return {
    server: options.server,
    proxy: options.proxy,
    get: (type, object, { signal, timeoutMs = requestTimeoutMs }) =>
      json(type, { method: "GET", path: `${objectPath(type, object)}?timeout=10s`, timeoutMs }, signal),
    list: async (type, listOptions) => {
      const page = async (from: Page) => {
        const { limit, next, timeoutMs } = from;
        const asked = { ...listOptions, ...defined({ limit }) };
        const path = collectionPath(type, listOptions) + query(asked, next === "" ? {} : { continue: next });
        const answer = await call({ method: "GET", path, ...defined({ timeoutMs }) }, listOptions.signal);
        const text = await answer.text(from.maxBytes);
        const list = objectIn(text, options);
        const items: unknown = list["items"] ?? [];
        if (!Array.isArray(items)) throw malformed(options, "its items are not a list");
        const objects = items.map((item: unknown) => checked(type, item, options));
        return { objects, bytes: text.length, next: continueIn(list) };
      };
      const { bound, timeoutMs, inPages } = listOptions;
      if (inPages === true) return wholeList(page, listOptions);
      if (bound !== undefined) return boundedList(page, { bound, ...defined({ timeoutMs }) }, options.monotonic);
      return (await page({ next: "", ...defined({ timeoutMs }) })).objects;
    },
    create: (type, object, { namespace, signal }) =>
      written(
        "created",
        type,
        { method: "POST", path: collectionPath(type, namespaceOf(namespace, object)), body: typed(type, object) },
        signal,
      ),
    update: (type, object, { signal }) =>
      written(
        "updated",
        type,
        { method: "PUT", path: objectPath(type, referenceOf(object)), body: typed(type, object) },
        signal,
      ),
    patch: (type, object, body, { patchType, signal }) =>
      written(
        "patched",
        type,
        {
          method: "PATCH",
          path: `${objectPath(type, object)}?timeout=10s`,
          body,
          contentType: patchMediaTypes[patchType],
        },
        signal,
      ),
    delete: async (type, object, { signal }) => {
      await (await call({ method: "DELETE", path: objectPath(type, object) }, signal)).text(maxObjectBytes);
      const { name, namespace } = object;
      options.onChange?.({ verb: "deleted", resource: type.plural, name, ...defined({ namespace }) });
    },
    watch: (type, listOptions) => watch(options, type, listOptions),
    health: async (path, { signal, timeoutMs = requestTimeoutMs }) => {
      const response = await send(options, { method: "GET", path, accept: "*/*", timeoutMs }, signal);
      return { status: response.status, body: withoutToken(await response.text(maxStatusBytes), options) };
    },
    podLog: async (pod, { container, previous, tailLines, signal, timeoutMs = requestTimeoutMs }) => {
      const wanted = { container, previous: String(previous), tailLines: String(tailLines) };
      const limits = new URLSearchParams({ ...wanted, limitBytes: String(maxLogBytes) });
      const path = `${objectPath(pods, pod)}/log?${limits}`;
      const response = await call({ method: "GET", path, accept: "*/*", timeoutMs }, signal);
      return withoutToken(await response.text(2 * maxLogBytes), options);
    },
    close: () => options.close?.(),
  };
}

/** What a kubelet returns of a log at most; its last lines say why a program ended. */
const maxLogBytes = 64 * 1024;

interface CallRequest {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** JSON by default. */
  readonly accept?: string;
  readonly timeoutMs?: number;
  readonly idleTimeoutMs?: number;
}

async function exchange(options: RestClusterOptions, call: CallRequest, signal: AbortSignal): Promise<HttpResponse> {
  const response = await send(options, call, signal);
  if (response.status < 200 || response.status > 299) {
    throw statusError(response, withoutToken(await statusBody(response), options));
  }
  return response;
}

async function send(options: RestClusterOptions, call: CallRequest, signal: AbortSignal): Promise<HttpResponse> {
  const url = options.server + call.path;
  const now = options.monotonic ?? (() => performance.now());
  const started = now();
  const elapsedMs = () => now() - started;
  const response = await answerTo(
    {
      method: call.method,
      url,
      headers: {
        accept: call.accept ?? "application/json",
        "user-agent": options.userAgent,
        ...authorization(options),
        ...(call.body === undefined ? {} : { "content-type": call.contentType ?? "application/json" }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      timeoutMs: call.timeoutMs ?? requestTimeoutMs,
      ...defined({ idleTimeoutMs: call.idleTimeoutMs }),
    },
    { ...options, elapsedMs },
    signal,
  );
  const date = Date.parse(response.headers["date"] ?? "");
  options.onRequest?.({
    method: call.method,
    url,
    status: response.status,
    durationMs: elapsedMs(),
    ...(Number.isNaN(date) ? {} : { serverDate: new Date(date) }),
  });
  return response;
}

async function answerTo(
  request: HttpRequest,
  { send, elapsedMs, onFailure }: Pick<RestClusterOptions, "send" | "onFailure"> & { readonly elapsedMs: () => number },
  signal: AbortSignal,
): Promise<HttpResponse> {
  try {
    return await send(request, signal);
  } catch (error) {
    if (error instanceof TransportError) {
      const { method, url } = request;
      onFailure?.({ method, url, reason: error.code, durationMs: elapsedMs() });
    }
    throw error;
  }
}

/** A server, or a proxy in front of it, may quote the request; the token must not get into an error. */
function withoutToken(text: string, { token, basicAuth }: RestClusterOptions): string {
  const encoded = basicAuth === undefined ? "" : basicCredentials(basicAuth);
  return [token?.reveal() ?? "", basicAuth?.password.reveal() ?? "", encoded]
    .filter((value) => value !== "")
    .reduce((shown, value) => shown.replaceAll(value, "[redacted]"), text);
}

function authorization({ token, basicAuth }: RestClusterOptions): { readonly authorization?: string } {
  if (token !== undefined) return { authorization: `Bearer ${token.reveal()}` };
  return basicAuth === undefined ? {} : { authorization: `Basic ${basicCredentials(basicAuth)}` };
}

function basicCredentials({ username, password }: NonNullable<RestClusterOptions["basicAuth"]>): string {
  return Buffer.from(`${username}:${password.reveal()}`).toString("base64");
}

async function parseObject(response: HttpResponse, options: RestClusterOptions, maxBytes?: number) {
  return objectIn(await response.text(maxBytes), options);
}

function objectIn(text: string, options: RestClusterOptions): Readonly<Record<string, unknown>> {
  const value = parsed(text, options);
  if ("kind" in value) return value;
  throw notOfTheApi(text, options);
}

function parsed(text: string, options: RestClusterOptions): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Falls through: this is not an answer of the Kubernetes API.
  }
  throw notOfTheApi(text, options);
}

function notOfTheApi(text: string, options: RestClusterOptions): TransportError {
  return malformed(options, JSON.stringify(withoutToken(text.slice(0, 4096), options).slice(0, 60)));
}

function malformed({ server }: RestClusterOptions, problem: string): TransportError {
  const message = `the response from ${server} is not an object of the Kubernetes API: ${problem}`;
  return new TransportError("malformed-answer", server, message);
}

/** Returns the object as one of the type, as far as it is read. */
function checked<T extends KubernetesObject>(type: ResourceType<T>, object: unknown, options: RestClusterOptions): T {
  if (typeof object !== "object" || object === null) throw malformed(options, `it is no ${type.kind}`);
  const problem = shapeProblem(object, type);
  if (problem !== undefined) throw malformed(options, `of the ${type.kind}, ${problem}`);
  return object as T;
}

/** Returns the body of an answer that is not a success; nothing if it is too long to be a Status. */
async function statusBody(response: HttpResponse): Promise<string> {
  try {
    return await response.text(maxStatusBytes);
  } catch (error) {
    if (error instanceof TransportError && error.code === "malformed-answer") return "";
    throw error;
  }
}

function statusError(response: HttpResponse, body: string): ApiStatusError {
  const retryAfter = Number(response.headers["retry-after"]);
  const retryAfterMs = response.headers["retry-after"] !== undefined && retryAfter >= 0 ? retryAfter * 1000 : undefined;
  const status = parseStatus(body);
  if (status !== undefined) return new ApiStatusError(response.status, status.reason, status.message, retryAfterMs);
  const text = `the server responded with HTTP status ${response.status} and no Status object`;
  return new ApiStatusError(response.status, "", text, retryAfterMs);
}

function parseStatus(body: string): { reason: string; message: string } | undefined {
  try {
    const value = JSON.parse(body) as { kind?: unknown; reason?: unknown; message?: unknown } | null;
    if (value?.kind !== "Status") return undefined;
    const { reason = "", message = "" } = value;
    return typeof reason === "string" && typeof message === "string" ? { reason, message } : undefined;
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
  const timeoutMs = watchTimeoutSeconds * 1_000 + watchGraceMs;
  const call = { method: "GET", path, timeoutMs, idleTimeoutMs: watchIdleTimeoutMs } as const;
  const response = await exchange(options, call, listOptions.signal);
  for await (const line of response.lines()) {
    if (line !== "") yield watchEvent(type, parsed(line, options), options);
  }
}

const watchEventTypes: readonly unknown[] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"];

function watchEvent<T extends KubernetesObject>(
  type: ResourceType<T>,
  event: Readonly<Record<string, unknown>>,
  options: RestClusterOptions,
): WatchEvent<T> {
  const { object } = event;
  if (event["type"] === "ERROR") {
    const { code, reason, message } = (object ?? {}) as Readonly<Record<string, unknown>>;
    const text = typeof message === "string" ? withoutToken(message, options) : "watch failed";
    throw new ApiStatusError(typeof code === "number" ? code : 500, typeof reason === "string" ? reason : "", text);
  }
  if (!watchEventTypes.includes(event["type"])) throw malformed(options, "it is not a watch event");
  return { type: event["type"] as WatchEvent<T>["type"], object: checked(type, object, options) };
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
    ...defined({ labelSelector: options.labelSelector, fieldSelector: options.fieldSelector }),
    ...(options.limit === undefined ? {} : { limit: String(options.limit) }),
    ...more,
  });
  return parameters.size === 0 ? "" : `?${parameters}`;
}

function namespaceOf(namespace: string | undefined, object: KubernetesObject): { readonly namespace?: string } {
  const value = namespace ?? object.metadata?.namespace;
  return defined({ namespace: value });
}

function referenceOf(object: KubernetesObject): ObjectReference {
  const { name = "", namespace } = object.metadata ?? {};
  return namespace === undefined ? { name } : { name, namespace };
}
