// Requests for stored objects, from the verb to the answer.
import type { Clock } from "../../../async/clock.ts";
import { type ApiResponse, jsonResponse, type ReadRequest } from "./api.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import { decodeBody, type Representation, representationOf } from "./negotiation.ts";
import { type Fields, isFields, type StoredObject, without } from "./objects.ts";
import { findResource } from "./registry/registry.ts";
import { apiVersionOf, type ResourceDefinition } from "./registry/resource.ts";
import { isTrue, type RequestInfo } from "./request-info.ts";
import {
  createObject,
  deleteObject,
  getObject,
  patchStored,
  type RestContext,
  subresourceOf,
  updateObject,
} from "./rest.ts";
import { type FieldRequirement, parseLabelSelector } from "./selectors.ts";
import { badRequest, expired, methodNotAllowed, noSuchResource, quoted, StatusError } from "./status.ts";
import type { Storage } from "./storage.ts";
import { partialMetadata } from "./tables/partial-metadata.ts";
import { tableOf } from "./tables/table.ts";
import type { UserInfo } from "./user-info.ts";
import { type WatchEvent, watch } from "./watch.ts";

export interface ResourceHandlerOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly authorize: Authorizer;
  readonly serviceSubnet: string;
}

export interface ResourceRequest {
  readonly request: ReadRequest;
  readonly info: RequestInfo;
  readonly user: UserInfo;
}

export async function handleResource(call: ResourceRequest, options: ResourceHandlerOptions): Promise<ApiResponse> {
  const { request, info } = call;
  const definition = definitionOf(info);
  const context = restContext(call, definition, options);
  const form = representationOf(request.headers["accept"]);
  const answer = (status: number, object: StoredObject) =>
    jsonResponse(status, represent(object, definition, form, request.query, options.clock));
  requireVerb(info, definition);
  switch (info.verb) {
    case "get":
      return answer(200, getObject(context));
    case "list":
      return listAnswer(call, definition, form, options);
    case "watch":
      return watchAnswer(call, definition, form, options);
    case "create":
      return answer(201, createObject(decodeBody(request.headers["content-type"], request.body), context));
    case "update": {
      const { created, object } = updateObject(decodeBody(request.headers["content-type"], request.body), context);
      return answer(created ? 201 : 200, object);
    }
    case "patch": {
      const [contentType = ""] = (request.headers["content-type"] ?? "").split(";");
      const { created, object } = patchStored(contentType, request.body, context);
      return answer(created ? 201 : 200, object);
    }
    case "delete":
      return deleteAnswer(call, context);
    case "deletecollection":
      return deleteCollectionAnswer(call, context, options);
    default:
      throw methodNotAllowed(definition, info.verb);
  }
}

function definitionOf(info: RequestInfo): ResourceDefinition {
  const definition = findResource(info);
  if (definition === undefined || definition.version !== info.version) throw noSuchResource();
  const isNamespaced = info.namespace !== "" && info.resource !== "namespaces";
  const isAllNamespaces = info.namespace === "" && ["list", "watch"].includes(info.verb);
  if (definition.namespaced ? !isNamespaced && !isAllNamespaces : isNamespaced) throw noSuchResource();
  return definition;
}

function requireVerb(info: RequestInfo, definition: ResourceDefinition): void {
  const verbs: readonly string[] =
    info.subresource === "" ? definition.verbs : subresourceOf(definition, info.subresource).verbs;
  if (!verbs.includes(info.verb)) throw methodNotAllowed(definition, info.verb);
}

function restContext(
  call: ResourceRequest,
  definition: ResourceDefinition,
  options: ResourceHandlerOptions,
): RestContext {
  const { request, info, user } = call;
  return {
    definition,
    subresource: info.subresource,
    // For requestInfo, a Namespace is in itself; its object has no namespace.
    namespace: definition.namespaced ? info.namespace : "",
    name: info.name,
    user,
    storage: options.storage,
    authorize: options.authorize,
    now: () => options.clock.now(),
    serviceSubnet: options.serviceSubnet,
    isDryRun: request.query.getAll("dryRun").includes("All"),
    fieldManager: request.query.get("fieldManager") ?? "",
    isForced: isTrue(request.query.get("force")),
  };
}

