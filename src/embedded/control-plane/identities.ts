// Certificates and kubeconfigs of the control plane itself.
import { writeYaml } from "../../go/yaml/write-yaml.ts";
import { generateKeys, type KeyAlgorithm, type KeyPair, privateKeyPem } from "../../pki/keys.ts";
import {
  type CertificateAuthority,
  type CertificateSubject,
  createCertificateAuthority,
  issueCertificate,
} from "../../pki/x509.ts";
import { addressAt } from "./subnet.ts";

const backdateMs = 5 * 60 * 1000;
const yearMs = 365 * 24 * 3600 * 1000;

/** A client certificate and its private key. */
export interface Credential {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export async function createClusterAuthority(algorithm: KeyAlgorithm, now: Date): Promise<CertificateAuthority> {
  return createAuthority("kubernetes", await generateKeys(algorithm), now);
}

export async function createAuthority(commonName: string, keys: KeyPair, now: Date): Promise<CertificateAuthority> {
  return createCertificateAuthority({
    commonName,
    keys,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + 10 * yearMs),
  });
}

/** The kind of a CA's key for what it signs; P-256 instead of RSA, because generating such keys is fast. */
function leafAlgorithm({ privateKey }: CertificateAuthority): KeyAlgorithm {
  switch (privateKey.asymmetricKeyType) {
    case "ml-dsa-44":
      return "ML-DSA-44";
    case "ml-dsa-65":
      return "ML-DSA-65";
    case "ml-dsa-87":
      return "ML-DSA-87";
    default:
      return "ECDSA-P256";
  }
}

/** A client certificate of the cluster. */
export async function createClientCredential(
  ca: CertificateAuthority,
  subject: CertificateSubject,
  now: Date,
): Promise<Credential> {
  const keys = await generateKeys(leafAlgorithm(ca));
  const certificatePem = await issueCertificate({
    ca,
    subject,
    publicKey: keys.publicKey,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + yearMs),
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["client auth"],
  });
  return { certificatePem, privateKeyPem: privateKeyPem(keys.privateKey) };
}

export interface ServerIdentity {
  readonly host: string;
  readonly endpointHost: string | undefined;
  readonly serverNames: readonly string[];
  readonly serviceSubnet: string;
  readonly dnsDomain: string;
}

/** The API server's certificate with the names that kubeadm gives it, and the addresses it listens on here. */
export async function createServerCredential(
  ca: CertificateAuthority,
  identity: ServerIdentity,
  now: Date,
): Promise<Credential> {
  const keys = await generateKeys(leafAlgorithm(ca));
  const inCluster = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
  const names = [
    ...inCluster,
    `kubernetes.default.svc.${identity.dnsDomain}`,
    "localhost",
    addressAt(identity.serviceSubnet, 1),
    "127.0.0.1",
    "::1",
    identity.host,
    ...(identity.endpointHost === undefined ? [] : [identity.endpointHost]),
    ...identity.serverNames,
  ];
  const distinct = [...new Set(names)];
  const certificatePem = await issueCertificate({
    ca,
    subject: { commonName: "kube-apiserver" },
    publicKey: keys.publicKey,
    notBefore: new Date(now.getTime() - backdateMs),
    notAfter: new Date(now.getTime() + yearMs),
    keyUsages: ["digital signature"],
    extendedKeyUsages: ["server auth"],
    dnsNames: distinct.filter((name) => !isAddress(name)),
    ipAddresses: distinct.filter(isAddress),
  });
  return { certificatePem, privateKeyPem: privateKeyPem(keys.privateKey) };
}

function isAddress(name: string): boolean {
  return name.includes(":") || /^\d+(\.\d+){3}$/.test(name);
}

/** A kubeconfig as kubeadm writes admin.conf. */
export function clientKubeconfig(settings: {
  readonly clusterName: string;
  readonly server: string;
  readonly caCertificatePem: string;
  readonly user: string;
  readonly credential: Credential | { readonly token: string };
}): string {
  const { clusterName, server, caCertificatePem, user, credential } = settings;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const userEntry =
    "token" in credential
      ? { token: credential.token }
      : {
          "client-certificate-data": base64(credential.certificatePem),
          "client-key-data": base64(credential.privateKeyPem),
        };
  const context = `${user}@${clusterName}`;
  const kubeconfig = {
    apiVersion: "v1",
    clusters: [{ cluster: { "certificate-authority-data": base64(caCertificatePem), server }, name: clusterName }],
    contexts: [{ context: { cluster: clusterName, user }, name: context }],
    "current-context": context,
    kind: "Config",
    users: [{ name: user, user: userEntry }],
  };
  return writeYaml(kubeconfig);
}
