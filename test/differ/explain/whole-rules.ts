// Cases that the two programs answer in ways that have little in common.
import type { Pair } from "../run-case.ts";
import { otherwise, type Rule, refusesWith } from "./rule.ts";

export const wholeRules: readonly Rule[] = [
  otherwise("completion", ({ input }) => input.name.startsWith("completion/")),
  otherwise("no-upgrade", (pair) => pair.input.args[0] === "upgrade" && refusesWith(pair, "UPGRADE_UNSUPPORTED")),
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

/** Arguments and files. */
function given({ input }: Pair): string {
  const files = Object.values(input.files ?? {}).map((entry) => (typeof entry === "string" ? entry : ""));
  return [...input.args, ...files].join("\n");
}
