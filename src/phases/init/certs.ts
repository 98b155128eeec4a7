import { revertibleFiles } from "../../host/revertible.ts";
import {
  type AuthorityName,
  authorities,
  type LeafName,
  leaves,
} from "../../kubeadm/certificates/certificate-table.ts";
import { ensureAuthority, ensureLeaf } from "../../kubeadm/certificates/init-certificates.ts";
import type { IssuingPorts } from "../../kubeadm/certificates/make-certificates.ts";
import { leaveServiceAccountKeys, makeServiceAccountKeys } from "../../kubeadm/certificates/service-account-keys.ts";
import type { Run } from "../../workflow/fact.ts";
import { group, type Phase } from "../../workflow/phase.ts";
import { defineInitPhase, type InitContext } from "./context.ts";
import { controlPlaneNode, externalAuthorities, issuance } from "./facts.ts";
import { prepareCertificateKeys } from "./prepared-keys.ts";

const commonFlags = ["cert-dir", "config", "dry-run", "kubernetes-version"] as const;
const servingFlags = [
  "apiserver-advertise-address",
  "apiserver-cert-extra-sans",
  "cert-dir",
  "config",
  "control-plane-endpoint",
  "dry-run",
  "kubernetes-version",
  "service-cidr",
  "service-dns-domain",
] as const;

const kept = "Existing files are used and never overwritten.";

/** Makes all certificates of the first control plane. The parent only starts making keys; each child can run alone. */
export const certs: Phase<InitContext> = {
  ...group<InitContext>(
    {
      name: "certs",
      summary: "Certificate generation",
      all: { summary: "Generate all certificates" },
      description: `Create all certificates. ${kept}`,
      flags: servingFlags,
    },
    authority("ca"),
    leaf("apiserver"),
    leaf("apiserver-kubelet-client"),
    authority("front-proxy-ca"),
    leaf("front-proxy-client"),
    authority("etcd-ca"),
    leaf("etcd-server"),
    leaf("etcd-peer"),
    leaf("etcd-healthcheck-client"),
    leaf("apiserver-etcd-client"),
    serviceAccount(),
  ),
  run: async (run) => {
    const { cluster } = await run.value(controlPlaneNode);
    run.events.emit("certificates.directory", { directory: cluster.certificatesDir });
    await prepareCertificateKeys(run);
  },
};

function authority(name: AuthorityName): Phase<InitContext> {
  const { baseName, longName } = authorities[name];
  return defineInitPhase({
    name,
    summary: `Generate the ${longName}`,
    description: `Create the ${longName}: ${baseName}.crt and ${baseName}.key. ${kept}`,
    flags: commonFlags,
    reads: { node: controlPlaneNode },
    async run({ node }, run) {
      await ensureAuthority(name, node, await portsOf(run));
    },
  });
}

function leaf(name: LeafName): Phase<InitContext> {
  const { baseName, longName } = leaves[name];
  return defineInitPhase({
    name,
    summary: `Generate the ${longName}`,
    description: `Create the ${longName}: ${baseName}.crt and ${baseName}.key. ${kept}`,
    flags: name === "apiserver" ? servingFlags : commonFlags,
    reads: { node: controlPlaneNode },
    async run({ node }, run) {
      await ensureLeaf(name, node, await portsOf(run));
    },
  });
}

function serviceAccount(): Phase<InitContext> {
  return defineInitPhase({
    name: "sa",
    summary: "Generate a private key for signing service account tokens along with its public key",
    description: `Create the key that signs service account tokens, sa.key, and its public key, sa.pub. ${kept}`,
    flags: commonFlags,
    reads: { node: controlPlaneNode, external: externalAuthorities },
    async run({ node, external }, run) {
      const ports = await portsOf(run);
      if (external.ca) return leaveServiceAccountKeys(node.cluster, ports);
      await makeServiceAccountKeys(node.cluster, ports);
    },
  });
}

/** Restores the files if the phase fails. */
async function portsOf(run: Run<InitContext>): Promise<IssuingPorts> {
  const files = revertibleFiles(run.context.host.files);
  run.onFailure("restore the files that were there before", () => files.revert());
  return { ...(await run.value(issuance)), files, events: run.events };
}
