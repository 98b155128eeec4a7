import { systemNamespace } from "../../kubeadm/cluster-objects/rbac.ts";
import { sharedCertificatesSecret } from "../../kubeadm/cluster-objects/shared-certificates.ts";
import { uploadCertificates } from "../../kubeadm/cluster-objects/upload-certificates.ts";
import { defineInitPhase } from "./context.ts";
import { certificateKey, clusterWrites } from "./facts.ts";

export const uploadCerts = defineInitPhase({
  name: "upload-certs",
  summary: "Upload certificates to kubeadm-certs",
  description: `Encrypt the certificates and keys that all control planes share, and upload them to the Secret ${sharedCertificatesSecret} in the ${systemNamespace} namespace, where they are kept for two hours. Does nothing without --upload-certs.`,
  flags: ["certificate-key", "config", "dry-run", "kubeconfig", "skip-certificate-key-print", "upload-certs"],
  writes: [
    `Secret ${systemNamespace}/${sharedCertificatesSecret}, the bootstrap token that owns it, a Role and RoleBinding`,
  ],
  reads: {},
  // Its key is new in each run, and printed at the end.
  resumption: "repeat",
  async run(_values, run) {
    const { events, context } = run;
    const { options, host } = context;
    if (!options.uploadCerts) return events.emit("certificates.upload.skipped", {});
    const ports = { ...(await clusterWrites(run)), files: host.files };
    events.emit("certificates.uploading", { secret: sharedCertificatesSecret, namespace: systemNamespace });
    const key = await run.value(certificateKey);
    await uploadCertificates({ cluster: options.cluster, key }, ports);
    events.emit("certificates.uploaded", options.skipCertificateKeyPrint ? {} : { key });
  },
});
