import { revertibleFiles } from "../../host/revertible.ts";
import { kubeletCertificateDirectory } from "../../kubeadm/kubelet/kubelet-environment.ts";
import { restartKubelet } from "../../kubeadm/kubelet/kubelet-service.ts";
import { pointToCertificateFile } from "../../kubeadm/kubelet/point-to-certificate-file.ts";
import { kubeletCurrentCertificateName, kubeletKubeconfigPath } from "../../kubeadm/paths.ts";
import { group } from "../../workflow/phase.ts";
import { defineInitPhase, type InitContext } from "./context.ts";

const flags = ["cert-dir", "config", "dry-run"];

const enableClientCertRotation = defineInitPhase({
  name: "enable-client-cert-rotation",
  summary: "Enable kubelet client certificate rotation",
  description:
    "Have the kubelet's kubeconfig name the certificate that the kubelet renews by itself, in place of the one that init made, and restart the kubelet.",
  flags,
  writes: [kubeletKubeconfigPath, "service kubelet"],
  reads: {},
  async run(_values, run) {
    const { host, options } = run.context;
    const { events, signal } = run;
    const { kubeletExtraArgs, name } = options.configuration.nodeRegistration;
    const certificatePath = `${kubeletCertificateDirectory(kubeletExtraArgs)}/${kubeletCurrentCertificateName}`;
    const found = await host.files.status(certificatePath);
    if (found === undefined) {
      const message = `the kubelet does not rotate its client certificate: there is no ${certificatePath}`;
      return events.emit("log", { level: 1, area: "kubelet-finalize", message });
    }
    events.emit("kubelet.kubeconfig.updating", { path: kubeletKubeconfigPath });
    if (options.dryRun) return;
    const files = revertibleFiles(host.files);
    run.onFailure(`restore ${kubeletKubeconfigPath}`, () => files.revert());
    await pointToCertificateFile({ nodeName: name, certificatePath }, files);
    await restartKubelet({ services: host.services, events, signal });
  },
});

const example = `  # Make all settings that depend on the kubelet's own certificate
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
