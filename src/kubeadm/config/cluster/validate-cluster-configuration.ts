import { isIp } from "../../../addresses/ip-address.ts";
import type { Events } from "../../../events/events.ts";
import { formatDuration } from "../../../go/duration.ts";
import { parseGoUrl, UrlError } from "../../../go/url.ts";
import { subdomainProblems, wildcardSubdomainProblems } from "../../../kubernetes/dns-name.ts";
import { type FieldError, invalidValue } from "../documents/field-error.ts";
import { ownKeyRules, unknownAlgorithm } from "../fields/encryption-algorithms.ts";
import { validateFeatureGates } from "../fields/feature-gates.ts";
import { validateArgs } from "../fields/node-registration.ts";
import type { ClusterConfiguration, ExternalEtcd, LocalEtcd } from "./cluster-configuration.ts";
import { validateNetworking } from "./validate-subnets.ts";

/** A configuration, and facts that its resolved form no longer shows. */
export interface ClusterToValidate {
  readonly cluster: ClusterConfiguration;
  /** The file sets both etcd.local and etcd.external. */
  readonly hasBothEtcds: boolean;
}

/**
 * Returns all errors of a completed configuration, in upstream's order. controlPlaneEndpoint is not checked again:
 * completing it has parsed it.
 */
export function validateClusterConfiguration(
  { cluster, hasBothEtcds }: ClusterToValidate,
  events: Events,
): readonly FieldError[] {
  const { apiServer, controllerManager, scheduler, certificatesDir, imageRepository } = cluster;
  const errors = [
    ...validateOptionalRepository(cluster.dns.imageRepository, "dns.imageRepository"),
    ...validateNetworking(cluster, "networking", events),
    ...validateSans(apiServer.certSANs, "apiServer.certSANs"),
    ...validateArgs(apiServer.extraArgs, "apiServer.extraArgs"),
    ...validateArgs(controllerManager.extraArgs, "controllerManager.extraArgs"),
    ...validateArgs(scheduler.extraArgs, "scheduler.extraArgs"),
    ...validateAbsolutePath(certificatesDir, "certificatesDir"),
    ...validateFeatureGates(cluster.featureGates, "featureGates"),
    ...validateRepository(imageRepository, "imageRepository"),
    ...(hasBothEtcds
      ? [invalidValue("etcd", "", ".Etcd.Local and .Etcd.External are mutually exclusive")]
      : validateEtcd(cluster.etcd)),
    ...validateAlgorithm(cluster.encryptionAlgorithm, "encryptionAlgorithm"),
  ];
  warnOfValidity(cluster, events);
  return errors;
}

function validateEtcd(etcd: ClusterConfiguration["etcd"]): readonly FieldError[] {
  return "external" in etcd
    ? validateExternalEtcd(etcd.external, "etcd.external")
    : validateLocalEtcd(etcd.local, "etcd.local");
}

function validateLocalEtcd(etcd: LocalEtcd, path: string): readonly FieldError[] {
  return [
    ...validateAbsolutePath(etcd.dataDir, `${path}.dataDir`),
    ...validateSans(etcd.serverCertSANs, `${path}.serverCertSANs`),
    ...validateSans(etcd.peerCertSANs, `${path}.peerCertSANs`),
    ...validateOptionalRepository(etcd.imageRepository, `${path}.imageRepository`),
    ...validateArgs(etcd.extraArgs, `${path}.extraArgs`),
  ];
}

