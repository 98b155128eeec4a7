// A machine on which a step of a program fails, once or until someone removes the cause.
import { type HttpResponse, TransportError } from "../../../src/cluster/transport.ts";
import type { MachinePorts } from "../../../src/embedded/index.ts";
import { EtcdError } from "../../../src/etcd/etcd.ts";
import { ServiceError } from "../../../src/host/service-manager.ts";
import { fileError } from "../../../src/host/system-errors.ts";
import { portsInSteps, type Step } from "./ports-in-steps.ts";

export const fileFailures = ["ENOSPC", "EROFS", "EIO"] as const;
export const requestFailures = [401, 403, 429, 500, 503, "reset", "stall", "truncated"] as const;

type FileFailure = (typeof fileFailures)[number];
type RequestFailure = (typeof requestFailures)[number];

/** `at`: the number of the step of this kind, from 0. */
export type Failure = { readonly at: number; readonly lasts: boolean } & (
  | { readonly kind: "file"; readonly how: FileFailure }
  | { readonly kind: "request"; readonly how: RequestFailure }
  | { readonly kind: "service" | "etcd" | "runtime"; readonly how: "unavailable" }
);

export function failing(
  { ports }: { readonly ports: MachinePorts },
  failure: Failure,
): { readonly ports: MachinePorts } {
  let count = 0;
  const fails = (step: Step) => {
    if (step.kind !== failure.kind || !concerns(step, failure)) return false;
    const number = count++;
    return number === failure.at || (failure.lasts && number > failure.at);
  };
  const inSteps = portsInSteps(ports, {
    step: async (step, action) => {
      if (fails(step)) throw errorOf(step, failure);
      return action();
    },
    read: (action) => action(),
    send: async (step, action) => {
      if (failure.kind !== "request" || !fails(step)) return action();
      return answerOf(step, failure.how, action);
    },
  });
  if (failure.kind !== "runtime") return { ports: inSteps };
  const nowhere = "unix:///run/nowhere.sock";
  return { ports: { ...inSteps, connectContainerRuntime: () => ports.connectContainerRuntime(nowhere) } };
}

/** On a full disk, a file can be removed. */
function concerns(step: Step, { how }: Failure): boolean {
  return step.kind !== "file" || step.change !== "remove" || how !== "ENOSPC";
}

function errorOf(step: Step, { how }: Failure): Error {
  switch (step.kind) {
    case "file":
      return fileError(String(how), step.change === "remove" ? "remove" : "open", step.path);
    case "service":
      return new ServiceError(step.service, `Job for ${step.service}.service failed`);
    default:
      return new EtcdError("unavailable", "etcdserver: request timed out");
  }
}

const longestStallMs = 60_000;

async function answerOf(
  { request, signal }: Step & { readonly kind: "request" },
  how: RequestFailure,
  action: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { url, timeoutMs } = request;
  switch (how) {
    case "reset":
      throw new TransportError("reset", url, "read: connection reset by peer");
    case "stall":
      await stalled(Math.min(timeoutMs, longestStallMs), signal);
      throw new TransportError("timed-out", url, "context deadline exceeded");
    case "truncated": {
      // The server has done it: only its answer is lost.
      const { status, headers } = await action();
      const cut = () => Promise.reject(new TransportError("malformed-answer", url, "unexpected EOF"));
      return { status, headers, text: cut, lines: () => ({ [Symbol.asyncIterator]: () => ({ next: cut }) }) };
    }
    default:
      return refusal(how);
  }
}

async function stalled(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

const reasons = {
  401: "Unauthorized",
  403: "Forbidden",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
} as const;

function refusal(code: keyof typeof reasons): HttpResponse {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: reasons[code],
    message: "refused by a test",
    code,
  };
  const body = JSON.stringify(status);
  return {
    status: code,
    headers: { "content-type": "application/json" },
    text: async () => body,
    lines: async function* () {
      yield body;
    },
  };
}
