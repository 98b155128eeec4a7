// Reads the target of a request from its method and path, as k8s.io/apiserver/pkg/endpoints/request does.
import { ownValue } from "./objects.ts";
import { type FieldRequirement, parseFieldSelector, selectedName } from "./selectors.ts";
import { badRequest, quoted } from "./status.ts";

export interface RequestInfo {
  readonly verb: string;
  readonly path: string;
  /** False for paths such as /healthz, /version and the discovery documents. */
  readonly isResourceRequest: boolean;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly fieldSelector: readonly FieldRequirement[];
}

const methodVerbs: Readonly<Record<string, string>> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Subresources of a namespace; any other third part is a resource inside it. */
const namespaceSubresources = new Set(["status", "finalize"]);

export function requestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = path.split("/").filter((part) => part !== "");
  const isCore = parts[0] === "api" && parts.length >= 3;
  const isGrouped = parts[0] === "apis" && parts.length >= 4;
  if (!isCore && !isGrouped) return nonResourceRequest(method, path);
  const [group, version, rest] = isCore
    ? ["", parts[1] ?? "", parts.slice(2)]
    : [parts[1] ?? "", parts[2] ?? "", parts.slice(3)];
  const target = resourceTarget(rest);
  const verb = ownValue(methodVerbs, method) ?? method.toLowerCase();
  const base = { path, isResourceRequest: true, group, version, ...target };
  if (target.name !== "" || !["get", "delete"].includes(verb)) return { ...base, verb, fieldSelector: [] };
  if (verb === "delete") return { ...base, verb: "deletecollection", ...selection(query) };
  return { ...base, verb: isTrue(query.get("watch")) ? "watch" : "list", ...selection(query) };
}

function nonResourceRequest(method: string, path: string): RequestInfo {
  return {
    verb: method.toLowerCase(),
    path,
    isResourceRequest: false,
    group: "",
    version: "",
    namespace: "",
    resource: "",
    subresource: "",
    name: "",
    fieldSelector: [],
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`the path has a part that is not percent-encoded: ${quoted(part)}`);
  }
}

function resourceTarget(parts: readonly string[]): {
  namespace: string;
  resource: string;
  name: string;
  subresource: string;
} {
  const [first = "", second = "", third = "", ...deeper] = parts.map(decoded);
  if (first === "namespaces" && second !== "") {
    if (third === "") return { namespace: second, resource: "namespaces", name: second, subresource: "" };
    if (namespaceSubresources.has(third)) {
      return { namespace: second, resource: "namespaces", name: second, subresource: third };
    }
    return { namespace: second, resource: third, name: deeper[0] ?? "", subresource: deeper.slice(1).join("/") };
  }
  return { namespace: "", resource: first, name: second, subresource: [third, ...deeper].filter(Boolean).join("/") };
}

/** A name that a selector requires becomes the request's name, so that rules with resourceNames can allow it. */
function selection(query: URLSearchParams): { name: string; fieldSelector: readonly FieldRequirement[] } {
  const fieldSelector = parseFieldSelector(query.get("fieldSelector") ?? "");
  return { name: selectedName(fieldSelector) ?? "", fieldSelector };
}

export function isTrue(value: string | null): boolean {
  return value !== null && value !== "false" && value !== "0";
}
