import { defineInitPhase } from "./context.ts";
import { adminKubeconfig } from "./facts.ts";
import { joinCommands } from "./join-commands.ts";

export const showJoinCommand = defineInitPhase({
  name: "show-join-command",
  summary: "Show the join command for control-plane and worker node",
  description: "Print how to use the new cluster, and the commands that join other machines to it.",
  needs: ["bootstrap-token", "upload-certs"],
  reads: { kubeconfig: adminKubeconfig },
  resumption: "repeat",
  async run(_facts, run) {
    const { options } = run.context;
    const hidden = { token: options.skipTokenPrint, certificateKey: options.skipCertificateKeyPrint };
    run.events.emit("init.finished", {
      kubeconfig: options.kubeconfigPath,
      certificatesUploaded: options.uploadCerts,
      joins: await joinCommands(run, hidden),
    });
  },
});
