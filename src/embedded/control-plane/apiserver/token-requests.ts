import { admitTokenRequest } from "./admission/node-tokens.ts";
import type { Authorizer } from "./authorization/authorizer.ts";
import { type Fields, fieldsAt, numberAt, type StoredObject, stringAt, stringsAt } from "./objects.ts";
import type { RequestInfo } from "./request-info.ts";
import { resources } from "./resource-names.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";
import {
  badRequest,
  conflict,
  type FieldError,
  type GroupResource,
  invalid,
  invalidValue,
  notFound,
} from "./status.ts";
import { type Storage, timestamp } from "./storage.ts";
import type { UserInfo } from "./user-info.ts";

const defaultSeconds = 3600;
const leastSeconds = 600;
const mostSeconds = 2 ** 32;
const kind = { group: "authentication.k8s.io", kind: "TokenRequest" };

export interface TokenRequestOptions {
  readonly storage: Storage;
  readonly authorize: Authorizer;
  readonly serviceAccountTokens: ServiceAccountTokens;
  /** Longer requests are shortened to this: --service-account-max-token-expiration. */
  readonly maxTokenSeconds: number;
}

/** Answers a TokenRequest (`serviceaccounts/<name>/token`): k/k:pkg/registry/core/serviceaccount/storage/token.go. */
export function requestToken(
  request: Fields,
  info: RequestInfo,
  user: UserInfo,
  { storage, authorize, serviceAccountTokens, maxTokenSeconds }: TokenRequestOptions,
): Fields {
  const { namespace, name } = info;
  const account = storage.get(resources.serviceAccounts, { namespace, name });
  if (account === undefined) throw notFound(resources.serviceAccounts, name);
  const asked = numberAt(request, "spec", "expirationSeconds") ?? defaultSeconds;
  const errors = expirationErrors(asked);
  if (errors.length > 0) throw invalid(kind, "", errors);
  admitTokenRequest(request, info, user, { storage, authorize });
  const reference = fieldsAt(request, "spec", "boundObjectRef");
  const bound = reference === undefined ? undefined : boundObject(reference, info, storage);
  const seconds = Math.min(asked, maxTokenSeconds);
  const audiences = stringsAt(request, "spec", "audiences");
  const { token, expiration } = serviceAccountTokens.issue(account, { audiences, expirationSeconds: seconds, bound });
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: account.metadata.creationTimestamp },
    spec: {
      audiences: audiences.length === 0 ? [serviceAccountTokens.issuer] : audiences,
      expirationSeconds: seconds,
      boundObjectRef: reference ?? null,
    },
    status: { token, expirationTimestamp: timestamp(expiration) },
  };
}

function expirationErrors(seconds: number): readonly FieldError[] {
  const field = "spec.expirationSeconds";
  if (seconds < leastSeconds) return [invalidValue(field, seconds, "may not specify a duration less than 10 minutes")];
  if (seconds <= mostSeconds) return [];
  return [invalidValue(field, seconds, "may not specify a duration larger than 2^32 seconds")];
}

/** The object that limits the token's validity; it must exist, and a Pod must run as this service account. */
function boundObject(reference: Fields, { namespace, name }: RequestInfo, storage: Storage): StoredObject {
  const [apiVersion, boundKind = "", boundName = ""] = ["apiVersion", "kind", "name"].map((each) =>
    stringAt(reference, each),
  );
  const resource = apiVersion === "v1" ? bindable.get(boundKind) : undefined;
  if (resource === undefined) throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${boundKind}`);
  const key = boundKind === "Node" ? { name: boundName } : { namespace, name: boundName };
  const object = storage.get(resource, key);
  if (object === undefined) throw notFound(resource, boundName);
  if (boundKind === "Pod" && stringAt(object, "spec", "serviceAccountName") !== name) {
    throw badRequest(
      `cannot bind token for serviceaccount "${name}" to pod running with different serviceaccount name.`,
    );
  }
  const uid = stringAt(reference, "uid") ?? "";
  if (uid !== "" && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(resource, boundName, why);
  }
  return object;
}

const bindable = new Map<string, GroupResource>([
  ["Pod", resources.pods],
  ["Node", resources.nodes],
  ["Secret", resources.secrets],
]);
