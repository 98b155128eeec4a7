// What `upgrade` does in another way.
import type { Observation } from "../observe/observation.ts";
import type { Pair } from "../run-case.ts";
import {
  entriesLeftOut,
  extraLines,
  missingLines,
  otherwise,
  type Rule,
  repeatedLines,
  sameRefusal,
  streamRewritten,
} from "./rule.ts";

export const upgradeRules: readonly Rule[] = [
  {
    key: "kubeconfig-broken-words",
    apply: (pair) => {
      const { ours, upstream } = pair;
      const isSaid =
        /failed to load admin kubeconfig|failed to create API client|kubelet local mode|[:"] tls: |getting credentials: exec: /;
      const isSame = ours.status === "1" && upstream.status === "1" && isSaid.test(ours.stderr);
      return isSame && isSaid.test(upstream.stderr) && !ours.stderr.includes("code: INTERNAL")
        ? { ...pair, ours: { ...ours, stdout: upstream.stdout, stderr: upstream.stderr } }
        : undefined;
    },
  },
  {
    key: "kubeconfig-broken-words",
    apply: (pair) => missingLines("", /^E .*"Loading client cert failed"/).apply(pair, pair),
  },
  ofUpgrade("upgrade-reads", (pair) =>
    entriesLeftOut("", "requests", /^(GET |POST \S*\/selfsubjectreviews\b)/).apply(pair, pair),
  ),
  ofUpgrade("upgrade-reads", (pair) =>
    repeatedLines("", /^W .*Warning: No kubeproxy\.config\.k8s\.io\/v1alpha1 config is loaded/).apply(pair, pair),
  ),
  ofUpgrade("upgrade-plan-outlook", (pair) =>
    pair.input.args[1] === "plan"
      ? entriesLeftOut("", "runtimeCalls", /^ImageStatus /).apply({ ...pair, ours: withoutOutlook(pair.ours) }, pair)
      : undefined,
  ),
  extraLines(
    "upgrade-labels",
    /^W .*could not fetch a Kubernetes version from the internet: .*; falling back to the local client version: /,
  ),
  ofUpgrade("upgrade-diff-order", (pair) =>
    pair.input.args[1] === "diff" ? onBoth(pair, withSortedManifests) : undefined,
  ),
  ofUpgrade("upgrade-corefile", (pair) =>
    extraLines("", /^\t\[WARNING CoreDNSMigration\]: the Corefile has to change for CoreDNS /).apply(pair, pair),
  ),
  ofUpgrade("upgrade-endpoint-cause", ({ ours, upstream, ...rest }) => {
    const cause = /(using pod annotations: ).*$/m;
    const [known = ""] = cause.exec(ours.stderr) ?? [];
    const stderr = upstream.stderr.replace(/using pod annotations: context deadline exceeded$/m, () => known);
    return known === "" ? undefined : { ...rest, ours, upstream: { ...upstream, stderr } };
  }),
  otherwise("upgrade-plan-label", ({ input, upstream }) => {
    return input.args[1] === "plan" && /[Cc]ouldn't parse (version|latest) /.test(upstream.stderr);
  }),
  ofUpgrade("upgrade-diff-context", (pair) => {
    const isPlain = pair.upstream.stdout.includes("\n@@ ") && !/^ /m.test(pair.upstream.stdout);
    return pair.input.args[1] === "diff" && isPlain ? onBoth(pair, withoutContext) : undefined;
  }),
  otherwise("upgrade-node-dry-run", ({ input, ours, upstream }) => {
    const isMissing = /^error: couldn't create a Kubernetes client .*: no such file or directory$/m.test(ours.stderr);
    return (
      input.args[1] === "node" && isMissing && upstream.stdout.includes("[dryrun] Dryrunning without a real client")
    );
  }),
  {
    key: "upgrade-node-dry-run",
    apply: (pair) =>
      pair.input.args[1] === "node" && pair.input.args.includes("--dry-run")
        ? sameRefusal("", /^error: .*failed to get (server version|config map): .*: connection refused$/m).apply(
            pair,
            pair,
          )
        : undefined,
  },
  {
    key: "upgrade-node-dry-run",
    apply: (pair) =>
      pair.input.args[1] === "node" && pair.input.args.includes("--dry-run")
        ? missingLines("", /^W .*The kubelet instance configuration file \S+ was not found\. Creating a new one/).apply(
            pair,
            pair,
          )
        : undefined,
  },
  otherwise("upgrade-version-prefix", ({ input, upstream }) => {
    const isBlank = input.args.some((word) => /^v[\d.]+(-[\w.]+)? $/.test(word));
    return input.args[1] === "diff" && isBlank && /^\+ .*image: \S+_$/m.test(upstream.stdout);
  }),
  ofUpgrade("dry-run-refusals", (pair) =>
    pair.input.args.includes("--dry-run")
      ? streamRewritten("", "stderr", (text) =>
          text.replaceAll(/(Continuing without it: configmaps "kube-proxy") is forbidden: .*$/gm, "$1 not found"),
        ).apply(pair, pair)
      : undefined,
  ),
  ofUpgrade("upgrade-version-prefix", (pair) => {
    const { input, upstream } = pair;
    const given = [...input.args, ...Object.values(input.files ?? {}).map(String)].join("\n");
    const [, version = ""] = /(?:^|")(v[\d.]+(?:-[\w.]+)?) +(?:"|$)/m.exec(given) ?? [];
    const stdout = upstream.stdout.replaceAll(`${version} `, version);
    return version === "" ? undefined : { ...pair, upstream: { ...upstream, stdout } };
  }),
  ofUpgrade("upgrade-version-prefix", (pair) => {
    const given = [...pair.input.args, ...Object.values(pair.input.files ?? {}).map(String)].join("\n");
    const version = /(?:^|")(\d[\d.]+-[\w.]+)(?:"|$)/m.exec(given)?.[1];
    if (version === undefined) return undefined;
    const stdout = pair.upstream.stdout.replaceAll(/[\w.-]+/g, (word) => {
      return word.replace(/\.$/, "") === version ? `v${word}` : word;
    });
    return { ...pair, upstream: { ...pair.upstream, stdout } };
  }),
  ofUpgrade("upgrade-apply-missing", (pair) => {
    const isMissing = /^error: \[upgrade\] FATAL: the ConfigMap "kubeadm-config" in the .* was not found$/m;
    const isOther = /^error: \[upgrade\] FATAL: (failed to get component configs|failed to get node registration): /m;
    return isMissing.test(pair.upstream.stderr) && isOther.test(pair.ours.stderr) && pair.ours.status === "1"
      ? { ...pair, ours: { ...pair.ours, stdout: pair.upstream.stdout, stderr: pair.upstream.stderr } }
      : undefined;
  }),
  {
    key: "stored-configuration-unversioned",
    apply: (pair) =>
      pair.ours.stderr.includes('invalid version ""')
        ? missingLines("", /^W .*"authentication\.x509\.clientCAFile" .* is: ca\.crt; /).apply(pair, pair)
        : undefined,
  },
  ofUpgrade("upgrade-backup-warning", (pair) =>
    missingLines(
      "",
      /^W .*Using temporary directory \S+ for kubelet config\. To override it set the environment/,
    ).apply(pair, pair),
  ),
  otherwise("upgrade-core-dns", ({ input, ours, upstream }) => {
    const isRefused = /^\t\[ERROR CoreDNSUnsupportedPlugins\]: start version '' not supported$/m;
    return input.args[1] === "plan" && ours.status === "0" && isRefused.test(upstream.stderr);
  }),
  otherwise("timeout-not-positive", ({ input, ours, upstream }) => {
    const isTooShort = /^ {2}kubernetesAPICall: (-|0)/m.test(String(input.files?.["u.yaml"]));
    return isTooShort && ours.status === "0" && upstream.stderr.includes("annotations: context deadline exceeded\n");
  }),
];

function ofUpgrade(key: string, change: (pair: Pair) => Pair | undefined): Rule {
  return { key, apply: (pair) => (pair.input.args[0] === "upgrade" ? change(pair) : undefined) };
}

function onBoth(pair: Pair, change: (observation: Observation) => Observation): Pair {
  return { ...pair, ours: change(pair.ours), upstream: change(pair.upstream) };
}

function withoutOutlook(observation: Observation): Observation {
  return { ...observation, stdout: observation.stdout.replace(/^What to expect from the upgrade to [\s\S]*/m, "") };
}

/** A diff without the lines around a change, and without their numbers. */
function withoutContext(observation: Observation): Observation {
  return { ...observation, stdout: observation.stdout.replaceAll(/^( |@@ ).*\n/gm, "") };
}

function withSortedManifests(observation: Observation): Observation {
  const [lines = "", ...manifests] = observation.stdout.split(/^(?=--- \/)/m);
  return { ...observation, stdout: [lines, ...manifests.toSorted()].join("") };
}
