import { KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import type { Events } from "../../events/events.ts";
import { type CertificateSummary, summarize } from "../../pki/certificate.ts";
import { defined } from "../../values/defined.ts";
import { clusterOf, hasCredentials, type Kubeconfig, kubeconfigOf, withClusterName } from "../kubeconfig/kubeconfig.ts";

/** The user name in a kubeconfig made from a token, same as upstream. */
const bootstrapUser = "tls-bootstrap-token-user";
const bootstrapClusterName = "kubernetes";

/**
 * Returns the kubeconfig that the kubelet bootstraps with: the discovered cluster, and the token if there is one, else
 * the credentials of the discovery file. A token wins over credentials in the file.
 */
export function tlsBootstrapKubeconfig(discovered: Kubeconfig, token: Secret | undefined, events: Events): Kubeconfig {
  const kubeconfig = withCredentials(discovered, token);
  const authority = requireAuthority(kubeconfig);
  events.emit("log", {
    level: 1,
    area: "discovery",
    message: "Using CA certificate from discovery kubeconfig:",
    more: describeAuthority(authority),
  });
  return kubeconfig;
}

function withCredentials(discovered: Kubeconfig, token: Secret | undefined): Kubeconfig {
  if (token !== undefined) {
    const { server, certificateAuthorityData } = clusterOf(discovered);
    return kubeconfigOf({
      clusterName: bootstrapClusterName,
      cluster: { server, ...defined({ certificateAuthorityData }) },
      userName: bootstrapUser,
      user: { token },
    });
  }
  if (hasCredentials(discovered)) return discovered;
  throw new KubeadmError(
    "BOOTSTRAP_CREDENTIALS_MISSING",
    "could not find authentication credentials for the TLS bootstrap process. Please use Token discovery, a discovery file with credentials, or the flag --tls-bootstrap-token",
  );
}

function requireAuthority(kubeconfig: Kubeconfig): CertificateSummary {
  try {
    const [first] = clusterOf(kubeconfig).certificateAuthorityData?.certificates ?? [];
    if (first !== undefined) return summarize(first);
  } catch {
    // Reported below: data that cannot be parsed has no certificates.
  }
  throw new KubeadmError(
    "DISCOVERY_FILE_INVALID",
    "could not get CA certificate from discovery kubeconfig: data does not contain any valid RSA or ECDSA certificates",
    {
      remedy:
        "Put the cluster's CA into the discovery file (certificate-authority-data); the system's CAs are not used here.",
    },
  );
}

function describeAuthority(authority: CertificateSummary): readonly string[] {
  const lines = [
    `Subject: ${authority.subject}`,
    `Issuer: ${authority.issuer}`,
    `SerialNumber: ${authority.serialNumber}`,
    `NotBefore: ${authority.notBefore.toISOString()}`,
    `NotAfter: ${authority.notAfter.toISOString()}`,
    `Hash: ${authority.pin}`,
  ];
  return ["CA Certificate:", ...lines.map((line) => `\t${line}`)];
}

/** Returns the kubeconfig with its cluster renamed to `clusterName` of the ClusterConfiguration. */
export function named(kubeconfig: Kubeconfig, clusterName: string): Kubeconfig {
  try {
    return withClusterName(kubeconfig, clusterName);
  } catch (error) {
    throw new KubeadmError("DISCOVERY_FILE_INVALID", `the TLS bootstrap kubeconfig is malformed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
