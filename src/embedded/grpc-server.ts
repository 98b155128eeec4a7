import type { ServerHttp2Stream } from "node:http2";

/** Codes of https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const grpcCodes = {
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  failedPrecondition: 9,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** Ends a call with this status. */
export class GrpcFailure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "GrpcFailure";
    this.code = code;
  }
}

/** Returns the error in grpc-go's wording. */
export function unknownMethod(path: string): GrpcFailure {
  const [, service = "", name = ""] = path.split("/");
  return new GrpcFailure(grpcCodes.unimplemented, `unknown method ${name} for service ${service}`);
}

/** One unary call on a stream: length-prefixed message in, answer or status out (gRPC's PROTOCOL-HTTP2). */
export function answerCall(
  stream: ServerHttp2Stream,
  handle: (message: Uint8Array) => Promise<Uint8Array>,
  delayMs = 0,
): void {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("end", () => setTimeout(() => void respond(stream, Buffer.concat(chunks), handle), delayMs));
}

async function respond(
  stream: ServerHttp2Stream,
  body: Buffer,
  handle: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<void> {
  if (stream.destroyed) return;
  const headers = { ":status": 200, "content-type": "application/grpc" };
  let message: Uint8Array;
  try {
    message = await handle(body.subarray(5));
  } catch (error) {
    if (!(error instanceof GrpcFailure)) throw error;
    const status = { "grpc-status": String(error.code), "grpc-message": encodeURIComponent(error.message) };
    if (!stream.destroyed) stream.respond({ ...headers, ...status }, { endStream: true });
    return;
  }
  if (stream.destroyed) return;
  stream.respond(headers, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
}
