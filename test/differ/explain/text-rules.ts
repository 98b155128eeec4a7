// Lines and calls that differ.
import { isDeepStrictEqual } from "node:util";
import { parseAllDocuments } from "yaml";
import type { Observation } from "../observe/observation.ts";
import type { Pair } from "../run-case.ts";
import { entriesLeftOut, extraLines, missingLines, type Rule, repeatedLines, streamRewritten } from "./rule.ts";

const escapeCharacter = "\u001b";

export const textRules: readonly Rule[] = [
  extraLines("error-lines", /^(cause|remedy|code): /),
  streamRewritten("log-places", "stderr", (text) =>
    text.replaceAll(/^([IWEF]) [a-z_0-9-]+\.(?:go|ts):\d+\] /gm, "$1 "),
  ),
  missingLines(
    "version-labels",
    /^W (version\.go:10[89]\] )?(could not fetch a Kubernetes version|falling back to the local)/,
  ),
  extraLines("version-labels", /^W .*the version behind \S+ is not looked up; using this program's version/),
  extraLines("certificate-names-warned", /^W .*\[certs\] certificate \S+ is kept unchanged, but: x509: /),
  extraLines("wait-reasons", /^\[wait\] /),
  extraLines("preflight-hints", /^\t\t/),
  extraLines("upgrade-plan-none", /^\[upgrade\] No newer version was found: there is nothing to upgrade$/),
  extraLines("upgrade-next-step", /^\[upgrade\] If the kubelet of this machine is older than /),
  extraLines("renew-next-step", /^\[renew\] (Restart \S+, so that it uses|Copies of this file)/),
  streamRewritten("verification-plain", "stdout", (text) =>
    text.replaceAll(new RegExp(`${escapeCharacter}\\[0(?:;\\d+)?m`, "g"), ""),
  ),
  extraLines("migrate-comments", /^W .*Comments of .* are not carried over/),
  extraLines("unknown-fields-counted", /^W .*\d+ more fields? (?:is|are) unknown or duplicate$/),
  extraLines("config-warnings-placed", /^W .*(\.yaml:|line )\d+: unknown field "[^"]*" is ignored/),
  extraLines(
    "certs-cluster-unreadable",
    /^W .*(the cluster's configuration could not be read: |skipping the configuration stored in the cluster: )/,
  ),
  repeatedLines("kubelet-warnings-once", /^W .*(KubeletConfiguration|KubeProxyConfiguration)/),
  repeatedLines("authorization-mode-once", /^W .*authorization-mode/),
  extraLines(
    "reset-leftovers",
    /^(These (?:would )?remain; run the command for anything you don't need:|\* | {4}(rm|kubectl|etcdctl|ip|nft|iptables|ipvsadm) )/,
    "stdout",
  ),
  extraLines("reset-leftovers", /^\[reset\] Nothing to reset: no trace of a cluster/, "stdout"),
  {
    key: "reset-leftovers",
    apply: (pair) =>
      pair.input.args[0] === "reset" && pair.upstream.files["/var/lib/etcd"] === undefined
        ? missingLines("", /^\[reset\] Deleted contents of the etcd data directory: /, "stdout").apply(pair, pair)
        : undefined,
  },
  {
    key: "reset-dry-run",
    apply: (pair) =>
      pair.input.args[0] === "reset" && pair.input.args.includes("--dry-run")
        ? { ...pair, ours: withoutResetDetails(pair.ours), upstream: withoutResetDetails(pair.upstream) }
        : undefined,
  },
  repeatedLines(
    "endpoint-port-once",
    /\[endpoint\] WARNING: port specified in controlPlaneEndpoint overrides bindPort/,
  ),
  {
    key: "patch-broken-pod",
    apply: (pair) =>
      /could not apply the following patch/.test(pair.ours.stderr) && /failed to decode \[/.test(pair.upstream.stderr)
        ? {
            ...pair,
            ours: { ...pair.ours, stdout: pair.upstream.stdout, stderr: pair.upstream.stderr },
          }
        : undefined,
  },
  {
    key: "patch-broken-pod",
    apply: (pair) =>
      /failed to unmarshal patched manifest/.test(pair.ours.stderr) && /failed to decode \{/.test(pair.upstream.stderr)
        ? { ...pair, ours: { ...pair.ours, stderr: pair.upstream.stderr } }
        : undefined,
  },
  streamRewritten("init-requests-parallel", "stdout", (text) =>
    text.replaceAll(
      /\[dryrun\] Would perform action GET on resource .*\n(?:(?!\[).*\n|\[dryrun\] (?:Attached|Resource|Real) .*\n)*/g,
      "",
    ),
  ),
  extraLines("reset-by-etcd", /^W .*\[reset\] Failed to remove etcd member: error removing the etcd member: .*:2379/),
  {
    key: "generate-csr-first",
    apply: (pair) =>
      pair.input.args[1] === "generate-csr"
        ? streamRewritten("", "stdout", (text) => text.split("\n").toSorted().join("\n")).apply(pair, pair)
        : undefined,
  },
  {
    key: "certs-broken-files",
    apply: (pair) =>
      isSameFileRefused(pair) ? { ...pair, ours: { ...pair.ours, stderr: pair.upstream.stderr } } : undefined,
  },
  {
    key: "dry-run-patch",
    apply: (pair) => ({
      ...pair,
      ours: { ...pair.ours, stdout: withoutNode(pair.ours.stdout) },
      upstream: { ...pair.upstream, stdout: withoutNode(pair.upstream.stdout) },
    }),
  },
  entriesLeftOut("reset-leftovers", "calls", /^nft list tables$/),
  entriesLeftOut("fewer-probes", "calls", /^(systemctl (status|is-active|is-enabled|show) |kubelet --version$)/),
  entriesLeftOut("runtime-probes", "runtimeCalls", /^(Version|Status|ImageFsInfo|ListPodSandbox|RuntimeConfig)\b/),
  {
    key: "fewer-probes",
    apply: (pair) =>
      pair.input.files?.["/run/stage/kubelet"] === "active\n"
        ? undefined
        : entriesLeftOut("", "calls", /^systemctl stop kubelet$/).apply(pair, pair),
  },
  {
    key: "pods-together",
    apply: (pair) => ({
      ...pair,
      ours: inOrder(pair.ours, "runtimeCalls"),
      upstream: inOrder(pair.upstream, "runtimeCalls"),
    }),
  },
  {
    key: "init-requests-parallel",
    apply: (pair) => ({ ...pair, ours: inOrder(pair.ours, "requests"), upstream: inOrder(pair.upstream, "requests") }),
  },
  entriesLeftOut("init-requests-parallel", "requests", /^GET .* 404$/),
  {
    key: "request-deadlines",
    apply: (pair) => ({ ...pair, ours: withoutTimeouts(pair.ours), upstream: withoutTimeouts(pair.upstream) }),
  },
  entriesLeftOut("daemon-reload", "calls", /^systemctl daemon-reload$/),
  {
    key: "token-list-lines",
    apply: (pair) => ({ ...pair, upstream: { ...pair.upstream, stderr: `${pair.upstream.stderr}\n` } }),
  },
  {
    key: "token-dry-run",
    apply: (pair) => (pair.input.args[0] === "token" ? redacted(pair) : undefined),
  },
  {
    key: "dry-run-secrets",
    apply: (pair) => (pair.input.args[0] === "init" ? redacted(pair) : undefined),
  },
  {
    key: "print-manifest-sorted",
    apply: (pair) => {
      const { input, ours, upstream } = pair;
      const isPrinted = input.args.includes("--print-manifest");
      return isPrinted && isSameYaml(ours.stdout, upstream.stdout)
        ? { ...pair, ours: { ...ours, stdout: upstream.stdout } }
        : undefined;
    },
  },
  {
    key: "help-texts",
    apply: (pair) =>
      isHelp(pair) || pair.input.args[0] === "alpha"
        ? { ...pair, ours: { ...pair.ours, stdout: pair.upstream.stdout } }
        : undefined,
  },
];

/** What our dry run does not show of Secrets is not shown of upstream's. */
function redacted(pair: Pair): Pair {
  const names = [...pair.ours.stdout.matchAll(/^ *([\w.-]+): '?\[redacted\]'?$/gm)].map(([, name = ""]) => name);
  const lines = new RegExp(`^( *(?:${names.map((name) => name.replaceAll(".", "\\.")).join("|")}): ).*$`, "gm");
  const hide = (observation: Observation) => ({
    ...observation,
    stdout: observation.stdout.replaceAll(lines, "$1[redacted]"),
  });
  return names.length === 0 ? pair : { ...pair, ours: hide(pair.ours), upstream: hide(pair.upstream) };
}

/** Both fail at a file of the control plane, and at the same one. */
function isSameFileRefused({ input, ours, upstream }: Pair): boolean {
  const file = (text: string) => {
    const [, name, directory] = /^error: .*couldn't load (\S+) certificate authority from (\S+)$/m.exec(text) ?? [];
    if (name !== undefined) return `${directory}/${name}.crt`;
    return /^error: .*?(\/[\w./-]+\.(?:crt|key|conf))\b/m.exec(text)?.[1];
  };
  const isCommand = input.args[0] === "certs" && ours.status === "1" && upstream.status === "1";
  return isCommand && file(ours.stderr) !== undefined && file(ours.stderr) === file(upstream.stderr);
}

function inOrder(observation: Observation, list: "requests" | "runtimeCalls"): Observation {
  return { ...observation, [list]: observation[list].toSorted() };
}

function withoutTimeouts(observation: Observation): Observation {
  const requests = observation.requests.map((request) =>
    request.replace(/([?&])timeout=\d+s&?/, "$1").replace(/[?&](?= )/, ""),
  );
  return { ...observation, requests };
}

/** A dry run of a reset without what it asks the cluster for, and without what ours alone names. */
function withoutResetDetails(observation: Observation): Observation {
  const stdout = observation.stdout
    .replaceAll(
      /\[dryrun\] Would perform action (?:GET|LIST) on resource "(?:configmaps|nodes|pods)".*\n(?:(?!\[).*\n|\[dryrun\] (?:Attached|Resource|Real) .*\n)*/g,
      "",
    )
    .replaceAll(
      /^\[dryrun\] Would (?:unmount \/|remove pod |remove the etcd member |delete contents of the etcd data ).*\n/gm,
      "",
    )
    .replaceAll(/^(\[dryrun\] Would delete contents of directories: .*?) \/var\/lib\/kubelet\b/gm, "$1");
  const stderr = observation.stderr.replaceAll(
    /^W .*(?:\[dryrun\] \S+ cannot be reached; the dry run continues|\[reset\] Unable to fetch the kubeadm-config ConfigMap|\[reset\] Failed to list pods: ).*\n/gm,
    "",
  );
  return { ...observation, stdout, stderr };
}

/** A dry run's output without what it says of a Node that would be patched. */
function withoutNode(text: string): string {
  return text.replaceAll(
    /(\[dryrun\] Would perform action PATCH on resource "nodes".*\n)(?:(?!\[).*\n|\[dryrun\] (?:Attached|Resource) .*\n)*/g,
    "$1",
  );
}

function isSameYaml(a: string, b: string): boolean {
  // The templates say of one mount that it is not read-only, as if there were another default.
  const read = (text: string) =>
    parseAllDocuments(text.replaceAll(/^ +readOnly: false\n/gm, "")).map((document) => document.toJS() as unknown);
  return isDeepStrictEqual(read(a), read(b));
}

/** Both show help, with the same usage line but for what the row names: `[flags]`, and `[version]` for phases of `apply`. */
function isHelp({ ours, upstream }: Pair): boolean {
  const usage = (text: string) =>
    /^Usage:\n {2}(.*?)(?: \[flags\])?$/m
      .exec(text)?.[1]
      ?.replace(/^(kubeadm upgrade apply phase .*) \[version\]$/, "$1");
  return usage(ours.stdout) !== undefined && usage(ours.stdout) === usage(upstream.stdout);
}
