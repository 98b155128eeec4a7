import { removedKubeletFlags } from "../../kubernetes/minors/flags.ts";

/** kubeadm-flags.env without flags that the kubelet no longer has. */
export interface CleanedEnvironment {
  readonly content: string;
  /** Their names; empty if nothing changes. */
  readonly removed: readonly string[];
}

/** Removes the flags that kubelets no longer have from kubeadm-flags.env; everything else stays as it is. */
export function withoutRemovedFlags(content: string): CleanedEnvironment {
  const removed = new Set<string>();
  const lines = content.split("\n").map((line) => {
    if (!line.startsWith("KUBELET_KUBEADM_ARGS=")) return line;
    return removedKubeletFlags().reduce((before, flag) => {
      const after = withoutFlag(before, flag);
      if (after !== before) removed.add(flag);
      return after;
    }, line);
  });
  return { content: lines.join("\n"), removed: [...removed] };
}

/** The value follows an equals sign, or is the next word. */
function withoutFlag(line: string, flag: string): string {
  const written = new RegExp(`(?<=[\\s"'=])--${flag}(?:=[^\\s"']*|\\s+(?!-)[^\\s"']+)?(?=[\\s"']|$)\\s*`, "g");
  const shortened = line.replace(written, "");
  return shortened === line ? line : shortened.replace(/\s+(["']?)$/, "$1");
}
