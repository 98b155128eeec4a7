import { type Renewable, renewables } from "../../../kubeadm/certificates/renewable-certificates.ts";
import type { CommandSpec } from "../../line/command.ts";
import { certsSummary } from "../summaries.ts";
import {
  type ExpirationInvocation,
  expirationFlags,
  type RenewInvocation,
  type RequestInvocation,
  renewFlags,
  requestFlags,
} from "./flags.ts";

const noArguments = { args: { kind: "none" } } as const;

function renewCommand(renewable: Renewable): CommandSpec {
  return {
    name: renewable.name,
    short: `Renew the ${renewable.longName}`,
    long: `Renews the ${renewable.longName}, regardless of its expiration date. The new certificate has the subject, names and usages of the existing one and a new key, and is signed by the CA on this machine.

After renewing, restart the components that use the certificate, and replace copies in other places manually.`,
    ...noArguments,
    flags: renewFlags,
    changesMachine: true,
    // Dispatch builds the values from these flags, here and below.
    run: async (invocation) => (await import("./renew.ts")).renewOne(renewable, invocation as RenewInvocation),
  };
}

const renewAll: CommandSpec = {
  name: "all",
  short: "Renew all certificates of a control plane",
  long: "Renews all certificates of this control plane, regardless of their expiration dates. Certificates of an external CA are skipped.",
  ...noArguments,
  flags: renewFlags,
  changesMachine: true,
  run: async (invocation) => (await import("./renew.ts")).renewAll(invocation as RenewInvocation),
};

/** `kubeadm certs` and its subcommands. */
export const certsCommand: CommandSpec = {
  ...certsSummary,
  long: `Checks and renews the certificates that kubeadm created for a control plane.

The kubelet's certificates are not included: the kubelet renews them itself.`,
  subcommandRequired: true,
  commands: [
    {
      name: "certificate-key",
      short: "Print a random key for uploading certificates",
      long: "Prints a random key for `kubeadm init --upload-certs --certificate-key`. Without this flag, init generates and prints a key.",
      ...noArguments,
      run: async ({ ports }) => {
        const { generateCertificateKey } = await import("../../../kubeadm/config/fields/certificate-key.ts");
        ports.stdout.write(`${generateCertificateKey().reveal()}\n`);
        return 0;
      },
    },
    {
      name: "check-expiration",
      short: "Show when the certificates of a control plane expire",
      long: "Shows when the certificates and CAs on this machine expire, and which of them kubeadm cannot renew because the CA is external.",
      ...noArguments,
      flags: expirationFlags,
      run: async (invocation) => (await import("./expiration.ts")).checkExpiration(invocation as ExpirationInvocation),
    },
    {
      name: "generate-csr",
      short: "Write keys and certificate signing requests for an external CA",
      long: `Writes keys and certificate signing requests for all certificates and kubeconfig files of a control plane, for an external CA to sign.

Save each signed certificate next to its key, with the extension .crt. Put the certificate for a kubeconfig file into the file, base64-encoded, as client-certificate-data.`,
      example: "  kubeadm certs generate-csr --kubeconfig-dir /tmp/kubernetes --cert-dir /tmp/kubernetes/pki",
      ...noArguments,
      flags: requestFlags,
      changesMachine: true,
      run: async (invocation) => (await import("./requests.ts")).generateRequests(invocation as RequestInvocation),
    },
    {
      name: "renew",
      short: "Renew the certificates of a control plane",
      subcommandRequired: true,
      commands: [...renewables.map(renewCommand), renewAll],
    },
  ],
};
