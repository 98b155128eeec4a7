import { throwIfAborted } from "../../async/signal.ts";
import { type Etcd, EtcdError, type EtcdMember } from "../../etcd/etcd.ts";
import { memberTitle, voters } from "./member-names.ts";

/** Timeout of one call to etcd in milliseconds, same as upstream. */
export const answerMs = 2_000;

/** The health of the member at one endpoint. */
export interface EndpointHealth {
  readonly endpoint: string;
  /** Undefined if it answers and reports no problem. */
  readonly trouble?: string;
  /** It did not respond at all. */
  readonly isSilent: boolean;
}

export interface ClusterHealth {
  readonly isHealthy: boolean;
  /** The endpoints that had answered or failed when the outcome was clear. */
  readonly endpoints: readonly EndpointHealth[];
}

export interface HealthOptions {
  readonly signal: AbortSignal;
  /** Milliseconds to wait for the other answers after a majority has answered. */
  readonly graceMs?: number;
}

/**
 * Reports whether more than half of the endpoints are healthy. Asks all concurrently, and a healthy majority is enough:
 * upstream asks one after the other, and a silent one delays it for seconds.
 */
export async function etcdHealth(
  etcd: Pick<Etcd, "status">,
  endpoints: readonly string[],
  { signal, graceMs = 0 }: HealthOptions,
): Promise<ClusterHealth> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const answers: EndpointHealth[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<ClusterHealth>();
  const receive = (health: EndpointHealth) => {
    answers.push(health);
    const healthy = answers.filter(({ trouble }) => trouble === undefined).length;
    const isHealthy = healthy * 2 > endpoints.length;
    const isComplete = answers.length === endpoints.length;
    const decide = () => resolve({ isHealthy, endpoints: [...answers] });
    if (isComplete || (isHealthy && graceMs === 0)) decide();
    else if (isHealthy && timer === undefined) timer = setTimeout(decide, graceMs);
  };
  for (const endpoint of endpoints) endpointHealth(etcd, endpoint, either).then(receive, reject);
  if (endpoints.length === 0) resolve({ isHealthy: false, endpoints: [] });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** Returns the health of every endpoint, however long the slowest takes. */
export function allEndpoints(
  etcd: Pick<Etcd, "status">,
  endpoints: readonly string[],
  signal: AbortSignal,
): Promise<readonly EndpointHealth[]> {
  return Promise.all(endpoints.map((endpoint) => endpointHealth(etcd, endpoint, signal)));
}

async function endpointHealth(
  etcd: Pick<Etcd, "status">,
  endpoint: string,
  signal: AbortSignal,
): Promise<EndpointHealth> {
  try {
    const { errors } = await etcd.status(endpoint, { signal, timeoutMs: answerMs });
    if (errors.length === 0) return { endpoint, isSilent: false };
    return { endpoint, isSilent: false, trouble: `member ${endpoint} is not healthy: ${errors.join(", ")}` };
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof EtcdError)) throw error;
    const trouble = `the status of member ${endpoint} is not available: ${error.message}`;
    return { endpoint, isSilent: true, trouble };
  }
}

/** Returns the voting members that do not respond. */
export async function unavailableVoters(
  etcd: Pick<Etcd, "status">,
  members: readonly EtcdMember[],
  signal: AbortSignal,
): Promise<readonly EtcdMember[]> {
  const health = await Promise.all(
    voters(members).map(async (member) => {
      const answers = await allEndpoints(etcd, member.clientUrls, signal);
      return { member, answers: answers.some(({ isSilent }) => !isSilent) };
    }),
  );
  return health.filter(({ answers }) => !answers).map(({ member }) => member);
}

export function titlesOf(members: readonly EtcdMember[]): string {
  return members.map(memberTitle).join(", ");
}
