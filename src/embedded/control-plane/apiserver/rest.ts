// Reads and writes of stored objects: k8s.io/apiserver/pkg/registry/generic/registry and pkg/endpoints/handlers.

import { defined } from "../../../values/defined.ts";
import { admit } from "./admission/admission.ts";
import type { AdmissionContext } from "./admission/write.ts";
import { metadataErrors, requireTextMaps } from "./metadata-errors.ts";
import { generatedName, nameErrors } from "./names.ts";
import {
  at,
  type Fields,
  isEqualJson,
  isFields,
  ownValue,
  type StoredMetadata,
  type StoredObject,
  stringAt,
  stringsAt,
} from "./objects.ts";
import { patchObject } from "./patch/patch.ts";
import {
  apiVersionOf,
  type ObjectSubresource,
  type ResourceDefinition,
  type Strategy,
  type WriteContext,
} from "./registry/resource.ts";
import { badRequest, invalid, methodNotAllowed, notFound, required } from "./status.ts";
import { type ObjectKey, timestamp, type WritePreconditions } from "./storage.ts";
import type { UserInfo } from "./user-info.ts";

/** One write request: its target, and its user. */
export interface RestContext extends WriteContext, AdmissionContext {
  readonly definition: ResourceDefinition;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: UserInfo;
  readonly isDryRun: boolean;
  readonly fieldManager: string;
  /** `force=true` of a server-side apply: takes over the fields of other managers. */
  readonly isForced: boolean;
}

export interface WriteResult {
  readonly created: boolean;
  readonly object: StoredObject;
}

function keyOf({ name, namespace }: Pick<RestContext, "name" | "namespace">): ObjectKey {
  return { name, namespace: namespace === "" ? undefined : namespace };
}

export function getObject(context: RestContext): StoredObject {
  const found = context.storage.get(context.definition, keyOf(context));
  if (found === undefined) throw notFound(context.definition, context.name);
  return found;
}

export function createObject(body: unknown, context: RestContext): StoredObject {
  const { definition, storage } = context;
  const fields = typedBody(body, definition);
  if (givenVersion(fields) !== undefined) {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  const named = withIdentity(fields, context);
  const object = definition.strategy.prepareForCreate?.(named, context) ?? named;
  admit({ ...context, operation: "create", name: object.metadata.name, next: object, current: undefined }, context);
  const errors = [
    ...nameErrors(definition.names, object.metadata.name),
    ...metadataErrors(object),
    ...(definition.strategy.validate?.(object, context) ?? []),
  ];
  if (errors.length > 0) throw invalid(definition, object.metadata.name, errors);
  if (context.isDryRun) return dryRunCreate(object, context);
  return storage.create(definition, object);
}

function dryRunCreate(object: StoredObject, context: RestContext): StoredObject {
  const key = { name: object.metadata.name, namespace: object.metadata.namespace };
  if (context.storage.get(context.definition, key) !== undefined) {
    // The storage words the refusal; this changes nothing.
    return context.storage.create(context.definition, object);
  }
  const metadata = { ...object.metadata, uid: crypto.randomUUID(), creationTimestamp: timestamp(context.now()) };
  return { ...object, metadata };
}

export function updateObject(body: unknown, context: RestContext): WriteResult {
  const fields = typedBody(body, context.definition);
  const name = stringAt(fields, "metadata", "name") ?? "";
  if (name === "") throw badRequest("the name of the object must be set: resource name may not be empty");
  if (name !== context.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${context.name})`);
  }
  requireSameNamespace(fields, context);
  const preconditions: WritePreconditions = {
    resourceVersion: givenVersion(fields),
    uid: stringAt(fields, "metadata", "uid") || undefined,
  };
  return { created: false, object: write(context, preconditions, () => fields) };
}

/** A patch of a missing object is 404, except that an apply creates it. */
export function patchStored(contentType: string, body: Uint8Array, context: RestContext): WriteResult {
  const { definition, storage } = context;
  const current = storage.get(definition, keyOf(context));
  const patch = patchObject({
    contentType,
    body,
    definition,
    fieldManager: context.fieldManager,
    isForced: context.isForced,
  });
  if (current === undefined) {
    if (!patch.mayCreate || context.subresource !== "") throw notFound(definition, context.name);
    return { created: true, object: createObject(patch.apply(undefined, context.now()), context) };
  }
  const changed = patch.apply(current, context.now());
  const preconditions = { resourceVersion: patch.resourceVersion, uid: undefined };
  return { created: false, object: write(context, preconditions, () => typedBody(changed, definition)) };
}

function write(
  context: RestContext,
  preconditions: WritePreconditions,
  change: (current: StoredObject) => Fields,
): StoredObject {
  const { definition, storage } = context;
  const strategy = strategyOf(context);
  let result: StoredObject | undefined;
  const updated = storage.update(definition, keyOf(context), preconditions, (current) => {
    const proposed = withStoredIdentity(change(current), current);
    const prepared = strategy.prepareForUpdate?.(proposed, current, context) ?? proposed;
    const next = withGeneration(prepared, current, definition);
    admit({ ...context, operation: "update", next, current }, context);
    const errors = [
      ...metadataErrors(next),
      ...(strategy.validate?.(next, context) ?? []),
      ...(strategy.validateUpdate?.(next, current) ?? []),
    ];
    if (errors.length > 0) throw invalid(definition, context.name, errors);
    result = isEqualJson(next, current) ? current : next;
    return context.isDryRun ? current : result;
  });
  if (context.isDryRun) return result ?? updated;
  return deleteIfFinalized(updated, context);
}

function strategyOf({ definition, subresource }: RestContext): Strategy {
  if (subresource === "") return definition.strategy;
  return subresourceOf(definition, subresource);
}

export function subresourceOf(definition: ResourceDefinition, subresource: string): ObjectSubresource {
  const found = ownValue(definition.subresources, subresource);
  if (found === undefined) throw methodNotAllowed(definition, subresource);
  return found;
}

/** Deletes immediately, unless the object has finalizers: then it is marked and removed with the last of them. */
export function deleteObject(options: Fields, context: RestContext): StoredObject {
  const { definition, storage } = context;
  const current = getObject(context);
  admit({ ...context, operation: "delete", next: undefined, current }, context);
  const preconditions: WritePreconditions = {
    uid: stringAt(options, "preconditions", "uid"),
    resourceVersion: stringAt(options, "preconditions", "resourceVersion"),
  };
  if (context.isDryRun || stringsAt(options, "dryRun").includes("All")) return current;
  if ((current.metadata.finalizers ?? []).length === 0)
    return storage.delete(definition, keyOf(context), preconditions);
  if (current.metadata.deletionTimestamp !== undefined) return current;
  const mark = { deletionTimestamp: timestamp(context.now()), deletionGracePeriodSeconds: 0 };
  return storage.update(definition, keyOf(context), preconditions, (object) => ({
    ...object,
    metadata: { ...object.metadata, ...mark },
  }));
}

function deleteIfFinalized(object: StoredObject, context: RestContext): StoredObject {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0) return object;
  return context.storage.delete(context.definition, keyOf(context));
}

/** An object of the resource's own kind and version, as JSON; throws 400 for anything else. */
function typedBody(body: unknown, definition: ResourceDefinition): Fields {
  if (!isFields(body)) throw badRequest(`the object provided is unrecognized (must be of type ${definition.kind})`);
  const [apiVersion, kind] = [body["apiVersion"] ?? apiVersionOf(definition), body["kind"] ?? definition.kind];
  if (kind !== definition.kind || apiVersion !== apiVersionOf(definition)) {
    const [version] = String(apiVersion).split("/").slice(-1);
    throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${definition.kind}`);
  }
  requireTextMaps(body);
  return { apiVersion, ...body, kind };
}

