import type { Authorizer } from "../authorization/authorizer.ts";
import type { StoredObject } from "../objects.ts";
import type { ResourceDefinition } from "../registry/resource.ts";
import type { Storage } from "../storage.ts";
import type { UserInfo } from "../user-info.ts";

/** A write on its way to storage, with the fields that the server sets. */
export interface Admission {
  readonly operation: "create" | "update" | "delete";
  readonly definition: ResourceDefinition;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  readonly next: StoredObject | undefined;
  readonly current: StoredObject | undefined;
}

export interface AdmissionContext {
  readonly storage: Storage;
  readonly authorize: Authorizer;
}
