import { orElse } from "../../../async/or-else.ts";
import { FileError } from "../../../host/file-error.ts";
import { currentCluster } from "../../kubeconfig/kubeconfig.ts";
import type { Examination, Fact } from "../examination.ts";
import { bootstrapKubeconfig, type KubeconfigOnDisk, kubeletKubeconfig } from "./kubeconfig.ts";
import { kubeletCertificate } from "./kubelet-certificate.ts";

/** The kubeconfig that the kubelet uses: its own, or the one of its bootstrap while it has no certificate. */
export const usedKubeconfig: Fact<KubeconfigOnDisk> = async ({ once }) => {
  const own = await once(kubeletKubeconfig);
  if (own.state === "missing") return once(bootstrapKubeconfig);
  return own.state === "loaded" && (await awaitsCertificate(once)) ? once(bootstrapKubeconfig) : own;
};

/** A certificate that is there, but cannot be read, is not awaited. */
async function awaitsCertificate(once: Examination["once"]): Promise<boolean> {
  return orElse(false, FileError, async () => (await once(kubeletCertificate)).state === "awaited");
}

/**
 * URL of the API server that the kubelet uses: of its kubeconfig, or else of that of its bootstrap; undefined if neither
 * names one. Files that cannot be read are no failure.
 */
export const apiServer: Fact<string | undefined> = async ({ once }) =>
  serverOf(await once(kubeletKubeconfig)) ?? serverOf(await once(bootstrapKubeconfig));

function serverOf(found: KubeconfigOnDisk): string | undefined {
  const server = found.state === "loaded" ? currentCluster(found.kubeconfig)?.server : undefined;
  return server === undefined || !URL.canParse(server) ? undefined : server;
}
