import type { Clock } from "../../async/clock.ts";
import { doubling } from "../../async/poll.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { InspectServer } from "../../cluster/https-inspection.ts";
import { type ConfigMap, configMaps } from "../../cluster/resources.ts";
import type { TlsSettings } from "../../cluster/transport.ts";
import { isKubeadmError, KubeadmError, messageOf } from "../../errors/kubeadm-error.ts";
import type { Events } from "../../events/events.ts";
import { CaBundle, describeCertificates } from "../../pki/ca-bundle.ts";
import { defined } from "../../values/defined.ts";
import type { BootstrapToken } from "../config/fields/bootstrap-token.ts";
import { parseCaPin } from "../config/fields/ca-pin.ts";
import { clusterOf, type Kubeconfig } from "../kubeconfig/kubeconfig.ts";
import { parseKubeconfig } from "../kubeconfig/read-kubeconfig.ts";
import { type Failure, persist } from "../waiting/persist.ts";
import { isSignedBy, signatureKeyPrefix } from "./cluster-info-signature.ts";
import { failureExplainer } from "./explain-failure.ts";
import { type PinnedAuthorities, pinnedAuthorities } from "./pinned-authorities.ts";

/** The ConfigMap with the cluster's API server address and CA, readable without credentials. */
export const clusterInfoReference = { namespace: "kube-public", name: "cluster-info" } as const;

/**
 * How long to wait for the signature of one token when other tokens have theirs. A controller manager under load was
 * seen to sign 6.4 s after the token's creation.
 */
const signatureGraceMs = 15_000;

/** Limit of the token IDs in a message: an unverified server may list any number. */
const mostTokenIds = 20;

const noAnonymousAccess =
  "The API server refuses anonymous requests (--anonymous-auth=false, or an AuthenticationConfiguration), which token discovery needs: join with --discovery-file and --tls-bootstrap-token.";

/** Upstream polls every 5 s; a signature or a server usually appears within a fraction of that. */
const pollEvery = doubling(250, 2_000);

export interface DiscoveryPorts {
  /** Opens an anonymous client; the same settings return the same connection. */
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
  /** `sha256:<hex>`; empty with --discovery-token-unsafe-skip-ca-verification, where the signature alone decides. */
  readonly caCertHashes: readonly string[];
  /** Milliseconds; applies to each of the two reads. */
  readonly timeoutMs: number;
}

/**
 * Reads cluster-info anonymously and unverified, checks its signature with the token and its CA with the pins, then
 * reads it again over a connection that trusts the pinned certificates alone (upstream's discovery/token trusts every
 * certificate in a bundle that has a pinned one). All CAs that a server verified this way returns are trusted: while a
 * cluster replaces its CA, it lists both. Returns the kubeconfig to trust.
 */
export async function discoverByToken(options: TokenDiscoveryOptions, ports: DiscoveryPorts): Promise<Kubeconfig> {
  const { endpoint, token } = options;
  const pins = options.caCertHashes.map(parsePin);
  const log = (message: string) => ports.events.emit("log", { level: 1, area: "discovery", message });
  const insecure = await readSigned(options, ports);
  const kubeconfigText = checkSignature(insecure, token);
  const kubeconfig = parseClusterInfo(kubeconfigText);
  if (pins.length === 0) {
    log(
      `Cluster info signature and contents are valid and no TLS pinning was specified, will use API Server "${endpoint}"`,
    );
    return kubeconfig;
  }
  const authorities = pinnedAuthorities(clusterOf(kubeconfig).certificateAuthorityData, pins);
  log(`Pinned CA certificates of cluster-info: ${describeCertificates(authorities.pinned)}`);
  if (authorities.others.length > 0) {
    log(
      `CA certificates of cluster-info that are not pinned and not trusted yet: ${describeCertificates(authorities.others)}`,
    );
  }
  const verified = await readSigned(options, ports, authorities);
  if (checkSignature(verified, token) !== kubeconfigText) {
    throw new KubeadmError(
      "DISCOVERY_CLUSTER_INFO_INVALID",
      "the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different from the first",
    );
  }
  log(
    `Cluster info signature and contents are valid and TLS certificate validates against pinned roots, will use API Server "${endpoint}"`,
  );
  const trusted = [...authorities.pinned, ...authorities.others];
  log(`CA certificates returned by the verified server, trusted from here on: ${describeCertificates(trusted)}`);
  return kubeconfig;
}

/**
 * Waits until cluster-info has a signature for the token's ID and returns it; the server is not verified without
 * authorities.
 */
async function readSigned(
  options: TokenDiscoveryOptions,
  ports: DiscoveryPorts,
  authorities?: PinnedAuthorities,
): Promise<ConfigMap> {
  const { clock, events, signal } = ports;
  const server = `https://${options.endpoint}`;
  const certificateAuthority = authorities === undefined ? undefined : CaBundle.of(authorities.pinned).pem;
  const cluster = ports.connect(
    server,
    certificateAuthority === undefined ? { insecureSkipVerify: true } : { certificateAuthority },
  );
  const explainer = failureExplainer({
    server,
    proxy: cluster.proxy,
    context: "failed to request the cluster-info ConfigMap",
    refusal: { code: "DISCOVERY_FORBIDDEN" },
    unauthenticated: { code: "DISCOVERY_FORBIDDEN", remedy: noAnonymousAccess },
    inspect: ports.inspect,
    now: () => clock.now(),
    signal,
    ...defined({ certificateAuthority, unpinned: authorities?.others }),
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
    explainNoAnswer: explainer.explainNoAnswer,
    deadlineMs: options.timeoutMs,
    everyMs: pollEvery,
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
    .map((key) => key.slice(signatureKeyPrefix.length))
    .filter((id) => /^[a-z0-9]{6}$/.test(id));
  const message = `could not find a JWS signature in the cluster-info ConfigMap for token ID "${token.id}"`;
  const shown = signed.slice(0, mostTokenIds);
  const details = { tokenId: token.id, signedTokenIds: shown };
  if (signed.length === 0) return new KubeadmError("DISCOVERY_SIGNATURE_MISSING", message, { details });
  const remedy =
    `The cluster signs for ${shown.join(", ")}${signed.length > shown.length ? " and others" : " only"}: this token has expired, was deleted, or its ID is mistyped. ` +
    "Create a new one on a control plane: `kubeadm token create --print-join-command`.";
  return new KubeadmError("DISCOVERY_TOKEN_UNKNOWN", message, { details, remedy });
}

function explainMissingSignature(error: KubeadmError): Failure {
  if (error.code === "DISCOVERY_TOKEN_UNKNOWN") {
    const reason = `${error.message}; other tokens have signatures, so this one has expired, was deleted, or is mistyped`;
    return { error, patienceMs: signatureGraceMs, reason };
  }
  if (error.code === "DISCOVERY_SIGNATURE_MISSING") {
    const reason = `${error.message}, nor of any other: all tokens have expired, or the bootstrap signer (kube-controller-manager) is not running yet`;
    return { error, patienceMs: Infinity, reason, action: { action: error.remedy } };
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
