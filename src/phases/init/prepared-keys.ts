import { isSeen } from "../../host/presence.ts";
import { pairExists, placeOf } from "../../kubeadm/certificates/certificate-files.ts";
import { authorities, hasAuthority, leaves } from "../../kubeadm/certificates/certificate-table.ts";
import { kubeconfigsOfInit } from "../../kubeadm/kubeconfig/control-plane-kubeconfigs.ts";
import type { Run } from "../../workflow/fact.ts";
import type { InitContext } from "./context.ts";
import { controlPlaneNode, externalAuthorities, type InitFact, issuance } from "./facts.ts";

type InitRun = Run<InitContext>;

/**
 * Starts generating all keys of a whole init in parallel. This is most of the cost of the certificates and needs
 * only cores: if it is loaded early, the keys are ready when the certificates are signed.
 */
export const preparedKeys: InitFact<void> = {
  name: "prepared keys",
  load: async (run) => {
    const { skipPhases } = run.context.options;
    const { keys } = await run.value(issuance);
    if (!skipPhases.includes("certs")) keys.prepare(await missingCertificates(run));
    if (!skipPhases.includes("kubeconfig")) keys.prepare(await missingKubeconfigs(run));
  },
};

/** Starts generating the keys of `init phase certs all`; in a whole init, all keys of that init. */
export async function prepareCertificateKeys(run: InitRun): Promise<void> {
  if (run.context.only === undefined) return run.value(preparedKeys);
  (await run.value(issuance)).keys.prepare(await missingCertificates(run));
}

/** The same for `init phase kubeconfig all`. */
export async function prepareKubeconfigKeys(run: InitRun): Promise<void> {
  if (run.context.only === undefined) return run.value(preparedKeys);
  (await run.value(issuance)).keys.prepare(await missingKubeconfigs(run));
}

async function missingCertificates(run: InitRun): Promise<number> {
  const { cluster } = await run.value(controlPlaneNode);
  const external = await run.value(externalAuthorities);
  const { files } = run.context.host;
  const bases = [
    ...Object.values(authorities).filter(({ name }) => hasAuthority(cluster, name)),
    ...Object.values(leaves).filter(({ authority }) => hasAuthority(cluster, authority)),
    ...(external.ca ? [] : [{ baseName: "sa" }]),
  ].map(({ baseName }) => baseName);
  const found = await Promise.all(bases.map((base) => pairExists(placeOf(cluster.certificatesDir, base), files)));
  return found.filter((each) => !each).length;
}

async function missingKubeconfigs(run: InitRun): Promise<number> {
  const { ca } = await run.value(externalAuthorities);
  if (ca) return 0;
  const { host, options } = run.context;
  const paths = kubeconfigsOfInit.map((file) => `${options.kubeconfigDirectory}/${file}`);
  const found = await Promise.all(paths.map((path) => isSeen(path, host.files)));
  return found.filter((each) => !each).length;
}