type Matcher = (object: StoredObject) => boolean;

function selectorOf(call: ResourceRequest, definition: ResourceDefinition): Matcher {
  const { request, info } = call;
  const labelSelector = request.query.get("labelSelector") ?? "";
  const matchesLabels = parseLabelSelector(labelSelector);
  const readers = info.fieldSelector.map((requirement) => fieldMatcher(requirement, definition));
  const { namespace } = info;
  return (object) =>
    (!definition.namespaced || namespace === "" || object.metadata.namespace === namespace) &&
    matchesLabels(object.metadata.labels ?? {}) &&
    readers.every((matches) => matches(object));
}

function fieldMatcher(requirement: FieldRequirement, definition: ResourceDefinition): Matcher {
  const { field, operator, value } = requirement;
  const readers = {
    "metadata.name": (object: StoredObject) => object.metadata.name,
    "metadata.namespace": (object: StoredObject) => object.metadata.namespace ?? "",
    ...definition.fields,
  };
  const read = Object.entries(readers).find(([name]) => name === field)?.[1];
  if (read === undefined) throw unknownField(field, definition);
  return (object) => (read(object) === value) === (operator === "=");
}

function unknownField(field: string, { fields }: ResourceDefinition): StatusError {
  return badRequest(
    Object.keys(fields).length > 0
      ? `field label not supported: ${field}`
      : `${quoted(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

function listAnswer(
  call: ResourceRequest,
  definition: ResourceDefinition,
  form: Representation,
  { storage, clock }: ResourceHandlerOptions,
): ApiResponse {
  const { query } = call.request;
  requireKnownVersion(query, storage);
  const matching = storage.list(definition).filter(selectorOf(call, definition));
  const { items, continueToken, remaining } = page(matching, query, storage);
  const metadata = {
    resourceVersion: String(storage.revision),
    ...(continueToken === "" ? {} : { continue: continueToken, remainingItemCount: remaining }),
  };
  if (form === "table") return jsonResponse(200, tableOf(definition, items, metadata, query, clock.now()));
  if (form === "partial-metadata") {
    const list = { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata };
    return jsonResponse(200, { ...list, items: items.map(partialMetadata) });
  }
  return jsonResponse(200, {
    kind: `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata,
    // Items of a typed list have no kind and version.
    items: items.map((item) => without<Fields>(item, "kind", "apiVersion")),
  });
}

function requireKnownVersion(query: URLSearchParams, storage: Storage): void {
  const wanted = Number(query.get("resourceVersion") ?? "0");
  if (Number.isNaN(wanted)) throw badRequest(`invalid resource version: ${query.get("resourceVersion")}`);
  if (wanted > storage.revision) {
    const message = `Too large resource version: ${wanted}, current: ${storage.revision}`;
    throw new StatusError(504, "Timeout", `Timeout: ${message}`, {
      causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
      retryAfterSeconds: 1,
    });
  }
}

interface Page {
  readonly items: readonly StoredObject[];
  readonly continueToken: string;
  readonly remaining: number;
}

/** A continue token names the last object of the page before it. */
function page(matching: readonly StoredObject[], query: URLSearchParams, storage: Storage): Page {
  const limit = Number(query.get("limit") ?? "0");
  const after = continueAfter(query.get("continue"), storage);
  const rest = after === undefined ? matching : matching.filter((object) => listKey(object) > after.key);
  if (limit <= 0 || rest.length <= limit) return { items: rest, continueToken: "", remaining: 0 };
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const token = { rv: after?.revision ?? storage.revision, start: last === undefined ? "" : listKey(last) };
  return {
    items,
    continueToken: Buffer.from(JSON.stringify(token)).toString("base64url"),
    remaining: rest.length - limit,
  };
}

