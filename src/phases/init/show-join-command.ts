import { tokenText } from "../../kubeadm/tokens/generate-token.ts";
import { joinCommandLine, withheld } from "../../kubeadm/tokens/join-command.ts";
import type { Run } from "../../workflow/fact.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { adminKubeconfig, certificateKey } from "./facts.ts";

export const showJoinCommand = defineInitPhase({
  name: "show-join-command",
  summary: "Show the join command for control-plane and worker node",
  description: "Tell how to use the new cluster, and the commands that join other machines to it.",
  needs: ["bootstrap-token", "upload-certs"],
  reads: { kubeconfig: adminKubeconfig },
  async run({ kubeconfig }, run) {
    const { options } = run.context;
    const path = options.kubeconfigPath;
    const controlPlane = await controlPlaneJoin(run);
    const joins = options.configuration.bootstrapTokens.map((spec) => {
      const token = options.skipTokenPrint ? withheld : tokenText(spec.token);
      const worker = joinCommandLine(kubeconfig, { token, path });
      if (controlPlane === undefined) return { worker };
      return { worker, controlPlane: joinCommandLine(kubeconfig, { token, path, controlPlane }) };
    });
    run.events.emit("init.finished", { kubeconfig: path, certificatesUploaded: options.uploadCerts, joins });
  },
});

/** Further control planes need an address that stands for all of them; without one there is nothing to join them to. */
async function controlPlaneJoin(run: Run<InitContext>) {
  const { options } = run.context;
  if (options.cluster.controlPlaneEndpoint === "") return undefined;
  if (!options.uploadCerts) return {};
  return { certificateKey: options.skipCertificateKeyPrint ? withheld : await run.value(certificateKey) };
}
