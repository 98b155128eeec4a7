// Requests that an API server refuses: how often they are repeated, and what is on its way beside them.
import type { Pair } from "../run-case.ts";
import { entriesLeftOut, otherwise, type Rule, streamRewritten } from "./rule.ts";

const parallel = "init-requests-parallel";

export const faultRules: readonly Rule[] = [
  {
    key: "retry-pauses",
    apply: (pair) => {
      if (!isRefused(pair)) return undefined;
      const { ours, upstream } = pair;
      return {
        ...pair,
        ours: { ...ours, requests: once(ours.requests) },
        upstream: { ...upstream, requests: once(upstream.requests) },
      };
    },
  },
  {
    // What is written beside a request that fails, upstream's program would have written after it.
    key: parallel,
    apply: (pair) => {
      const { ours, upstream } = pair;
      if (!isRefused(pair) || errorOf(ours.stderr) === "" || errorOf(ours.stderr) !== errorOf(upstream.stderr))
        return undefined;
      const { stdout, requests, objects } = upstream;
      const isMore = requests.every((request) => ours.requests.includes(request) || request.startsWith("GET "));
      return isMore ? { ...pair, ours: { ...ours, stdout, requests, objects } } : undefined;
    },
  },
  // The right that fails first is the first one there, and any of them here.
  otherwise(parallel, (pair) => {
    const refusal = /^error: error execution phase bootstrap-token: .*\*v1\.(?:Cluster)?Role(?:Binding)?: (.*)$/m;
    const ours = refusal.exec(pair.ours.stderr)?.[1];
    return isRefused(pair) && ours !== undefined && ours === refusal.exec(pair.upstream.stderr)?.[1];
  }),
  // Its client's rate limiter fails before the deadline, and hides what was refused.
  {
    key: "retry-pauses",
    apply: (pair) => {
      const limit = "client rate limiter Wait returned an error: rate: Wait(n=1) would exceed context deadline";
      if (!isRefused(pair) || !pair.upstream.stderr.includes(limit)) return undefined;
      const refusal =
        /: (?:client rate limiter Wait .*|Internal error occurred: refused by a test|forbidden: refused by a test)$/gm;
      return streamRewritten("", "stderr", (text) => text.replaceAll(refusal, ": refused")).apply(pair, pair);
    },
  },
  otherwise("join-phase-reads", (pair) => {
    const isRead = (requests: readonly string[]) =>
      requests.some((request) => request.includes("/configmaps/cluster-info"));
    const { args } = pair.input;
    return (
      args[0] === "join" &&
      args[1] === "phase" &&
      isRefused(pair) &&
      isRead(pair.upstream.requests) &&
      !isRead(pair.ours.requests)
    );
  }),
  // What is about to be written is not read before.
  {
    key: parallel,
    apply: (pair) =>
      isRefused(pair)
        ? entriesLeftOut("", "requests", /^GET .*\/secrets\/bootstrap-token-.* [45]\d\d$/).apply(pair, pair)
        : undefined,
  },
  otherwise(parallel, (pair) => {
    const read =
      /: (unable to fetch CoreDNS current installed version and ConfigMap\.|error uploading certs: error to get token reference): /;
    return isRefused(pair) && pair.ours.status === "0" && read.test(pair.upstream.stderr);
  }),
];

function isRefused({ input }: Pair): boolean {
  return (input.world?.apiServer?.faults ?? []).length > 0;
}

const once = (requests: readonly string[]): readonly string[] => [...new Set(requests)];

function errorOf(stderr: string): string {
  return /^error: .*$/m.exec(stderr)?.[0] ?? "";
}
