// The part of /openapi that kubectl reads before it writes: that PATCH of a kind supports `fieldValidation` and
// `dryRun`, so that kubectl leaves validation to the server. Schemas are omitted; kubectl then merges by its built-in
// types.
import { createHash } from "node:crypto";
import type { Fields } from "./objects.ts";
import { registry } from "./registry/registry.ts";
import { apiVersionOf, type ResourceDefinition } from "./registry/resource.ts";
import { noSuchResource } from "./status.ts";

const groupVersions = [...new Set(registry.map(apiVersionOf))];

export function openApiIndex(version: string): Fields {
  const hash = createHash("sha256").update(version).digest("hex").slice(0, 32).toUpperCase();
  const entries = groupVersions.map((groupVersion) => {
    const path = pathOf(groupVersion);
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(entries) };
}

export function openApiDocument(path: string, version: string): Fields {
  const groupVersion = groupVersions.find((candidate) => pathOf(candidate) === path);
  if (groupVersion === undefined) throw noSuchResource();
  const definitions = registry.filter((definition) => apiVersionOf(definition) === groupVersion);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version },
    paths: Object.fromEntries(definitions.map((definition) => [objectPath(path, definition), pathItem(definition)])),
    components: { schemas: {} },
  };
}

function pathOf(groupVersion: string): string {
  return groupVersion.includes("/") ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

function objectPath(path: string, { namespaced, resource }: ResourceDefinition): string {
  return namespaced ? `/${path}/namespaces/{namespace}/${resource}/{name}` : `/${path}/${resource}/{name}`;
}

function pathItem({ group, version, kind }: ResourceDefinition): Fields {
  const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
    name,
    in: "query",
    schema: { type: name === "force" ? "boolean" : "string", uniqueItems: true },
  }));
  return {
    patch: {
      operationId: `patch${kind}`,
      parameters,
      responses: { "200": { description: "OK" } },
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": { group, version, kind },
    },
  };
}
