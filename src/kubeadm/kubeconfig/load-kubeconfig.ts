import { isKubeadmError, KubeadmError, messageOf, withContext } from "../../errors/kubeadm-error.ts";
import { Secret } from "../../errors/secret.ts";
import { FileError, type Files } from "../../host/host.ts";
import { clusterOf, type Kubeconfig, type KubeconfigCluster, type KubeconfigUser, userOf } from "./kubeconfig.ts";
import { parseKubeconfig } from "./parse-kubeconfig.ts";

/** A kubeconfig is small; a larger file is something else. */
const maxBytes = 3 * 1024 * 1024;

/** Reads a kubeconfig file; FILE_OPERATION_FAILED or KUBECONFIG_INVALID, both naming the path. */
export async function loadKubeconfig(files: Pick<Files, "readText">, path: string): Promise<Kubeconfig> {
  let text: string;
  try {
    text = await files.readText(path, { maxBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new KubeadmError("FILE_OPERATION_FAILED", error.message, { cause: error, details: { path } });
  }
  try {
    return parseKubeconfig(text);
  } catch (error) {
    throw withContext(error, `error loading config file "${path}"`);
  }
}

/** The resolved cluster's CA file read and put in place of its path. A relative path counts from the process, as upstream. */
export async function withEmbeddedAuthority(files: Pick<Files, "readText">, kubeconfig: Kubeconfig): Promise<Kubeconfig> {
  const wanted = clusterOf(kubeconfig);
  const path = wanted.certificateAuthority ?? "";
  if (path === "" || wanted.certificateAuthorityData !== undefined) return kubeconfig;
  const certificateAuthorityData = await readReferenced(files, path, "certificate authority file");
  const { certificateAuthority: _, ...rest } = wanted;
  const embedded: KubeconfigCluster = { ...rest, certificateAuthorityData };
  const clusters = kubeconfig.clusters.map(({ name, cluster }) => ({
    name,
    cluster: cluster === wanted ? embedded : cluster,
  }));
  return { ...kubeconfig, clusters };
}

/** The current user's certificate, key and token files read and put in place of their paths. */
export async function withEmbeddedCredentials(
  files: Pick<Files, "readText">,
  kubeconfig: Kubeconfig,
): Promise<Kubeconfig> {
  const wanted = userOf(kubeconfig);
  if (wanted === undefined) return kubeconfig;
  const { clientCertificate, clientKey, tokenFile, ...rest } = wanted;
  let embedded: KubeconfigUser = rest;
  if (isGiven(clientCertificate) && rest.clientCertificateData === undefined) {
    embedded = { ...embedded, clientCertificateData: await readReferenced(files, clientCertificate, "client cert file") };
  }
  if (isGiven(clientKey) && rest.clientKeyData === undefined) {
    const clientKeyData = new Secret(await readReferenced(files, clientKey, "client key file"));
    embedded = { ...embedded, clientKeyData };
  }
  if (isGiven(tokenFile)) {
    embedded = { ...embedded, token: new Secret((await readReferenced(files, tokenFile, "token file")).trim()) };
  }
  const users = kubeconfig.users.map(({ name, user }) => ({ name, user: user === wanted ? embedded : user }));
  return { ...kubeconfig, users };
}

function isGiven(path: string | undefined): path is string {
  return path !== undefined && path !== "";
}

async function readReferenced(files: Pick<Files, "readText">, path: string, what: string): Promise<string> {
  try {
    return await files.readText(path, { maxBytes });
  } catch (error) {
    if (isKubeadmError(error) || !(error instanceof FileError)) throw error;
    const message = `error while reading ${what} defined in kubeconfig: ${messageOf(error)}`;
    throw new KubeadmError("DISCOVERY_FILE_INVALID", message, { cause: error, details: { path } });
  }
}
