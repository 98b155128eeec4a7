// Error answers: metav1.Status with the reasons, codes and messages of k8s.io/apimachinery/pkg/api/errors.

import { defined } from "../../../values/defined.ts";
import type { Fields } from "./objects.ts";

export interface StatusCause {
  readonly reason?: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** Ends a request with a Status answer. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): Fields {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...defined({ details: this.details }),
      code: this.code,
    };
  }
}

/** A resource type, in errors and as the key of the storage. */
export interface GroupResource {
  /** "" for the core group. */
  readonly group: string;
  /** Plural name: "configmaps". */
  readonly resource: string;
}

/** `secrets` or `leases.coordination.k8s.io`. */
export function qualified({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}

/** A string as Go's %q prints it, for the characters of names and messages. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

function detailsOf(resource: GroupResource, name: string): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.resource,
  };
}

export function notFound(resource: GroupResource, name: string): StatusError {
  return new StatusError(
    404,
    "NotFound",
    `${qualified(resource)} ${quoted(name)} not found`,
    detailsOf(resource, name),
  );
}

/** A path that does not belong to a resource. */
export function noSuchResource(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  const message = `${qualified(resource)} ${quoted(name)} already exists`;
  return new StatusError(409, "AlreadyExists", message, detailsOf(resource, name));
}

export function conflict(resource: GroupResource, name: string, why = staleObject): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} ${quoted(name)}: ${why}`;
  return new StatusError(409, "Conflict", message, detailsOf(resource, name));
}

const staleObject = "the object has been modified; please apply your changes to the latest version and try again";

export function forbidden(resource: GroupResource, name: string, why: string): StatusError {
  if (resource.resource === "") return new StatusError(403, "Forbidden", `forbidden: ${why}`, {});
  const subject = name === "" ? qualified(resource) : `${qualified(resource)} ${quoted(name)}`;
  return new StatusError(403, "Forbidden", `${subject} is forbidden: ${why}`, detailsOf(resource, name));
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function entityTooLarge(maxBytes: number): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${maxBytes}`);
}

export function methodNotAllowed(resource: GroupResource, action: string): StatusError {
  const message = `${action} is not supported on resources of kind ${quoted(qualified(resource))}`;
  return new StatusError(405, "MethodNotAllowed", message, detailsOf(resource, ""));
}

export function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(415, "UnsupportedMediaType", message);
}

export function notAcceptable(message: string): StatusError {
  return new StatusError(406, "NotAcceptable", message);
}

export function internalError(message: string): StatusError {
  const details = { causes: [{ message }] };
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, details);
}

/** One validation error, in the wording of k8s.io/apimachinery/pkg/util/validation/field. */
export interface FieldError {
  readonly type: "FieldValueRequired" | "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueNotSupported";
  readonly field: string;
  /** What follows the field's path, for example `Required value` or `Invalid value: "x": must be …`. */
  readonly body: string;
}

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, body: withDetail("Required value", detail) };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, body: withDetail(`Invalid value: ${JSON.stringify(value)}`, detail) };
}

export function forbiddenValue(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, body: withDetail("Forbidden", detail) };
}

export function unsupportedValue(field: string, value: string, supported: readonly string[]): FieldError {
  const body = `Unsupported value: ${quoted(value)}: supported values: ${supported.map(quoted).join(", ")}`;
  return { type: "FieldValueNotSupported", field, body };
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}

export function invalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const bodies = errors.map((error) => `${error.field}: ${error.body}`);
  const list = bodies.length === 1 ? bodies[0] : `[${bodies.join(", ")}]`;
  const subject = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new StatusError(422, "Invalid", `${subject} ${quoted(name)} is invalid: ${list}`, {
    ...(name === "" ? {} : { name }),
    ...(kind.group === "" ? {} : { group: kind.group }),
    kind: kind.kind,
    causes: errors.map((error) => ({ reason: error.type, message: error.body, field: error.field })),
  });
}
