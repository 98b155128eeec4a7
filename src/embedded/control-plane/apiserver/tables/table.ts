// meta.k8s.io/v1 Table: what `kubectl get` prints. Columns and their wording follow k/k:pkg/printers/internalversion.
import type { Fields, StoredObject } from "../objects.ts";
import type { ResourceDefinition } from "../registry/resource.ts";
import { qualified } from "../status.ts";
import { columnsOf } from "./columns.ts";
import { partialMetadata } from "./partial-metadata.ts";

export function tableOf(
  definition: ResourceDefinition,
  objects: readonly StoredObject[],
  metadata: Fields,
  query: URLSearchParams,
  now: Date,
): Fields {
  const columns = columnsOf(qualified(definition));
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: columns.map(({ name, type, format, description, priority }) => ({
      name,
      type: type ?? "string",
      format: format ?? "",
      description: description ?? "",
      priority: priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: columns.map(({ cell }) => cell(object, now)),
      ...includedObject(object, query.get("includeObject")),
    })),
  };
}

function includedObject(object: StoredObject, include: string | null): Fields {
  if (include === "None") return {};
  return { object: include === "Object" ? object : partialMetadata(object) };
}
