import { at, type Fields, fieldsAt, numberAt, stringsAt } from "./objects.ts";
import type { RequestInfo } from "./request-info.ts";
import { resources } from "./resource-names.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";
import { invalid, invalidValue, notFound } from "./status.ts";
import { type Storage, timestamp } from "./storage.ts";

const defaultSeconds = 3600;
const leastSeconds = 600;

/** Answers a TokenRequest (`serviceaccounts/<name>/token`). */
export function requestToken(
  request: Fields,
  { namespace, name }: RequestInfo,
  { storage, serviceAccountTokens }: { readonly storage: Storage; readonly serviceAccountTokens: ServiceAccountTokens },
): Fields {
  const account = storage.get(resources.serviceAccounts, { namespace, name });
  if (account === undefined) throw notFound(resources.serviceAccounts, name);
  const seconds = numberAt(request, "spec", "expirationSeconds") ?? defaultSeconds;
  if (seconds < leastSeconds) {
    const kind = { group: "authentication.k8s.io", kind: "TokenRequest" };
    throw invalid(kind, "", [
      invalidValue("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"),
    ]);
  }
  const audiences = stringsAt(request, "spec", "audiences");
  const { token, expiration } = serviceAccountTokens.issue(account, {
    audiences,
    expirationSeconds: seconds,
    boundObject: fieldsAt(request, "spec", "boundObjectRef"),
  });
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, creationTimestamp: account.metadata.creationTimestamp },
    spec: {
      audiences: audiences.length === 0 ? [serviceAccountTokens.issuer] : audiences,
      expirationSeconds: seconds,
      boundObjectRef: at(request, "spec", "boundObjectRef") ?? null,
    },
    status: { token, expirationTimestamp: timestamp(expiration) },
  };
}
