import { KubeadmError } from "../../errors/kubeadm-error.ts";
import type { Flags } from "./flag.ts";
import { globalFlags, objectFlags, runFlags } from "./shared-flags.ts";

/**
 * Throws USAGE if --config is combined with flags whose values belong in the file (upstream: app/util/arguments.go).
 * `flags` are the command's own flags.
 */
export function requireUnmixed(given: readonly string[], flags: Flags): void {
  if (!given.includes("config")) return;
  const all: Flags = { ...globalFlags, ...objectFlags, ...runFlags, ...flags };
  const mixed = given.filter((name) => all[name]?.besideConfig !== true).toSorted();
  if (mixed.length === 0) return;
  throw new KubeadmError("USAGE", `can not mix '--config' with arguments [${mixed.join(" ")}]`, {
    details: { flags: mixed },
    remedy: "Put the values of these flags into the configuration file.",
  });
}
