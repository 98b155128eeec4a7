import type { StoredObject } from "../objects.ts";
import type { FieldError, GroupResource } from "../status.ts";
import type { Storage } from "../storage.ts";
import type { UserInfo } from "../user-info.ts";

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

export interface WriteContext {
  readonly storage: Storage;
  readonly user: UserInfo;
  readonly now: () => Date;
  readonly serviceSubnet: string;
}

export type FieldReader = (object: StoredObject) => string;

/** What is special about a resource type: defaults, fields that a write may not change, validation. */
export interface Strategy {
  readonly prepareForCreate?: (object: StoredObject, context: WriteContext) => StoredObject;
  readonly prepareForUpdate?: (next: StoredObject, current: StoredObject, context: WriteContext) => StoredObject;
  readonly validate?: (object: StoredObject, context: WriteContext) => readonly FieldError[];
  readonly validateUpdate?: (next: StoredObject, current: StoredObject) => readonly FieldError[];
}

/** `status`, `approval`, …: the same stored object, of which a write may change only a part. */
export interface ObjectSubresource extends Pick<Strategy, "prepareForUpdate" | "validateUpdate"> {
  readonly verbs: readonly Verb[];
}

export interface ResourceDefinition extends GroupResource {
  readonly version: "v1";
  readonly kind: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** The required form of a name: a DNS subdomain, a DNS label, or (RBAC) any single path segment. */
  readonly names: "subdomain" | "label" | "path-segment";
  /** Fields that a field selector may use, in addition to metadata.name and metadata.namespace. */
  readonly fields: Readonly<Record<string, FieldReader>>;
  /** Whether metadata.generation counts the changes of `spec`. */
  readonly hasGeneration: boolean;
  readonly strategy: Strategy;
  readonly subresources: Readonly<Record<string, ObjectSubresource>>;
}

export const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** An update of a `status` subresource: only the status changes, and metadata such as labels. */
export const statusSubresource: ObjectSubresource = {
  verbs: ["get", "patch", "update"],
  prepareForUpdate: (next, current) => ({ ...next, spec: current["spec"] }),
};

/** For the main resource of a type with a `status` subresource. */
export function keepStatus(next: StoredObject, current: StoredObject): StoredObject {
  return { ...next, status: current["status"] };
}

export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}
