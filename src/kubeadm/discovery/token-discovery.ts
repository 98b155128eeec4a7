import type { Clock } from "../../async/clock.ts";
import { doubling } from "../../async/poll.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import type { TlsSettings } from "../../cluster/transport.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { describeCertificate, parseCertificates, summarize } from "../../pki/certificate.ts";
import type { BootstrapToken } from "../apis/bootstrap-token.ts";
import { parseCaPin } from "../apis/ca-pin.ts";
import { clusterOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { type Failure, persist } from "../waiting/persist.ts";
import { isSignedBy, signatureKeyPrefix } from "./cluster-info-signature.ts";
import { failureExplainer } from "./explain-failure.ts";

/** Where the cluster keeps what a machine must know before it trusts anything. */
export const clusterInfoReference = { namespace: "kube-public", name: "cluster-info" } as const;

/**
 * How long a token without signature gets when others have one. A controller manager under load was seen to take 6.4 s
 * from the token's creation to its signature.
 */
const signatureGraceMs = 15_000;

const noAnonymousAccess =
  "The API server takes no anonymous requests (--anonymous-auth=false, or an AuthenticationConfiguration), which token discovery needs: join with --discovery-file and --tls-bootstrap-token.";

/** Upstream asks every 5 s; a signature or a server usually comes within a fraction of that. */
const askEvery = doubling(250, 2_000);

export interface DiscoveryPorts {
  /** Opens an anonymous client of the server; the same settings give the same connection. */
  readonly connect: (server: string, tls: TlsSettings) => Cluster;
  readonly inspect: InspectServer;
  readonly clock: Clock;
  readonly events: Events;
  readonly signal: AbortSignal;
}

export interface TokenDiscoveryOptions {
  /** host:port, as the user gave it. */
  readonly endpoint: string;
  readonly token: BootstrapToken;
  /** `sha256:<hex>`; none where --discovery-token-unsafe-skip-ca-verification lets the signature alone decide. */
  readonly caCertHashes: readonly string[];
  /** Milliseconds for each of the two reads. */
  readonly timeoutMs: number;
}

/**
 * Reads cluster-info anonymously and unverified, checks its signature with the token and its CA with the pins, then reads
 * it again over a connection verified with that CA (spec of upstream: discovery/token). Returns the kubeconfig to trust.
 */
export async function discoverByToken(options: TokenDiscoveryOptions, ports: DiscoveryPorts): Promise<Kubeconfig> {
  const { endpoint, token } = options;
  const pins = options.caCertHashes.map(parsePin);
  const insecure = await readSigned(options, ports, { insecureSkipVerify: true });
  const kubeconfigText = checkSignature(insecure, token);
  const kubeconfig = parseClusterInfo(kubeconfigText);
  if (pins.length === 0) {
    const message = `Cluster info signature and contents are valid and no TLS pinning was specified, will use API Server "${endpoint}"`;
    ports.events.emit("log", { level: 1, area: "discovery", message });
    return kubeconfig;
  }
  const certificateAuthority = clusterOf(kubeconfig).certificateAuthorityData ?? "";
  checkPins(certificateAuthority, pins);
  const verified = await readSigned(options, ports, { certificateAuthority });
  if (checkSignature(verified, token) !== kubeconfigText) {
    throw new KubeadmError(
      "DISCOVERY_CLUSTER_INFO_INVALID",
      "the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different from the first",
    );
  }
  const message = `Cluster info signature and contents are valid and TLS certificate validates against pinned roots, will use API Server "${endpoint}"`;
  ports.events.emit("log", { level: 1, area: "discovery", message });
  return kubeconfig;
}

/** cluster-info as soon as it carries a signature for the token's id. */
async function readSigned(options: TokenDiscoveryOptions, ports: DiscoveryPorts, tls: TlsSettings): Promise<ConfigMap> {
  const { clock, events, signal } = ports;
  const server = `https://${options.endpoint}`;
  const cluster = ports.connect(server, tls);
  const explainer = failureExplainer({
    server,
    context: "failed to request the cluster-info ConfigMap",
    refusal: { code: "DISCOVERY_FORBIDDEN" },
    unauthenticated: { code: "DISCOVERY_FORBIDDEN", remedy: noAnonymousAccess },
    inspect: ports.inspect,
    now: () => clock.now(),
    signal,
    ...(tls.certificateAuthority === undefined ? {} : { certificateAuthority: tls.certificateAuthority }),
  });
  return persist({
    what: `the cluster-info ConfigMap at ${server}`,
    attempt: async (attemptSignal, timeoutMs) => {
      const clusterInfo = await cluster.get(configMaps, clusterInfoReference, { signal: attemptSignal, timeoutMs });
      if (!hasSignature(clusterInfo, options.token)) throw missingSignature(clusterInfo, options.token);
      return clusterInfo;
    },
    explain: (error) =>
      isKubeadmError(error) && error.code !== "CANCELLED" ? explainMissingSignature(error) : explainer.explain(error),
    explainSilence: explainer.explainSilence,
    deadlineMs: options.timeoutMs,
    everyMs: askEvery,
    clock,
    events,
    signal,
  });
}

function hasSignature(clusterInfo: ConfigMap, token: BootstrapToken): boolean {
  return clusterInfo.data?.[signatureKeyPrefix + token.id] !== undefined;
}

function missingSignature(clusterInfo: ConfigMap, token: BootstrapToken): KubeadmError {
  const signed = Object.keys(clusterInfo.data ?? {})
    .filter((key) => key.startsWith(signatureKeyPrefix))
    .map((key) => key.slice(signatureKeyPrefix.length));
  const message = `could not find a JWS signature in the cluster-info ConfigMap for token ID "${token.id}"`;
  const details = { tokenId: token.id, signedTokenIds: signed };
  if (signed.length === 0) return new KubeadmError("DISCOVERY_SIGNATURE_MISSING", message, { details });
  const remedy =
    `The cluster signs for ${signed.join(", ")} only: this token has expired, was deleted, or its id is mistyped. ` +
    "Make a new one on a control plane: `kubeadm token create --print-join-command`.";
  return new KubeadmError("DISCOVERY_TOKEN_UNKNOWN", message, { details, remedy });
}

function explainMissingSignature(error: KubeadmError): Failure {
  if (error.code === "DISCOVERY_TOKEN_UNKNOWN") {
    const reason = `${error.message}; there are signatures of other tokens, so it has expired, was deleted or is mistyped`;
    return { error, patienceMs: signatureGraceMs, reason };
  }
  if (error.code === "DISCOVERY_SIGNATURE_MISSING") {
    const reason = `${error.message}, nor of any other: all tokens have expired, or the bootstrap signer (kube-controller-manager) does not run yet`;
    return { error, patienceMs: Infinity, reason };
  }
  return { error, patienceMs: 0 };
}

function parsePin(pin: string): string {
  try {
    return parseCaPin(pin);
  } catch (error) {
    throw new KubeadmError(
      "DISCOVERY_CA_PIN_INVALID",
      `invalid discovery token CA certificate hash: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function checkSignature(clusterInfo: ConfigMap, token: BootstrapToken): string {
  const kubeconfig = clusterInfo.data?.["kubeconfig"];
  if (kubeconfig === undefined || kubeconfig === "") {
    throw new KubeadmError(
      "DISCOVERY_CLUSTER_INFO_INVALID",
      "there is no kubeconfig key in the cluster-info ConfigMap. This API Server isn't set up for token bootstrapping, can't connect",
    );
  }
  const signature = clusterInfo.data?.[signatureKeyPrefix + token.id];
  if (signature === undefined || signature === "") {
    throw new KubeadmError(
      "DISCOVERY_TOKEN_UNKNOWN",
      `token id "${token.id}" is invalid for this cluster or it has expired. Use "kubeadm token create" on the control-plane node to create a new valid token`,
    );
  }
  if (!isSignedBy(kubeconfig, signature, token)) {
    throw new KubeadmError(
      "DISCOVERY_SIGNATURE_INVALID",
      "failed to verify JWS signature of received cluster info object, can't trust this API Server",
      { details: { tokenId: token.id } },
    );
  }
  return kubeconfig;
}

function parseClusterInfo(text: string): Kubeconfig {
  let kubeconfig: Kubeconfig;
  try {
    kubeconfig = parseKubeconfig(text);
  } catch (error) {
    throw new KubeadmError(
      "DISCOVERY_CLUSTER_INFO_INVALID",
      `couldn't parse the kubeconfig file in the cluster-info ConfigMap: ${messageOf(error)}`,
      { cause: error },
    );
  }
  try {
    clusterOf(kubeconfig);
  } catch (error) {
    throw new KubeadmError(
      "DISCOVERY_CLUSTER_INFO_INVALID",
      `malformed kubeconfig in the cluster-info ConfigMap: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return kubeconfig;
}

function checkPins(certificateAuthority: string, pins: readonly string[]): void {
  const found = parseAuthorities(certificateAuthority);
  if (found.some(({ pin }) => pins.includes(pin))) return;
  const hashes = found.map(({ pin }) => pin).join(":");
  throw new KubeadmError(
    "DISCOVERY_CA_PIN_MISMATCH",
    `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "${hashes}" are pinned`,
    {
      details: { found, pinned: pins },
      remedy:
        `The cluster's CA: ${found.map(describeCertificate).join("; ")}. Pinned: ${pins.join(", ")}. ` +
        "Either the hash is of another cluster, or this address is: `kubeadm token create --print-join-command` on a control plane prints the right one.",
    },
  );
}

function parseAuthorities(pem: string) {
  try {
    const certificates = parseCertificates(pem).map(summarize);
    if (certificates.length > 0) return certificates;
  } catch {
    // Told below: unreadable and absent certificates are the same to the user.
  }
  throw new KubeadmError(
    "DISCOVERY_CLUSTER_INFO_INVALID",
    "failed to parse cluster CA from the cluster-info ConfigMap: data does not contain any valid RSA or ECDSA certificates",
  );
}
