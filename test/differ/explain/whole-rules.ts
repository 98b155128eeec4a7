// Cases that the two programs answer in ways that have little in common.
import type { Pair } from "../run-case.ts";
import { otherwise, type Rule } from "./rule.ts";

export const wholeRules: readonly Rule[] = [
  otherwise("completion", offersMore),
  otherwise("rootfs", ({ input, upstream }) => input.args[0] === "--rootfs" && upstream.stderr.includes("chroot")),
  otherwise("json-events", ({ input, upstream }) => {
    return input.args.includes("--output") && upstream.stderr.includes("unknown flag: --output");
  }),
  otherwise("v1beta3-read", (pair) => {
    return given(pair).includes("kubeadm.k8s.io/v1beta3") && pair.upstream.stderr.includes("Please use kubeadm");
  }),
  otherwise("no-rootless", (pair) => {
    return /RootlessControlPlane[":= ]+true/.test(given(pair)) && pair.ours.stderr.includes("RootlessControlPlane");
  }),
  otherwise("token-create-final", ({ input, ours, upstream }) => {
    return (
      input.args.slice(0, 2).join(" ") === "token create" &&
      upstream.status === "timeout" &&
      /forbidden/.test(ours.stderr)
    );
  }),
  otherwise("dry-run-refusals", ({ input, ours, upstream }) => {
    const isRefused = input.world?.apiServer?.faults !== undefined && /forbidden/.test(ours.stderr);
    return input.args.includes("--dry-run") && isRefused && upstream.status === "0";
  }),
];

/**
 * Both offer words for a command line, and ours leaves out none of upstream's but shorthands. It tells of each in its own
 * words, may offer flags where upstream offers nothing, and does not offer the directory's files for what is no file.
 */
function offersMore({ input, ours, upstream }: Pair): boolean {
  if (!["__complete", "__completeNoDesc"].includes(input.args[0] ?? "") || ours.status !== upstream.status)
    return false;
  const [mine, theirs] = [offered(ours.stdout), offered(upstream.stdout)];
  const isComplete = theirs.words.every((word) => /^-[^-]/.test(word) || mine.words.includes(word));
  return isComplete && (mine.directive === theirs.directive || (theirs.directive === ":0" && mine.directive === ":4"));
}

function offered(stdout: string): { readonly words: readonly string[]; readonly directive: string | undefined } {
  const lines = stdout.trimEnd().split("\n");
  return { words: lines.slice(0, -1).map((line) => line.split("\t")[0] ?? ""), directive: lines.at(-1) };
}

/** Arguments and files. */
function given({ input }: Pair): string {
  const files = Object.values(input.files ?? {}).map((entry) => (typeof entry === "string" ? entry : ""));
  return [...input.args, ...files].join("\n");
}