function listKey({ metadata }: StoredObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function continueAfter(token: string | null, storage: Storage): { key: string; revision: number } | undefined {
  if (token === null || token === "") return undefined;
  let decoded: unknown;
  try {
    decoded = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
  } catch {
    throw badRequest(`continue key is not valid: ${token}`);
  }
  if (!isFields(decoded) || typeof decoded["start"] !== "string" || typeof decoded["rv"] !== "number") {
    throw badRequest(`continue key is not valid: ${token}`);
  }
  if (decoded["rv"] < storage.compactedRevision) {
    throw expired("The provided continue parameter is too old to display a consistent list result.");
  }
  return { key: decoded["start"], revision: decoded["rv"] };
}

function watchAnswer(
  call: ResourceRequest,
  definition: ResourceDefinition,
  form: Representation,
  { storage, clock }: ResourceHandlerOptions,
): ApiResponse {
  const { query, signal } = call.request;
  const seconds = Number(query.get("timeoutSeconds") ?? "0");
  const events = watch({
    storage,
    resource: definition,
    type: { apiVersion: apiVersionOf(definition), kind: definition.kind },
    matches: selectorOf(call, definition),
    resourceVersion: query.get("resourceVersion") ?? "",
    sendInitialEvents: isTrue(query.get("sendInitialEvents")),
    allowBookmarks: isTrue(query.get("allowWatchBookmarks")),
    timeoutMs: (seconds > 0 ? seconds : defaultWatchSeconds) * 1000,
    clock,
    signal,
  });
  const asLine = ({ type, object }: WatchEvent): string => {
    const isWhole = type !== "ERROR" && type !== "BOOKMARK";
    return `${JSON.stringify({ type, object: isWhole ? represent(object, definition, form, query, clock) : object })}\n`;
  };
  return { status: 200, headers: { "content-type": "application/json" }, body: mapLines(events, asLine) };
}

/** Upstream picks between 30 and 60 minutes at random (--min-request-timeout). */
const defaultWatchSeconds = 1800;

async function* mapLines(
  events: AsyncIterable<WatchEvent>,
  asLine: (event: WatchEvent) => string,
): AsyncGenerator<string> {
  for await (const event of events) yield asLine(event);
}

function represent(
  object: Fields,
  definition: ResourceDefinition,
  form: Representation,
  query: URLSearchParams,
  clock: Clock,
): Fields {
  if (form === "object") return object;
  const stored = object as StoredObject;
  if (form === "partial-metadata") return partialMetadata(stored);
  return tableOf(definition, [stored], { resourceVersion: stored.metadata.resourceVersion ?? "" }, query, clock.now());
}

function deleteOptions(call: ResourceRequest): Fields {
  if (call.request.body.length === 0) return {};
  const options = decodeBody(call.request.headers["content-type"], call.request.body);
  return isFields(options) ? options : {};
}

/** Most deletions answer with a Status; deletions that have only begun answer with the current object. */
function deleteAnswer(call: ResourceRequest, context: RestContext): ApiResponse {
  const { definition } = context;
  const deleted = deleteObject(deleteOptions(call), context);
  const isLeaving = deleted.metadata.deletionTimestamp !== undefined;
  if (isLeaving || definition.kind === "Pod" || definition.kind === "ServiceAccount") return jsonResponse(200, deleted);
  const { name, uid } = deleted.metadata;
  const group = definition.group === "" ? {} : { group: definition.group };
  return jsonResponse(200, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...group, kind: definition.resource, uid },
  });
}

function deleteCollectionAnswer(
  call: ResourceRequest,
  context: RestContext,
  { storage }: ResourceHandlerOptions,
): ApiResponse {
  const { definition } = context;
  const options = deleteOptions(call);
  const deleted = storage
    .list(definition)
    .filter(selectorOf(call, definition))
    .map((object) =>
      deleteObject(options, { ...context, name: object.metadata.name, namespace: object.metadata.namespace ?? "" }),
    );
  return jsonResponse(200, {
    kind: `${definition.kind}List`,
    apiVersion: apiVersionOf(definition),
    metadata: { resourceVersion: String(storage.revision) },
    items: deleted.map((item) => without<Fields>(item, "kind", "apiVersion")),
  });
}
