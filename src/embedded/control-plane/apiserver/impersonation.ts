import { type Authorizer, forbiddenRequest } from "./authorization/authorizer.ts";
import { badRequest } from "./status.ts";
import type { UserInfo } from "./user-info.ts";

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * Returns the user of the Impersonate-User and Impersonate-Group headers, if they are present and the real user may
 * take that identity (k8s.io/apiserver/pkg/endpoints/filters/impersonation); otherwise the real user.
 */
export function impersonated(user: UserInfo, headers: Headers, authorize: Authorizer): UserInfo {
  const username = headers["impersonate-user"] ?? "";
  const groups = listed(headers["impersonate-group"]);
  if (username === "" && groups.length === 0) return user;
  if (username === "") throw badRequest("requested impersonation without impersonating a user");
  requireRight(user, "users", username, authorize);
  for (const group of groups) requireRight(user, "groups", group, authorize);
  if (username === "system:anonymous") return { username, groups: [...groups, "system:unauthenticated"] };
  return { username, groups: [...groups, "system:authenticated"] };
}

/** Repeated headers arrive joined by commas. */
function listed(header: string | undefined): readonly string[] {
  return (header ?? "")
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}

function requireRight(user: UserInfo, resource: "users" | "groups", name: string, authorize: Authorizer): void {
  const attributes = {
    user,
    verb: "impersonate",
    path: "",
    isResourceRequest: true,
    group: "",
    version: "v1",
    resource,
    subresource: "",
    namespace: "",
    name,
    fieldSelector: [],
  };
  const decision = authorize(attributes);
  if (!decision.allowed) throw forbiddenRequest(attributes, decision.reason);
}
