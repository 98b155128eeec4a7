import type { Pair } from "../run-case.ts";
import { extraLines, missingLines, type Rule } from "./rule.ts";

/** In the order in which they are tried. */
export const rules: readonly Rule[] = [
  extraLines("error-lines", /^(cause|remedy|code): /),
  {
    key: "log-places",
    apply: (pair) =>
      mapBoth(pair, "stderr", (text) => text.replaceAll(/^([IWEF]) [a-z_0-9-]+\.(?:go|ts):\d+\] /gm, "$1 ")),
  },
  missingLines(
    "version-labels",
    /^W (version\.go:10[89]\] )?(could not fetch a Kubernetes version|falling back to the local)/,
  ),
  extraLines("migrate-comments", /^W .*Comments of .* are not carried over/),
  extraLines(
    "certs-cluster-unreadable",
    /^W .*(the cluster's configuration could not be read: |the cluster is not asked for its configuration: )/,
  ),
  // Questions that change nothing.
  {
    key: "fewer-probes",
    apply: (pair) => withoutCalls(pair, /^(systemctl (status|is-active|is-enabled|show) |kubelet --version)/),
  },
  {
    key: "fewer-probes",
    apply: (pair) => (isKubeletRunning(pair) ? undefined : withoutCalls(pair, /^systemctl stop kubelet$/)),
  },
  { key: "daemon-reload", apply: (pair) => withoutCalls(pair, /^systemctl daemon-reload$/) },
  extraLines("config-warnings-placed", /^W .*\.yaml:\d+: unknown field "[^"]*" is ignored/),
  {
    key: "completion",
    apply: (pair) => (/^completion\//.test(pair.input.name) ? { ...pair, ours: pair.upstream } : undefined),
  },
  {
    key: "help-texts",
    apply: (pair) => (isHelp(pair) ? { ...pair, ours: { ...pair.ours, stdout: pair.upstream.stdout } } : undefined),
  },
];

function isKubeletRunning({ input }: Pair): boolean {
  return input.files?.["/run/stage/kubelet"] === "active\n";
}

/** Both print the help of a command: it has a usage line, and is the same line in both. */
function isHelp({ ours, upstream }: Pair): boolean {
  const usage = (text: string) => /^Usage:\n {2}(.*)$/m.exec(text)?.[1];
  return usage(ours.stdout) !== undefined && usage(ours.stdout) === usage(upstream.stdout);
}

function withoutCalls(pair: Pair, pattern: RegExp): Pair {
  const without = (observation: Pair["ours"]) => ({
    ...observation,
    calls: observation.calls.filter((call) => !pattern.test(call)),
  });
  return { ...pair, ours: without(pair.ours), upstream: without(pair.upstream) };
}

function mapBoth(pair: Pair, stream: "stdout" | "stderr", change: (text: string) => string): Pair {
  const { ours, upstream } = pair;
  return {
    ...pair,
    ours: { ...ours, [stream]: change(ours[stream]) },
    upstream: { ...upstream, [stream]: change(upstream[stream]) },
  };
}
