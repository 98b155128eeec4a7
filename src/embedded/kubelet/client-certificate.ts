import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { doubling, poll } from "../../async/poll.ts";
import { type CertificateSigningRequest, certificateSigningRequests } from "../../cluster/resources.ts";
import { messageOf } from "../../errors/kubeadm-error.ts";
import type { Secret } from "../../errors/secret.ts";
import { type WritableMap, writeYaml } from "../../go/yaml/write-yaml.ts";
import { localClock } from "../../host/local/clock.ts";
import { requestClientCertificate } from "../../pki/certificate-request.ts";
import { type ApiClient, connect } from "./api-client.ts";
import { type Credentials, readCredentials } from "./kubeconfig.ts";
import { KubeletExit } from "./kubelet-exit.ts";
import type { KubeletNetwork } from "./kubelet-network.ts";
import type { Log } from "./log.ts";
import type { RootedPath } from "./rooted-path.ts";
import type { KubeletSettings } from "./settings.ts";

export interface BootstrapPorts {
  readonly rooted: RootedPath;
  readonly network: KubeletNetwork;
  /** The kubelet's release. */
  readonly version: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The kubelet waits 15 minutes for one request to be signed, then creates another one. */
const signatureTimeoutMs = 15 * 60_000;
const bootstrapTimeoutMs = 60 * 60_000;
const secondAttemptAfterMs = 2_000;
const longestPauseMs = 60_000;

/** Returns the kubelet's own credentials, if they exist and all of their certificates are currently valid. */
export function validCredentials(kubeconfig: string, { rooted, log }: BootstrapPorts): Credentials | undefined {
  if (!existsSync(rooted(kubeconfig))) return undefined;
  try {
    const credentials = readCredentials(kubeconfig, rooted);
    const certificates = credentials.clientCertificate?.match(
      /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
    );
    const now = Date.now();
    const expired = certificates?.find((pem) => Date.parse(new X509Certificate(pem).validTo) < now);
    if (expired === undefined) return credentials;
    log.error("Part of the existing bootstrap client certificate is expired", "certificate has expired", {
      kubeconfig,
    });
  } catch (error) {
    log.error("Unable to read existing bootstrap client config", messageOf(error), { kubeconfig });
  }
  return undefined;
}

/**
 * First half of the bootstrap: reads the bootstrap credentials, which may be deleted a moment later, and writes the
 * kubeconfig that points to the future certificate. A kubelet without either kind of credentials gives up.
 */
export function prepareBootstrap(settings: KubeletSettings, ports: BootstrapPorts): Credentials {
  const { bootstrapKubeconfig, kubeconfig, certificateDirectory } = settings;
  let bootstrap: Credentials;
  try {
    bootstrap = readCredentials(bootstrapKubeconfig, ports.rooted);
  } catch (error) {
    const missing = !existsSync(ports.rooted(bootstrapKubeconfig));
    const reason = missing ? `stat ${bootstrapKubeconfig}: no such file or directory` : messageOf(error);
    throw new KubeletExit(`failed to run Kubelet: unable to load bootstrap kubeconfig: ${reason}`);
  }
  const path = ports.rooted(kubeconfig);
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, writeYaml(kubeconfigContent(bootstrap, `${certificateDirectory}/kubelet-client-current.pem`)));
  return bootstrap;
}

/** An existing certificate is used, no matter who issued it: the kubelet's store only checks its dates. */
export function storedCredentials(settings: KubeletSettings, ports: BootstrapPorts): Credentials | undefined {
  const current = ports.rooted(`${settings.certificateDirectory}/kubelet-client-current.pem`);
  return existsSync(current) ? validCredentials(settings.kubeconfig, ports) : undefined;
}

/** Second half: requests a certificate until there is one. */
export async function bootstrapClientCertificate(
  bootstrap: Credentials,
  settings: KubeletSettings,
  ports: BootstrapPorts,
): Promise<Credentials> {
  const api = connect(bootstrap, ports);
  try {
    await poll({
      until: async () => {
        try {
          const { certificate, privateKey } = await requestCertificate(api, settings.nodeName, ports);
          storeCertificate(settings.certificateDirectory, certificate, privateKey, ports);
          return { done: true, value: true };
        } catch (error) {
          if (ports.signal.aborted) throw error;
          ports.log.error("Failed while requesting a signed certificate from the control plane", messageOf(error));
          return { done: false, reason: messageOf(error) };
        }
      },
      everyMs: doubling(secondAttemptAfterMs, longestPauseMs),
      deadlineMs: bootstrapTimeoutMs,
      clock: localClock,
      signal: ports.signal,
      onTimeout: (reason) => new KubeletExit(`failed to run Kubelet: no client certificate: ${reason}`),
    });
  } finally {
    api.close();
  }
  return readCredentials(settings.kubeconfig, ports.rooted);
}

