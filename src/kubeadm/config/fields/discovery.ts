import type { Secret } from "../../../errors/secret.ts";
import { AddressError, isPort, splitHostPort } from "../../../go/host-port.ts";
import { parseGoUrl, UrlError } from "../../../go/url.ts";
import { type FieldError, invalidValue, requiredValue } from "../documents/field-error.ts";
import { isBootstrapToken, shownToken } from "./bootstrap-token.ts";

/** How the machine learns which cluster to trust; has exactly one of `bootstrapToken` and `file` after validation. */
export interface Discovery {
  readonly bootstrapToken?: BootstrapTokenDiscovery;
  readonly file?: FileDiscovery;
  /** The token for the kubelet's TLS bootstrap. */
  readonly tlsBootstrapToken?: Secret;
}

export interface BootstrapTokenDiscovery {
  readonly token: Secret;
  /** host:port of an API server; used only to fetch cluster-info. */
  readonly apiServerEndpoint: string;
  readonly caCertHashes: readonly string[];
  readonly unsafeSkipCAVerification: boolean;
}

export interface FileDiscovery {
  /** Path or https URL of a kubeconfig. */
  readonly kubeConfigPath: string;
}

/** Reports whether a path or URL names an existing file. */
export type FileExists = (path: string) => Promise<boolean>;

/** Returns all errors of a discovery configuration, in upstream's order. */
export async function validateDiscovery(
  discovery: Discovery,
  path: string,
  fileExists: FileExists,
): Promise<readonly FieldError[]> {
  const { bootstrapToken, file, tlsBootstrapToken } = discovery;
  const tokenPath = `${path}.tlsBootstrapToken`;
  const errors: FieldError[] = [];
  if (bootstrapToken === undefined && file === undefined) {
    errors.push(invalidValue(path, "", "bootstrapToken or file must be set"));
  }
  if (bootstrapToken !== undefined && file !== undefined) {
    errors.push(invalidValue(path, "", "bootstrapToken and file cannot both be set"));
  }
  if (bootstrapToken !== undefined) {
    errors.push(...validateTokenDiscovery(bootstrapToken, `${path}.bootstrapToken`));
    errors.push(...validateToken(tlsBootstrapToken, tokenPath));
  }
  if (file !== undefined) {
    errors.push(...(await validateFileDiscovery(file, `${path}.file`, fileExists)));
    if (tlsBootstrapToken !== undefined) errors.push(...validateToken(tlsBootstrapToken, tokenPath));
  }
  return errors;
}

function validateTokenDiscovery(discovery: BootstrapTokenDiscovery, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { apiServerEndpoint, caCertHashes, unsafeSkipCAVerification, token } = discovery;
  if (apiServerEndpoint === "") errors.push(requiredValue(path, "APIServerEndpoint is not set"));
  if (caCertHashes.length === 0 && !unsafeSkipCAVerification) {
    const reason =
      "using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true in your " +
      "kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue";
    errors.push(invalidValue(`${path}.caCertHashes`, "", reason));
  }
  errors.push(...validateToken(token, `${path}.token`));
  errors.push(...validateEndpoint(apiServerEndpoint, `${path}.apiServerEndpoint`));
  return errors;
}

function validateToken(token: Secret | undefined, path: string): readonly FieldError[] {
  const text = token?.reveal() ?? "";
  return isBootstrapToken(text) ? [] : [invalidValue(path, shownToken(text), "the bootstrap token is invalid")];
}

function validateEndpoint(endpoint: string, path: string): readonly FieldError[] {
  try {
    const { host, port } = splitHostPort(endpoint);
    // Upstream accepts any port here and fails at the end of the wait for cluster-info.
    if (!isPort(port)) {
      return [invalidValue(path, endpoint, `port ${port} must be a valid number between 1 and 65535, inclusive`)];
    }
    if (URL.canParse(`https://${endpoint}`) && !/[@/?#\\]/.test(endpoint)) return [];
    const reason = `host '${host}' must be a valid IP address or a valid RFC-1123 DNS subdomain`;
    return [invalidValue(path, shownEndpoint(endpoint), shownEndpoint(reason))];
  } catch (error) {
    if (error instanceof AddressError)
      return [invalidValue(path, shownEndpoint(endpoint), shownEndpoint(error.message))];
    throw error;
  }
}

/** Hides secrets in an endpoint for messages: a certificate key typed by mistake, or a password before the host. */
function shownEndpoint(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b/gi, "[redacted]").replace(/(^|[/'"\s])[^/'"\s@]*@/g, "$1xxxxx@");
}

async function validateFileDiscovery(file: FileDiscovery, path: string, fileExists: FileExists) {
  const { kubeConfigPath } = file;
  const at = `${path}.kubeConfigPath`;
  const neither = invalidValue(at, kubeConfigPath, "not a valid HTTPS URL or a file on disk");
  const scheme = schemeOf(kubeConfigPath);
  if (scheme === undefined) return [neither];
  if (scheme === "") return kubeConfigPath !== "" && (await fileExists(kubeConfigPath)) ? [] : [neither];
  return scheme === "https" ? [] : [invalidValue(at, kubeConfigPath, "if a URL is used, the scheme must be https")];
}

/** Returns "" for a plain path; undefined for an invalid URL. */
function schemeOf(url: string): string | undefined {
  try {
    return parseGoUrl(url).scheme;
  } catch (error) {
    if (error instanceof UrlError) return undefined;
    throw error;
  }
}

/** Returns the path of a `file:///path` URL. */
export function pathOfFileUrl(kubeConfigPath: string): string {
  try {
    const { scheme, path } = parseGoUrl(kubeConfigPath);
    return scheme === "file" ? path : kubeConfigPath;
  } catch (error) {
    if (error instanceof UrlError) return kubeConfigPath;
    throw error;
  }
}
