import { revertibleFiles } from "../../host/revertible.ts";
import { kubeletCertificateDirectory } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { restartKubelet } from "../../kubeadm/kubelet/kubelet-service.ts";
import { pointToCertificateFile } from "../../kubeadm/kubelet/point-to-certificate-file.ts";
import { kubeletCurrentCertificateName, kubeletKubeconfigPath } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { group } from "../../workflow/phase.ts";
import { defineInitPhase, type InitContext } from "./context.ts";

const flags = ["cert-dir", "config", "dry-run"];

const enableClientCertRotation = defineInitPhase({
  name: "enable-client-cert-rotation",
  summary: "Enable kubelet client certificate rotation",
  description:
    "Update the kubelet's kubeconfig to use the client certificate that the kubelet rotates instead of the one that init generated, and restart the kubelet.",
  flags,
  writes: [kubeletKubeconfigPath, "service kubelet"],
  reads: {},
  async run(_values, run) {
    const certificatePath = await findRotatedCertificate(run);
    if (certificatePath === undefined) return;
    const { host, options } = run.context;
    const { events, signal } = run;
    const files = revertibleFiles(host.files);
    run.onFailure(`restore ${kubeletKubeconfigPath}`, () => files.revert());
    const nodeName = options.configuration.nodeRegistration.name;
    await pointToCertificateFile({ nodeName, certificatePath }, files);
    await restartKubelet({ services: host.services, events, signal });
  },
  async dryRun(_values, run) {
    await findRotatedCertificate(run);
  },
});

/**
 * Returns the path of the certificate that the kubelet rotates, and prints that it will be used; undefined if there is
 * none.
 */
async function findRotatedCertificate({ context, events }: Run<InitContext>): Promise<string | undefined> {
  const { kubeletExtraArgs } = context.options.configuration.nodeRegistration;
  const path = `${kubeletCertificateDirectory(kubeletExtraArgs)}/${kubeletCurrentCertificateName}`;
  if ((await context.host.files.status(path)) === undefined) {
    const message = `the kubelet does not rotate its client certificate: there is no ${path}`;
    events.emit("log", { level: 1, area: "kubelet-finalize", message });
    return undefined;
  }
  events.emit("kubelet.kubeconfig.updating", { path: kubeletKubeconfigPath });
  return path;
}

const example = `  # Update all settings that depend on the kubelet's client certificate
  kubeadm init phase kubelet-finalize all --config config.yaml`;

export const kubeletFinalize = group<InitContext>(
  {
    name: "kubelet-finalize",
    summary: "Updates settings relevant to the kubelet after TLS bootstrap",
    example,
    all: { summary: "Run all kubelet-finalize phases", example },
    flags,
  },
  enableClientCertRotation,
);