/**
 * A kubelet whose kubeconfig contains its certificate, as `init` writes it, keeps that as its first one, and should
 * renew it immediately. Returns whether it did so.
 */
export function adoptCertificate(present: Credentials, settings: KubeletSettings, ports: BootstrapPorts): boolean {
  const { rotateCertificates, certificateDirectory } = settings;
  const { clientCertificate, clientKey } = present;
  if (!rotateCertificates || clientCertificate === undefined || clientKey === undefined) return false;
  if (existsSync(ports.rooted(`${certificateDirectory}/kubelet-client-current.pem`))) return false;
  storeCertificate(certificateDirectory, clientCertificate, clientKey, ports);
  return true;
}

async function requestCertificate(api: ApiClient, nodeName: string, { log, signal }: BootstrapPorts) {
  const { request, privateKey } = await requestClientCertificate({
    organizations: ["system:nodes"],
    commonName: `system:node:${nodeName}`,
  });
  let created: CertificateSigningRequest;
  try {
    created = await api.create(certificateSigningRequests, signingRequest(request), { signal });
  } catch (error) {
    throw new Error(`cannot create certificate signing request: ${messageOf(error)}`, { cause: error });
  }
  const name = created.metadata?.name ?? "";
  log.info("Waiting for a signed certificate", { csr: name });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(signatureTimeoutMs)]);
  return { certificate: await signed(api, name, limit), privateKey };
}

function signingRequest(request: string): CertificateSigningRequest {
  return {
    metadata: { generateName: "csr-" },
    spec: {
      request: Buffer.from(request).toString("base64"),
      signerName: "kubernetes.io/kube-apiserver-client-kubelet",
      usages: ["digital signature", "client auth"],
    },
  };
}

/** Returns the PEM chain of a request, once it is signed; throws if it is denied, has failed or is deleted. */
async function signed(api: ApiClient, name: string, signal: AbortSignal): Promise<string> {
  const fieldSelector = `metadata.name=${name}`;
  for (const request of await api.list(certificateSigningRequests, { fieldSelector, signal })) {
    const certificate = certificateOf(request);
    if (certificate !== undefined) return certificate;
  }
  for (;;) {
    for await (const { type, object } of api.watch(certificateSigningRequests, { fieldSelector, signal })) {
      if (type === "BOOKMARK") continue;
      if (type === "DELETED") throw new Error(`certificate signing request ${name} was deleted`);
      const certificate = certificateOf(object);
      if (certificate !== undefined) return certificate;
    }
    signal.throwIfAborted();
  }
}

function certificateOf({ metadata, status }: CertificateSigningRequest): string | undefined {
  for (const { type, reason, message } of status?.conditions ?? []) {
    if (type !== "Denied" && type !== "Failed") continue;
    const verdict = type === "Denied" ? "is denied" : "failed";
    throw new Error(`certificate signing request ${metadata?.name} ${verdict}, reason: ${reason}, message: ${message}`);
  }
  return status?.certificate === undefined ? undefined : Buffer.from(status.certificate, "base64").toString();
}

/** Writes chain and key to one file named after the time, and atomically replaces the link to it. */
function storeCertificate(directory: string, certificate: string, key: Secret, { rooted, log }: BootstrapPorts): void {
  const stamp = new Date().toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "-");
  const file = `${directory}/kubelet-client-${stamp}.pem`;
  mkdirSync(rooted(directory), { recursive: true });
  replaceFile(rooted(file), `${certificate.trimEnd()}\n${key.reveal()}`);
  const updated = `${rooted(directory)}/kubelet-client-updated.pem`;
  rmSync(updated, { force: true });
  symlinkSync(file, updated);
  renameSync(updated, `${rooted(directory)}/kubelet-client-current.pem`);
  log.info("Certificate rotated", { path: file });
}

function replaceFile(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode: 0o600 });
  renameSync(temporary, path);
}

function kubeconfigContent(bootstrap: Credentials, certificate: string): WritableMap {
  return {
    apiVersion: "v1",
    clusters: [{ cluster: bootstrap.cluster, name: "default-cluster" }],
    contexts: [
      { context: { cluster: "default-cluster", namespace: "default", user: "default-auth" }, name: "default-context" },
    ],
    "current-context": "default-context",
    kind: "Config",
    users: [{ name: "default-auth", user: { "client-certificate": certificate, "client-key": certificate } }],
  };
}
