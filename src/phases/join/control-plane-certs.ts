import { revertibleFiles } from "../../host/revertible.ts";
import { makeJoiningCertificates } from "../../kubeadm/certificates/join-certificates.ts";
import { defaultCertificatesDirectory } from "../../kubeadm/paths.ts";
import { defineJoinPhase, joinsAsControlPlane } from "./context.ts";
import { controlPlaneNode, issuance } from "./facts.ts";

export const controlPlaneCerts = defineJoinPhase({
  name: "certs",
  summary: "Generate the certificates for the new control plane components",
  description:
    "Create the certificates of this control plane, signed by the certificate authorities that all control planes share. Existing certificates are kept if they fit this node.",
  flags: ["apiserver-advertise-address", "config", "control-plane", "discovery", "dry-run", "node-name"],
  takesArgument: true,
  writes: [`${defaultCertificatesDirectory}: certificates of this control plane and their keys`],
  when: joinsAsControlPlane,
  reads: { node: controlPlaneNode, issuing: issuance },
  async run({ node, issuing }, run) {
    const files = revertibleFiles(run.context.host.files);
    run.onFailure("remove the new certificates", () => files.revert());
    await makeJoiningCertificates(node, { ...issuing, files, events: run.events });
  },
});
