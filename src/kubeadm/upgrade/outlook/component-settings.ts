/** The settings of one component, and where they are from. */
export interface ComponentSettings {
  readonly component: string;
  readonly from: string;
  /** The words of its command line. */
  readonly words: readonly string[];
  /** The feature gates of its configuration file. */
  readonly gates?: Readonly<Record<string, unknown>>;
}

/** Returns the names of the flags of a command line. */
export function flagNames(words: readonly string[]): readonly string[] {
  return words.flatMap((word) => /^--?([a-z0-9-]+)/.exec(word)?.[1] ?? []);
}

/** Returns all feature gates. Those of the control plane may name their component: kube:ImageVolume=true. */
export function allGates({
  component,
  words,
  gates = {},
}: ComponentSettings): readonly (readonly [name: string, value: unknown])[] {
  const isControlPlane = component !== "kubelet" && component !== "kube-proxy";
  const onCommandLine = words.flatMap((word) => {
    const pairs = /^--feature[-_]gates=(.*)$/.exec(word)?.[1]?.split(",") ?? [];
    return pairs.map((pair): readonly [string, string] => {
      const [name = "", value = ""] = pair.split("=", 2).map((part) => part.trim());
      return [isControlPlane ? name.replace(/^kube:/, "") : name, value];
    });
  });
  return [...onCommandLine, ...Object.entries(gates)];
}
