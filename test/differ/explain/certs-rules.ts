// What `certs` does in another way.
import type { Observation } from "../observe/observation.ts";
import type { Pair } from "../run-case.ts";
import { entriesLeftOut, missingLines, otherwise, type Rule } from "./rule.ts";

const fallingBack = /^\[(check-expiration|renew)\] Error reading configuration from the Cluster\. Falling back/;

export const certsRules: readonly Rule[] = [
  {
    key: "certs-kubeadm-config-alone",
    apply: (pair) => {
      if (!isCommand(pair, "check-expiration", "renew") || !pair.ours.requests.every(isForConfiguration))
        return undefined;
      const requests = entriesLeftOut(
        "",
        "requests",
        /^(GET (?!.*\/configmaps\/kubeadm-config[? ])|POST \S*\/selfsubjectreviews\b)/,
      ).apply(pair, pair);
      const lines = missingLines("", fallingBack, "stdout").apply(requests ?? pair, pair) ?? pair;
      return isFallingBack(pair) ? { ...lines, upstream: withConfiguredKeys(lines) } : lines;
    },
  },
  otherwise("check-expiration-broken", (pair) => {
    const isRefused = /^error: Error checking external CA condition .*: no such file or directory$/m;
    return isCommand(pair, "check-expiration") && pair.ours.status === "0" && isRefused.test(pair.upstream.stderr);
  }),
  {
    key: "generate-csr-first",
    apply: (pair) => {
      const { ours, upstream } = pair;
      const isRefused = /^error: (file already exists|invalid argument: kubeConfigDir was empty)/m;
      if (!isCommand(pair, "generate-csr") || !isRefused.test(ours.stderr) || !isRefused.test(upstream.stderr)) return;
      const begun = missingLines("", /^generating keys and CSRs in |^ {2}\S+$/, "stdout").apply(pair, pair) ?? pair;
      return { ...begun, ours: withoutReason(begun.ours), upstream: withoutReason(begun.upstream) };
    },
  },
];

function isCommand({ input }: Pair, ...names: readonly string[]): boolean {
  return input.args[0] === "certs" && names.includes(input.args[1] ?? "");
}

function isForConfiguration(request: string): boolean {
  return /^GET \S*\/configmaps\/kubeadm-config(\?\S*)? 200$/.test(request);
}

/** Without all that it asked for, upstream's program takes the defaults: RSA, whatever the cluster has. */
function isFallingBack({ input, upstream }: Pair): boolean {
  return input.args[1] === "renew" && upstream.stdout.split("\n").some((line) => fallingBack.test(line));
}

/** Upstream's files as if its keys were of the configured kind; the usages of such keys depend on the release. */
function withConfiguredKeys({ ours, upstream }: Pair): Observation {
  const files = Object.entries(upstream.files).map(([path, text]) => {
    const [, usage = ""] = /key=ec prime256v1 \[2\.5\.29\.15 critical 3:(\w+)\]/.exec(ours.files[path] ?? "") ?? [];
    const renewed = text
      .replaceAll(/key=rsa 2048 \[2\.5\.29\.15 critical 3:05a0\]/g, `key=ec prime256v1 [2.5.29.15 critical 3:${usage}]`)
      .replaceAll("key=rsa 2048", "key=ec prime256v1")
      .replaceAll("<rsa private key rsa 2048>", "<ec private key ec prime256v1>");
    return [path, renewed];
  });
  return { ...upstream, files: Object.fromEntries(files) };
}

function withoutReason(observation: Observation): Observation {
  return { ...observation, stderr: observation.stderr.replace(/^error: .*$/m, "error: refused") };
}
