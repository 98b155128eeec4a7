import { foreignText } from "../errors/printable-text.ts";

/** Names of gRPC's status codes as Go prints them; the index is the code. */
const statusNames = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
] as const;

export type GrpcStatus = (typeof statusNames)[number];

/** A call that did not end with status OK, in the wording of Go's client. */
export class GrpcError extends Error {
  readonly status: GrpcStatus;
  /** Only the description, as the server sent it. */
  readonly description: string;

  constructor(status: GrpcStatus, description: string, cause?: unknown) {
    super(
      `rpc error: code = ${status} desc = ${foreignText(description)}`,
      cause === undefined ? undefined : { cause },
    );
    this.name = "GrpcError";
    this.status = status;
    this.description = description;
  }
}

/**
 * Returns the name of a numeric `grpc-status`; unknown numbers and other texts are Unknown, as the gRPC spec requires.
 */
export function statusOf(code: string): GrpcStatus {
  return (/^\d{1,2}$/.test(code) ? statusNames[Number(code)] : undefined) ?? "Unknown";
}

/**
 * Returns the status for an answer without gRPC:
 * https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
 */
export function statusOfHttp(status: number): GrpcStatus {
  switch (status) {
    case 400:
      return "Internal";
    case 401:
      return "Unauthenticated";
    case 403:
      return "PermissionDenied";
    case 404:
      return "Unimplemented";
    case 429:
    case 502:
    case 503:
    case 504:
      return "Unavailable";
    default:
      return "Unknown";
  }
}

/** Decodes the `%XX` of a `grpc-message`; an invalid escape stays as it is, and invalid UTF-8 becomes U+FFFD. */
export function decodeGrpcMessage(text: string): string {
  if (!text.includes("%")) return text;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const part of text.split(/(%[0-9A-Fa-f]{2})/)) {
    if (/^%[0-9A-Fa-f]{2}$/.test(part)) bytes.push(Number.parseInt(part.slice(1), 16));
    else for (const byte of encoder.encode(part)) bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
