import type { Clock } from "../../../async/clock.ts";
import type { Faults } from "../faults.ts";
import type { RequestLog } from "../requests.ts";
import { type ApiRequest, type ApiResponse, jsonResponse, type ReadRequest } from "./api.ts";
import type { Authenticator } from "./authentication.ts";
import { type Authorizer, forbiddenRequest } from "./authorization/authorizer.ts";
import { discoveryDocument } from "./discovery.ts";
import type { Health } from "./health.ts";
import { impersonated } from "./impersonation.ts";
import { decodeBody } from "./negotiation.ts";
import { type Fields, isFields } from "./objects.ts";
import { openApiDocument, openApiIndex } from "./openapi.ts";
import { type RequestInfo, requestInfo } from "./request-info.ts";
import { handleResource } from "./resource-handler.ts";
import { answerReview, isReview } from "./reviews.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";
import { badRequest, internalError, noSuchResource, StatusError } from "./status.ts";
import type { Storage } from "./storage.ts";
import { requestToken } from "./token-requests.ts";
import type { UserInfo } from "./user-info.ts";
import { versionInfo } from "./version.ts";

export interface ApiServerOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly authenticate: Authenticator;
  readonly authorize: Authorizer;
  readonly serviceAccountTokens: ServiceAccountTokens;
  /** Maximum lifetime of a token in seconds, even if a request asks for more. */
  readonly maxTokenSeconds: number;
  readonly serviceSubnet: string;
  /** `v1.37.2` */
  readonly version: string;
  /** `host:port` under which the server is reached. */
  readonly endpoint: () => string;
  readonly health: Health;
  /** Why etcd does not respond; undefined while it does. */
  readonly storageFailure: () => string | undefined;
  readonly faults: Faults;
  readonly requests: RequestLog;
}

export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse>;

/** The chain that every request passes: faults of a test, authentication, authorization, then the resource or document. */
export function createApiServer(options: ApiServerOptions): ApiHandler {
  return async (request) => {
    const seen: { user?: UserInfo; info?: RequestInfo } = {};
    const response = await answer(request, options, seen);
    options.requests.add({
      time: options.clock.now(),
      verb: seen.info?.verb ?? request.method.toLowerCase(),
      method: request.method,
      path: pathWithQuery(request),
      code: response.status,
      user: seen.user?.username ?? "",
      groups: seen.user?.groups ?? [],
      userAgent: request.headers["user-agent"] ?? "",
    });
    return response;
  };
}

/** k8s.io/apiserver/pkg/server, DefaultMaxRequestBodyBytes */
const maxBodyBytes = 3 * 1024 * 1024;

function pathWithQuery({ path, query }: ApiRequest): string {
  return query.size === 0 ? path : `${path}?${query}`;
}

async function answer(
  request: ApiRequest,
  options: ApiServerOptions,
  seen: { user?: UserInfo; info?: RequestInfo },
): Promise<ApiResponse> {
  try {
    const info = requestInfo(request.method, request.path, request.query);
    seen.info = info;
    return await options.faults.around({ request, info }, async () => {
      if (info.isResourceRequest) requireStorage(options);
      const requester = options.authenticate({
        authorization: request.headers["authorization"],
        clientCertificate: request.clientCertificate,
      });
      seen.user = requester;
      const user = impersonated(requester, request.headers, options.authorize);
      seen.user = user;
      const attributes = { ...info, user };
      const decision = options.authorize(attributes);
      if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
      return route({ ...request, body: await request.readBody(maxBodyBytes) }, info, user, options);
    });
  } catch (error) {
    return errorResponse(error);
  }
}

/** Before authentication, which reads stored objects. */
function requireStorage({ storageFailure }: ApiServerOptions): void {
  const failure = storageFailure();
  if (failure !== undefined) throw internalError(failure);
}

function errorResponse(error: unknown): ApiResponse {
  const status =
    error instanceof StatusError ? error : internalError(error instanceof Error ? error.message : String(error));
  const response = jsonResponse(status.code, status.toStatus());
  const retryAfter = status.details?.retryAfterSeconds;
  const headers: Record<string, string> = { ...response.headers, "x-content-type-options": "nosniff" };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  return { ...response, headers };
}

async function route(
  request: ReadRequest,
  info: RequestInfo,
  user: UserInfo,
  options: ApiServerOptions,
): Promise<ApiResponse> {
  if (!info.isResourceRequest) return document(request, options);
  if (isReview(info.group, info.resource) && info.version === "v1") return reviewResponse(request, info, user, options);
  if (
    info.group === "" &&
    info.resource === "serviceaccounts" &&
    info.subresource === "token" &&
    info.verb === "create"
  ) {
    return jsonResponse(201, requestToken(bodyFields(request), info, user, options));
  }
  return handleResource({ request, info, user }, options);
}

function bodyFields(request: ReadRequest): Fields {
  const body = decodeBody(request.headers["content-type"], request.body);
  if (!isFields(body)) throw badRequest("the body of the request must be an object");
  return body;
}

function reviewResponse(
  request: ReadRequest,
  info: RequestInfo,
  user: UserInfo,
  options: ApiServerOptions,
): ApiResponse {
  if (info.verb !== "create")
    throw new StatusError(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
      {},
    );
  const review = answerReview(info.group, info.resource, bodyFields(request), {
    user,
    namespace: info.namespace,
    authorize: options.authorize,
    authenticateToken: (token) => {
      try {
        return options.authenticate({ authorization: `Bearer ${token}`, clientCertificate: undefined });
      } catch (error) {
        if (error instanceof StatusError) return undefined;
        throw error;
      }
    },
    now: () => options.clock.now(),
  });
  return jsonResponse(201, review);
}

function document(request: ApiRequest, options: ApiServerOptions): ApiResponse {
  if (request.method !== "GET" && request.method !== "HEAD") throw noSuchResource();
  const [root = "", ...below] = request.path.split("/").filter((part) => part !== "");
  switch (root) {
    case "api":
    case "apis":
      return discoveryDocument(request, options.endpoint());
    case "version":
      return jsonResponse(200, versionInfo(options.version));
    case "healthz":
    case "livez":
    case "readyz":
      return options.health.answer(root, below, request.query);
    case "openapi":
      return openApi(below, options.version);
    case "":
      return jsonResponse(200, {
        paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"],
      });
    default:
      throw noSuchResource();
  }
}

function openApi(path: readonly string[], version: string): ApiResponse {
  if (path[0] !== "v3") throw noSuchResource();
  return jsonResponse(
    200,
    path.length === 1 ? openApiIndex(version) : openApiDocument(path.slice(1).join("/"), version),
  );
}
