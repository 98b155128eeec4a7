import type { BuildInformation } from "../src/cli/ports.ts";

/** Put in by scripts/build.ts, from the commit that is built; absent where the sources run as they are. */
declare const KUBEADM_SOURCE: { readonly commit: string; readonly treeState: string; readonly date: string };

const source =
  typeof KUBEADM_SOURCE === "undefined"
    ? { commit: "unknown", treeState: "dirty", date: "1970-01-01T00:00:00Z" }
    : KUBEADM_SOURCE;

/** Names of Go, which is what tools that read the version know. */
const goArchitectures: Readonly<Record<string, string>> = { x64: "amd64" };

export const buildInformation: BuildInformation = {
  gitCommit: source.commit,
  gitTreeState: source.treeState,
  buildDate: source.date,
  runtimeVersion: "bun" in process.versions ? `bun${process.versions["bun"]}` : `node${process.versions.node}`,
  compiler: typeof KUBEADM_SOURCE === "undefined" ? "none" : "bun",
  platform: `${process.platform}/${goArchitectures[process.arch] ?? process.arch}`,
};
