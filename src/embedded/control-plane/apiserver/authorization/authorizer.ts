import type { RequestInfo } from "../request-info.ts";
import { forbidden, quoted, type StatusError } from "../status.ts";
import type { UserInfo } from "../user-info.ts";

/** The question: a user and the parts of a request that rules refer to. */
export interface Attributes
  extends Pick<
    RequestInfo,
    | "verb"
    | "path"
    | "isResourceRequest"
    | "group"
    | "version"
    | "resource"
    | "subresource"
    | "namespace"
    | "name"
    | "fieldSelector"
  > {
  readonly user: UserInfo;
}

/** `allowed: false` is "no opinion": the next authorizer decides. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export type Authorizer = (attributes: Attributes) => Decision;

export const noOpinion: Decision = { allowed: false, reason: "" };

/**
 * Calls the authorizers in order until one allows; the reasons of the others are joined by line ends, as upstream's
 * union does.
 */
export function firstToAllow(...authorizers: readonly Authorizer[]): Authorizer {
  return (attributes) => {
    const reasons: string[] = [];
    for (const authorize of authorizers) {
      const decision = authorize(attributes);
      if (decision.allowed) return decision;
      if (decision.reason !== "") reasons.push(decision.reason);
    }
    return { allowed: false, reason: reasons.join("\n") };
  };
}

/** Members of system:masters may do anything, whatever the stored roles say. */
export const privilegedGroup: Authorizer = ({ user }) => ({
  allowed: user.groups.includes("system:masters"),
  reason: "",
});

/** Returns the 403 for a refused request, in the wording of k8s.io/apiserver/pkg/endpoints/handlers/responsewriters. */
export function forbiddenRequest(attributes: Attributes, reason: string): StatusError {
  const why = refusal(attributes);
  return forbidden(attributes, attributes.name, reason === "" ? why : `${why}: ${reason}`);
}

function refusal(attributes: Attributes): string {
  const who = `User ${quoted(attributes.user.username)} cannot ${attributes.verb}`;
  if (!attributes.isResourceRequest) return `${who} path ${quoted(attributes.path)}`;
  const resource = resourceWithSubresource(attributes);
  const what = `resource ${quoted(resource)} in API group ${quoted(attributes.group)}`;
  const where =
    attributes.namespace === "" ? "at the cluster scope" : `in the namespace ${quoted(attributes.namespace)}`;
  return `${who} ${what} ${where}`;
}

export function resourceWithSubresource({
  resource,
  subresource,
}: Pick<Attributes, "resource" | "subresource">): string {
  return subresource === "" ? resource : `${resource}/${subresource}`;
}
