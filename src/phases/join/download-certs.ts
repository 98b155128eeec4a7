import { revertibleFiles } from "../../host/revertible.ts";
import { downloadCertificates } from "../../kubeadm/cluster-objects/download-certificates.ts";
import { systemNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import { sharedCertificatesSecret } from "../../kubeadm/cluster-objects/shared-certificates.ts";
import { defaultCertificatesDirectory } from "../../kubeadm/paths.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineJoinPhase, type JoinContext } from "./context.ts";
import { bootstrapCluster, clusterState } from "./facts.ts";

export const downloadCerts = defineJoinPhase({
  name: "download-certs",
  summary: "Download certificates shared among control-plane nodes from the kubeadm-certs Secret",
  description: `Download the certificates and keys that all control planes share from the Secret ${sharedCertificatesSecret}, where they are kept for two hours, and decrypt them with --certificate-key. Without that key they must have been copied to this machine.`,
  flags: ["certificate-key", "config", "control-plane", "discovery", "dry-run"],
  takesArgument: true,
  writes: [`${defaultCertificatesDirectory}: authorities and the service account key`],
  when: {
    describe: "the node joins as a control plane with a certificate key",
    holds: async (run) => certificateKeyOf(run) !== undefined,
  },
  reads: { cluster: bootstrapCluster, state: clusterState },
  async run({ cluster, state }, run) {
    const { host, options } = run.context;
    const { events, signal } = run;
    const key = certificateKeyOf(run);
    if (key === undefined) return;
    events.emit("certificates.downloading", { secret: sharedCertificatesSecret, namespace: systemNamespace });
    const files = revertibleFiles(host.files);
    run.onFailure("remove the downloaded certificates", () => files.revert());
    const { kubernetesAPICall: timeoutMs } = options.configuration.timeouts;
    const ports = { cluster, files, clock: host.clock, events, signal, timeoutMs };
    await downloadCertificates({ cluster: state.clusterConfiguration, key }, ports);
  },
});

function certificateKeyOf({ context }: Pick<Run<JoinContext>, "context">) {
  const key = context.options.configuration.controlPlane?.certificateKey;
  return key === undefined || key.reveal() === "" ? undefined : key;
}