function validateExternalEtcd(etcd: ExternalEtcd, path: string): readonly FieldError[] {
  const { endpoints, httpEndpoints, caFile, certFile, keyFile } = etcd;
  const usesTls = caFile !== "" || certFile !== "" || keyFile !== "";
  const oneOfPair = "either both or none of .Etcd.External.CertFile and .Etcd.External.KeyFile must be set";
  const pairAlone = "setting .Etcd.External.CertFile and .Etcd.External.KeyFile requires .Etcd.External.CAFile";
  const files = { caFile, certFile, keyFile };
  return [
    ...((certFile === "") === (keyFile === "") ? [] : [invalidValue(path, "", oneOfPair)]),
    ...(certFile !== "" && keyFile !== "" && caFile === "" ? [invalidValue(path, "", pairAlone)] : []),
    ...(endpoints.length === 0
      ? [invalidValue(`${path}.endpoints`, "", "at least one endpoint must be specified")]
      : validateUrls(endpoints, usesTls, `${path}.endpoints`)),
    ...validateUrls(httpEndpoints, false, `${path}.httpEndpoints`),
    ...Object.entries(files).flatMap(([name, file]) =>
      file === "" ? [] : validateAbsolutePath(file, `${path}.${name}`),
    ),
  ];
}

function validateUrls(urls: readonly string[], requiresHttps: boolean, path: string): readonly FieldError[] {
  return urls.flatMap((url) => {
    try {
      const { scheme } = parseGoUrl(url);
      return [
        ...(requiresHttps && scheme !== "https"
          ? [invalidValue(path, url, "the URL must be using the HTTPS scheme")]
          : []),
        ...(scheme === "" ? [invalidValue(path, url, "the URL without scheme is not allowed")] : []),
      ];
    } catch (error) {
      if (error instanceof UrlError) return [invalidValue(path, url, `URL parse error: ${error.message}`)];
      throw error;
    }
  });
}

function validateSans(names: readonly string[], path: string): readonly FieldError[] {
  return names.flatMap((name) => {
    const [plain, wildcard] = [subdomainProblems(name), wildcardSubdomainProblems(name)];
    if (plain.length === 0 || wildcard.length === 0 || isIp(name)) return [];
    const what = "altname is not a valid IP address, DNS label or a DNS label with subdomain wildcards";
    return [invalidValue(path, name, `${what}: ${plain.join("; ")}; ${wildcard.join("; ")}`)];
  });
}

export function validateAbsolutePath(file: string, path: string): readonly FieldError[] {
  return file.startsWith("/") ? [] : [invalidValue(path, file, "path is not absolute")];
}

const domainPart = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const registry = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const folder = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const imageNameForm = new RegExp(`^(?:${registry}/)?${folder}(?:/${folder})*$`);

/** The repository must be valid before the last slash of an image name (github.com/distribution/reference). */
function validateRepository(repository: string, path: string): readonly FieldError[] {
  // A long value is not matched: the time of the regular expression grows with the square of the length.
  if (repository.length <= 1024 && imageNameForm.test(`${repository}/name`)) return [];
  return [invalidValue(path, repository, "invalid image repository format")];
}

function validateOptionalRepository(repository: string, path: string): readonly FieldError[] {
  return repository === "" ? [] : validateRepository(repository, path);
}

function validateAlgorithm(algorithm: string, path: string): readonly FieldError[] {
  if ((ownKeyRules.algorithms as readonly string[]).includes(algorithm)) return [];
  const reason = unknownAlgorithm(algorithm);
  return [invalidValue(path, algorithm, reason)];
}

const day = 24 * 3_600_000;
const longestLeaf = 365 * day;
const longestAuthority = 10 * longestLeaf;

function warnOfValidity(
  { certificateValidityPeriod: leaf, caCertificateValidityPeriod: authority }: ClusterConfiguration,
  events: Events,
): void {
  const warn = (field: string, value: number, than: string) =>
    events.emit("warning", { message: `WARNING: ${field}: the value ${formatDuration(value)} is more than ${than}` });
  if (leaf > longestLeaf) {
    const than = `the recommended default for certificate expiration: ${formatDuration(longestLeaf)}`;
    warn("certificateValidityPeriod", leaf, than);
  }
  if (authority > longestAuthority) {
    const than = `the recommended default for CA certificate expiration: ${formatDuration(longestAuthority)}`;
    warn("caCertificateValidityPeriod", authority, than);
  }
  if (leaf > authority) {
    warn("certificateValidityPeriod", leaf, `the caCertificateValidityPeriod: ${formatDuration(authority)}`);
  }
}
