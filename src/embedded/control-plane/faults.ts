import type { Clock } from "../../async/clock.ts";
import type { ApiRequest, ApiResponse } from "./apiserver/api.ts";
import { type Fields, isFields } from "./apiserver/objects.ts";
import type { RequestInfo } from "./apiserver/request-info.ts";
import { StatusError } from "./apiserver/status.ts";

/** Selects requests: all fields that are set must match. */
export interface RequestMatcher {
  /** The HTTP method, in uppercase. */
  readonly method?: string;
  /** The Kubernetes verb: "get", "list", "watch", "create" … */
  readonly verb?: string;
  /** A path without its query: the whole of it, or a pattern. */
  readonly path?: string | RegExp;
  /** Plural name of the resource: "nodes". */
  readonly resource?: string;
  /** Name of the object. */
  readonly name?: string;
  /** Whether the request carries a bearer token or a client certificate. */
  readonly hasCredentials?: boolean;
}

/** What happens to a request that matches a rule. `ms` are milliseconds. */
export type FaultAction =
  /** Answers as usual, with a delay. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Never answers; the connection stays open. */
  | { readonly kind: "hang" }
  /** Closes the connection instead of answering. */
  | { readonly kind: "reset" }
  /** Sends half of the body, then closes the connection. */
  | { readonly kind: "truncate" }
  /** A Status answer; `retryAfterSeconds` also becomes the Retry-After header. */
  | {
      readonly kind: "status";
      readonly code: 401 | 403 | 404 | 409 | 429 | 500 | 503 | 504;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /** The answer of a server that is not a Kubernetes API server. */
  | { readonly kind: "answer"; readonly status: number; readonly contentType: string; readonly body: string }
  /** Answers as usual with a Date header that is off by this much: the clocks of client and server differ. */
  | { readonly kind: "clock-skew"; readonly ms: number }
  /** Changes the JSON body of the usual answer. */
  | {
      readonly kind: "edit";
      /** Returns the body to send; must not change the one that it gets. */
      readonly edit: (body: Fields) => Fields;
    };

/** A rule that makes matching requests fail. */
export interface FaultRule {
  readonly match: RequestMatcher;
  readonly action: FaultAction;
  /** The number of matching requests that pass before the rule applies; 0 by default. */
  readonly after?: number;
  /** How many requests the rule affects before it is removed; all by default. */
  readonly times?: number;
}

interface ActiveRule {
  readonly rule: FaultRule;
  passed: number;
  hit: number;
}

/** Rules that make requests fail. Of several rules that match a request, the first one applies. */
export class Faults {
  #rules: ActiveRule[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a rule. Returns a function that removes it. */
  add(rule: FaultRule): () => void {
    const active: ActiveRule = { rule, passed: 0, hit: 0 };
    this.#rules.push(active);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    };
  }

  /** Removes all rules. */
  clear(): void {
    this.#rules = [];
  }

  /** Returns the response from `usual`, changed by the rule that matches. Throws StatusError for the action "status". */
  async around(
    call: { readonly request: ApiRequest; readonly info: RequestInfo },
    usual: () => Promise<ApiResponse>,
  ): Promise<ApiResponse> {
    const action = this.#take(call);
    switch (action?.kind) {
      case undefined:
        return usual();
      case "delay":
        await this.#clock.sleep(action.ms, call.request.signal);
        return usual();
      case "hang":
        return { status: 0, headers: {}, body: "", delivery: "never" };
      case "reset":
        return { status: 0, headers: {}, body: "", delivery: "reset" };
      case "truncate":
        return { ...(await usual()), delivery: "truncated" };
      case "status":
        throw statusFault(action);
      case "answer":
        return { status: action.status, headers: { "content-type": action.contentType }, body: action.body };
      case "clock-skew": {
        const response = await usual();
        const date = new Date(this.#clock.now().getTime() + action.ms).toUTCString();
        return { ...response, headers: { ...response.headers, date } };
      }
      case "edit":
        return edited(await usual(), action.edit);
    }
  }

  #take(call: { readonly request: ApiRequest; readonly info: RequestInfo }): FaultAction | undefined {
    for (const active of this.#rules) {
      if (!matches(active.rule.match, call)) continue;
      if (active.passed < (active.rule.after ?? 0)) {
        active.passed += 1;
        continue;
      }
      if (active.hit >= (active.rule.times ?? Number.POSITIVE_INFINITY)) continue;
      active.hit += 1;
      return active.rule.action;
    }
    return undefined;
  }
}

function matches(
  matcher: RequestMatcher,
  { request, info }: { readonly request: ApiRequest; readonly info: RequestInfo },
): boolean {
  const hasCredentials = request.clientCertificate !== undefined || request.headers["authorization"] !== undefined;
  return (
    (matcher.method === undefined || matcher.method === request.method) &&
    (matcher.verb === undefined || matcher.verb === info.verb) &&
    (matcher.path === undefined || isPath(matcher.path, request.path)) &&
    (matcher.resource === undefined || matcher.resource === info.resource) &&
    (matcher.name === undefined || matcher.name === info.name) &&
    (matcher.hasCredentials === undefined || matcher.hasCredentials === hasCredentials)
  );
}

function isPath(wanted: string | RegExp, path: string): boolean {
  return typeof wanted === "string" ? wanted === path : wanted.test(path);
}

const reasons = {
  401: ["Unauthorized", "Unauthorized"],
  403: ["Forbidden", "forbidden: refused by a test"],
  404: ["NotFound", "the server could not find the requested resource"],
  409: ["Conflict", "the object has been modified; please apply your changes to the latest version and try again"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  500: ["InternalError", "Internal error occurred: refused by a test"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "Timeout: request did not complete within the allotted timeout"],
} as const;

function statusFault(action: Extract<FaultAction, { kind: "status" }>): StatusError {
  const [reason, message] = reasons[action.code];
  const { retryAfterSeconds } = action;
  return new StatusError(
    action.code,
    reason,
    action.message ?? message,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  );
}

function edited(response: ApiResponse, edit: (body: Fields) => Fields): ApiResponse {
  if (typeof response.body !== "string") return response;
  const body: unknown = JSON.parse(response.body);
  return isFields(body) ? { ...response, body: `${JSON.stringify(edit(body))}\n` } : response;
}
