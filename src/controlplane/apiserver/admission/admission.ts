import type { UserInfo } from "../authentication.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { StoredObject } from "../objects.ts";
import type { ResourceDefinition } from "../registry/resource.ts";
import type { Storage } from "../storage.ts";
import { admitApproval, admitSigning, admitSubject } from "./certificates.ts";
import { admitNamespace } from "./namespace-lifecycle.ts";
import { admitNodeWrite } from "./node-restriction.ts";

/** A write on its way to storage, after the fields that the server sets were set. */
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

/** Throws a StatusError where an admission plugin that kubeadm's API server runs with refuses the write. */
export function admit(write: Admission, context: AdmissionContext): void {
  admitNamespace(write, context);
  admitNodeWrite(write);
  admitApproval(write, context);
  admitSigning(write, context);
  admitSubject(write);
}
