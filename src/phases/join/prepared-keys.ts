import { isSeen } from "../../host/presence.ts";
import { pairExists, placeOf } from "../../kubeadm/certificates/certificate-files.ts";
import { hasAuthority, leaves } from "../../kubeadm/certificates/certificate-table.ts";
import { kubeconfigsOfJoin } from "../../kubeadm/kubeconfig/control-plane-kubeconfigs.ts";
import { kubernetesDirectory } from "../../kubeadm/paths.ts";
import type { Fact, Run } from "../../workflow/fact.ts";
import type { JoinContext } from "./context.ts";
import { controlPlaneNode, issuance } from "./facts.ts";

/**
 * Starts making the keys of all certificates and kubeconfigs of a joining control plane. The CAs come from the cluster.
 * Loaded early, the keys are ready when the certificates are signed.
 */
export const preparedKeys: Fact<JoinContext, void> = {
  name: "prepared keys",
  load: async (run) => {
    const { includes } = run.context;
    const { keys } = await run.value(issuance);
    const certificates = includes("control-plane-prepare/certs") ? await missingCertificates(run) : 0;
    const kubeconfigs = includes("control-plane-prepare/kubeconfig") ? await missingKubeconfigs(run) : 0;
    keys.prepareAtLeast(certificates + kubeconfigs);
  },
};

async function missingCertificates({ context, value }: Run<JoinContext>): Promise<number> {
  const { cluster } = await value(controlPlaneNode);
  const own = Object.values(leaves).filter(({ authority }) => hasAuthority(cluster, authority));
  const places = own.map(({ baseName }) => placeOf(cluster.certificatesDir, baseName));
  const found = await Promise.all(places.map((place) => pairExists(place, context.host.files)));
  return found.filter((each) => !each).length;
}

async function missingKubeconfigs({ context }: Run<JoinContext>): Promise<number> {
  const paths = kubeconfigsOfJoin.map((file) => `${kubernetesDirectory}/${file}`);
  const found = await Promise.all(paths.map((path) => isSeen(path, context.host.files)));
  return found.filter((each) => !each).length;
}
