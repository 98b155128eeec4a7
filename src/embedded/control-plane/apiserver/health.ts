// /healthz, /livez and /readyz: k8s.io/apiserver/pkg/server/healthz.
import { type ApiResponse, textResponse } from "./api.ts";
import { noSuchResource } from "./status.ts";

const liveChecks = [
  "ping",
  "log",
  "etcd",
  "poststarthook/start-apiserver-admission-initializer",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/bootstrap-controller",
  "autoregister-completion",
] as const;
const readyChecks = ["etcd-readiness", "informer-sync", "shutdown"] as const;

export type HealthCheck = (typeof liveChecks)[number] | (typeof readyChecks)[number];

/** Why a check fails at the moment; undefined while it succeeds. */
type Probe = () => string | undefined;

/** The checks behind the health endpoints; each succeeds until a test makes it fail, or its probe does. */
export class Health {
  readonly #failures = new Map<HealthCheck, string>();
  readonly #probes: Partial<Record<HealthCheck, Probe>>;

  constructor(probes: Partial<Record<HealthCheck, Probe>> = {}) {
    this.#probes = probes;
  }

  /** The reason is only in the answer of this check alone; upstream withholds it elsewhere. */
  fail(check: HealthCheck, reason = "not finished"): void {
    this.#failures.set(check, reason);
  }

  recover(check: HealthCheck): void {
    this.#failures.delete(check);
  }

  #failureOf(check: HealthCheck): string | undefined {
    return this.#failures.get(check) ?? this.#probes[check]?.();
  }

  /** The answer of an endpoint (`livez`), or of one check below it (`livez/etcd`). */
  answer(endpoint: string, path: readonly string[], query: URLSearchParams): ApiResponse {
    const checks: readonly HealthCheck[] = endpoint === "readyz" ? [...liveChecks, ...readyChecks] : liveChecks;
    if (path.length > 0) return this.#single(checks, path.join("/"));
    const excluded = new Set(query.getAll("exclude"));
    const failed = checks.filter((check) => this.#failureOf(check) !== undefined && !excluded.has(check));
    const lines = checks.map((check) => {
      if (excluded.has(check)) return `[+]${check} excluded: ok\n`;
      return failed.includes(check) ? `[-]${check} failed: reason withheld\n` : `[+]${check} ok\n`;
    });
    if (failed.length > 0) return textResponse(500, `${lines.join("")}${endpoint} check failed\n`);
    return textResponse(200, query.has("verbose") ? `${lines.join("")}${endpoint} check passed\n` : "ok");
  }

  #single(checks: readonly HealthCheck[], name: string): ApiResponse {
    const check = checks.find((candidate) => candidate === name);
    if (check === undefined) throw noSuchResource();
    const reason = this.#failureOf(check);
    return reason === undefined ? textResponse(200, "ok") : textResponse(500, `internal server error: ${reason}\n`);
  }
}