/** The version that a body requires; "0" means none, and kubeadm writes it in its DNS Service. */
function givenVersion(fields: Fields): string | undefined {
  const version = stringAt(fields, "metadata", "resourceVersion") ?? "";
  return version === "" || version === "0" ? undefined : version;
}

function requireSameNamespace(fields: Fields, { namespace }: RestContext): void {
  const given = stringAt(fields, "metadata", "namespace") ?? "";
  if (given !== "" && given !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}

/** Fields of metadata that only the server sets. */
const serverMetadata = ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "generation", "selfLink"];

function withIdentity(fields: Fields, context: RestContext): StoredObject {
  const { definition, namespace } = context;
  requireSameNamespace(fields, context);
  const given = isFields(fields["metadata"]) ? fields["metadata"] : {};
  const prefix = stringAt(given, "generateName") ?? "";
  const name = stringAt(given, "name") || (prefix === "" ? context.name : generatedName(prefix));
  if (name === "") {
    throw invalid(definition, "", [required("metadata.name", "name or generateName is required")]);
  }
  const kept = Object.entries(given).filter(([field]) => !serverMetadata.includes(field));
  const metadata: StoredMetadata = {
    ...Object.fromEntries(kept),
    name,
    ...(namespace === "" ? {} : { namespace }),
    ...(definition.hasGeneration ? { generation: 1 } : {}),
  };
  return { ...fields, apiVersion: apiVersionOf(definition), kind: definition.kind, metadata };
}

/** A write may change labels, annotations, owners and finalizers, but not the object's identity. */
function withStoredIdentity(fields: Fields, current: StoredObject): StoredObject {
  const given = isFields(fields["metadata"]) ? fields["metadata"] : {};
  const fixed = [...serverMetadata, "name", "namespace", "generateName", "deletionGracePeriodSeconds"];
  const kept = Object.entries(given).filter(([field]) => !fixed.includes(field));
  const stored = Object.entries(current.metadata).filter(([field]) => fixed.includes(field));
  const managed = given["managedFields"] ?? current.metadata["managedFields"];
  const metadata: StoredMetadata = {
    name: current.metadata.name,
    ...Object.fromEntries(kept),
    ...Object.fromEntries(stored),
    ...defined({ managedFields: managed }),
  };
  return { ...fields, apiVersion: current.apiVersion, kind: current.kind, metadata };
}

function withGeneration(next: StoredObject, current: StoredObject, definition: ResourceDefinition): StoredObject {
  if (!definition.hasGeneration || isEqualJson(at(next, "spec"), at(current, "spec"))) return next;
  return { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 } };
}
