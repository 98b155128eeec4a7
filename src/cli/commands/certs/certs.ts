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
    long: `Makes the ${renewable.longName} anew, whether it is about to expire or not. Subject, names and usages are those of the certificate that is there; the key is a new one. The CA of this machine signs it.

The components have to be restarted to use it; copies in other places have to be replaced by hand.`,
    ...noArguments,
    flags: renewFlags,
    // Dispatch builds the values from these very flags, here and below.
    run: async (invocation) => (await import("./renew.ts")).renewOne(renewable, invocation as RenewInvocation),
  };
}

const renewAll: CommandSpec = {
  name: "all",
  short: "Renew all certificates of a control plane",
  long: "Makes all certificates of this control plane anew, whether they are about to expire or not. Those of an external CA are passed over.",
  ...noArguments,
  flags: renewFlags,
  run: async (invocation) => (await import("./renew.ts")).renewAll(invocation as RenewInvocation),
};

/** `kubeadm certs` and what is below it. */
export const certsCommand: CommandSpec = {
  ...certsSummary,
  long: `Looks after the certificates that kubeadm made for a control plane: when they expire, and making them anew.

The kubelet's certificates are none of them: the kubelet renews its own.`,
  subcommandRequired: true,
  commands: [
    {
      name: "certificate-key",
      short: "Print a random key for uploading certificates",
      long: "Prints a random key that `kubeadm init --upload-certs --certificate-key` takes. Without one, init makes and prints it.",
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
      long: "Shows when the certificates and CAs on this machine expire, and which of them kubeadm cannot renew because the CA's key is kept elsewhere.",
      ...noArguments,
      flags: expirationFlags,
      run: async (invocation) => (await import("./expiration.ts")).checkExpiration(invocation as ExpirationInvocation),
    },
    {
      name: "generate-csr",
      short: "Write keys and certificate signing requests for an external CA",
      long: `Writes keys, and requests for certificates, of everything that a control plane needs, so that a CA whose key is kept elsewhere can sign them.

A signed certificate belongs beside its key, with the ending .crt; that of a kubeconfig, in base64, into the kubeconfig as client-certificate-data.`,
      example: "  kubeadm certs generate-csr --kubeconfig-dir /tmp/kubernetes --cert-dir /tmp/kubernetes/pki",
      ...noArguments,
      flags: requestFlags,
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
