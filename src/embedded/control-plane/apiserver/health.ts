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

/** Name of a check of /livez and /readyz, as kube-apiserver has them; the others have no such check. */
export type HealthCheck = (typeof liveChecks)[number] | (typeof readyChecks)[number];

/** Why a check fails at the moment; undefined while it succeeds. */
type Probe = () => string | undefined;

/** The checks of the health endpoints. A check succeeds until `fail` is called for it, or its probe fails. */
export class Health {
  readonly #failures = new Map<HealthCheck, string>();
  readonly #probes: Partial<Record<HealthCheck, Probe>>;

  constructor(probes: Partial<Record<HealthCheck, Probe>> = {}) {
    this.#probes = probes;
  }

  /** Makes a check fail. Only the check's own endpoint shows the reason; upstream withholds it elsewhere. */
  fail(check: HealthCheck, reason = "not finished"): void {
    this.#failures.set(check, reason);
  }

  /** Ends a failure that `fail` has caused. */
  recover(check: HealthCheck): void {
    this.#failures.delete(check);
  }

  #failureOf(check: HealthCheck): string | undefined {
    return this.#failures.get(check) ?? this.#probes[check]?.();
  }

  /**
   * Returns the response from an endpoint (`livez`) or of one check (`livez/etcd`). Throws StatusError 404 for unknown
   * checks.
   */
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
