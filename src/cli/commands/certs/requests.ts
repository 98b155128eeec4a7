import { cleanPath } from "../../../go/clean-path.ts";
import { writeCertificateRequests } from "../../../kubeadm/certificates/certificate-requests.ts";
import { newIssuance } from "../../../phases/issuance.ts";
import { absolutePath } from "../../line/absolute-path.ts";
import { printingEvents } from "../../printing-session.ts";
import { configuredNode } from "../configured-node.ts";
import { machineOf, workingDirectoryOf } from "../machine.ts";
import type { RequestInvocation } from "./flags.ts";

/** Writes keys and requests, and names each as it is written. */
export async function generateRequests(invocation: RequestInvocation): Promise<number> {
  const { flags, ports } = invocation;
  const [host, events] = [await machineOf(invocation), printingEvents(invocation)];
  const configured = await configuredNode(flags.config, { host, events, invocation });
  const directory = workingDirectoryOf(invocation);
  const certificatesDir = cleanPath(absolutePath(flags["cert-dir"], directory)) || configured.cluster.certificatesDir;
  const node = { ...configured, cluster: { ...configured.cluster, certificatesDir } };
  const kubeconfigDirectory = absolutePath(flags["kubeconfig-dir"], directory);
  await writeCertificateRequests(
    { node, kubeconfigDirectory },
    {
      ...newIssuance(node, host, ports.signal),
      files: host.files,
      events,
      onDirectory: (path) => {
        const asGiven = path === kubeconfigDirectory ? flags["kubeconfig-dir"] : flags["cert-dir"];
        ports.stdout.write(`generating keys and CSRs in ${asGiven || path}\n`);
      },
      onWritten: (name) => ports.stdout.write(`  ${name}\n`),
    },
  );
  return 0;
}
