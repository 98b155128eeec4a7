import type { BuildInformation } from "../src/cli/ports.ts";

/** Set by scripts/build.ts from the commit; undefined if the sources run without a build. */
declare const KUBEADM_SOURCE: { readonly commit: string; readonly treeState: string; readonly date: string };

const source =
  typeof KUBEADM_SOURCE === "undefined"
    ? { commit: "unknown", treeState: "dirty", date: "1970-01-01T00:00:00Z" }
    : KUBEADM_SOURCE;

/** Go's names of architectures, which tools that read the version expect. */
const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64" };

export const buildInformation: BuildInformation = {
  gitCommit: source.commit,
  gitTreeState: source.treeState,
  buildDate: source.date,
  runtimeVersion: "bun" in process.versions ? `bun${process.versions["bun"]}` : `node${process.versions.node}`,
  compiler: typeof KUBEADM_SOURCE === "undefined" ? "none" : "bun",
  platform: `${process.platform}/${goArchitectures[process.arch] ?? process.arch}`,
};
