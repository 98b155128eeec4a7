// The APIs that the server serves: the classic documents, and the aggregated one that newer clients request.

import { defined } from "../../../values/defined.ts";
import { type ApiRequest, type ApiResponse, jsonResponse } from "./api.ts";
import { parseAccept } from "./negotiation.ts";
import type { Fields } from "./objects.ts";
import { registry } from "./registry/registry.ts";
import { allVerbs, type ResourceDefinition } from "./registry/resource.ts";
import { reviewResources } from "./reviews.ts";
import { noSuchResource } from "./status.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** `/api`, `/apis` and what is below them, including the list of a group's resources. */
export function discoveryDocument(request: ApiRequest, endpoint: string): ApiResponse {
  const [root, first, second, ...more] = request.path.split("/").filter((part) => part !== "");
  if (more.length > 0) throw noSuchResource();
  if (root === "api") {
    if (first === undefined)
      return wantsAggregated(request) ? aggregatedList([""]) : jsonResponse(200, coreVersions(endpoint));
    if (first === "v1" && second === undefined) return jsonResponse(200, resourceList(""));
    throw noSuchResource();
  }
  if (first === undefined) {
    return wantsAggregated(request) ? aggregatedList(groups) : jsonResponse(200, groupList());
  }
  if (!groups.includes(first)) throw noSuchResource();
  if (second === undefined) return jsonResponse(200, { kind: "APIGroup", apiVersion: "v1", ...groupEntry(first) });
  if (second === "v1") return jsonResponse(200, resourceList(first));
  throw noSuchResource();
}

const everything: readonly ResourceDefinition[] = [...registry, ...reviewResources];

/** The groups in upstream's order: the older the group, the earlier (k8s.io/kube-aggregator's priorities). */
const groups: readonly string[] = [
  "apps",
  "events.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "certificates.k8s.io",
  "rbac.authorization.k8s.io",
  "storage.k8s.io",
  "coordination.k8s.io",
  "node.k8s.io",
  "discovery.k8s.io",
  "resource.k8s.io",
];

function wantsAggregated(request: ApiRequest): boolean {
  return parseAccept(request.headers["accept"]).some(
    ({ type, parameters }) =>
      type === "application/json" &&
      parameters["g"] === "apidiscovery.k8s.io" &&
      parameters["v"] === "v2" &&
      parameters["as"] === "APIGroupDiscoveryList",
  );
}

function coreVersions(endpoint: string): Fields {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: endpoint }],
  };
}

function groupList(): Fields {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(groupEntry) };
}

function groupEntry(group: string): Fields {
  const version = { groupVersion: `${group}/v1`, version: "v1" };
  return { name: group, versions: [version], preferredVersion: version };
}

function resourcesOf(group: string): readonly ResourceDefinition[] {
  return everything
    .filter((definition) => definition.group === group)
    .toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
}

function resourceList(group: string): Fields {
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: group === "" ? "v1" : `${group}/v1`,
    resources: resourcesOf(group).flatMap((definition) => [
      classicEntry(definition),
      ...subresourceEntries(definition),
    ]),
  };
}

function classicEntry(definition: ResourceDefinition): Fields {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  return {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...defined({ shortNames, categories }),
  };
}

function subresourceEntries(definition: ResourceDefinition): readonly Fields[] {
  return Object.entries(definition.subresources).map(([name, { verbs }]) => ({
    name: `${definition.resource}/${name}`,
    singularName: "",
    namespaced: definition.namespaced,
    ...subresourceKind(definition, name),
    verbs,
  }));
}

function subresourceKind(definition: ResourceDefinition, subresource: string): Fields {
  return subresource === "token"
    ? { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" }
    : { kind: definition.kind };
}

function aggregatedList(included: readonly string[]): ApiResponse {
  const list = {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: included.map((group) => ({
      metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
      versions: [{ version: "v1", resources: resourcesOf(group).map(aggregatedEntry), freshness: "Current" }],
    })),
  };
  return jsonResponse(200, list, aggregated);
}

function aggregatedEntry(definition: ResourceDefinition): Fields {
  const { group, version, kind, subresources } = definition;
  const entries = Object.entries(subresources).map(([name, { verbs }]) => ({
    subresource: name,
    responseKind:
      name === "token"
        ? { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" }
        : { group, version, kind },
    verbs,
  }));
  return {
    resource: definition.resource,
    responseKind: { group, version, kind },
    scope: definition.namespaced ? "Namespaced" : "Cluster",
    singularResource: definition.singular,
    verbs: definition.verbs.length === 0 ? allVerbs : definition.verbs,
    ...defined({ shortNames: definition.shortNames, categories: definition.categories }),
    ...(entries.length === 0 ? {} : { subresources: entries }),
  };
}
