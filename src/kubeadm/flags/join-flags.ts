import type { JoinConfigurationV1beta4 } from "../config/versions/convert-join.ts";
import { type CommandLine, commandFlagNames, type FlagTableFor, type GivenValues } from "./flag-table.ts";
import { criSocket, dryRun, ignorePreflightErrors, nodeName, patches, skipPhases } from "./shared-flags.ts";

/** The flags of `kubeadm join` and of its phases; names, types and defaults are upstream's. */
export const joinFlags = {
  apiserverAdvertiseAddress: {
    type: "string",
    usage:
      "For a control plane: the IP address at which this node's API server is announced. Empty: the address of the default route's interface.",
    field: "controlPlane.localAPIEndpoint.advertiseAddress",
    offers: "nothing",
  },
  apiserverBindPort: {
    type: "int32",
    default: 6443,
    usage: "For a control plane: the port that this node's API server listens on.",
    field: "controlPlane.localAPIEndpoint.bindPort",
    offers: ["6443"],
  },
  certificateKey: {
    type: "secret",
    usage: "For a control plane: the key that the shared certificates in the cluster are decrypted with.",
    field: "controlPlane.certificateKey",
    offers: "nothing",
  },
  config: {
    type: "string",
    usage: "File with a JoinConfiguration.",
    isPath: true,
    offers: "files",
    besideConfig: true,
  },
  controlPlane: { type: "bool", usage: "Make this node a further control plane." },
  criSocket: { ...criSocket, field: "nodeRegistration.criSocket" },
  discoveryFile: {
    type: "string",
    usage: "Kubeconfig that describes the cluster: a path, or a URL with https.",
    isPath: true,
    field: "discovery.file.kubeConfigPath",
    offers: "files",
    group: "discovery",
  },
  /** Only this program has the flag. */
  discoveryFileUnsafeLocalAccess: {
    type: "bool",
    usage: "Let a discovery file that comes from a URL name files, and exec plugins to run, of this machine.",
    // There is no field for it.
    besideConfig: true,
    group: "discovery",
  },
  discoveryToken: {
    type: "secret",
    usage: "Token that the cluster's public description, fetched from the API server, is verified with.",
    field: "discovery.bootstrapToken.token",
    offers: "nothing",
    group: "discovery",
  },
  discoveryTokenCaCertHash: {
    type: "strings",
    usage: 'Accept only a cluster CA whose public key has this hash ("sha256:<hex>"); may be given several times.',
    field: "discovery.bootstrapToken.caCertHashes",
    offers: ["sha256:"],
    group: "discovery",
  },
  discoveryTokenUnsafeSkipCaVerification: {
    type: "bool",
    usage: "Trust the cluster's description on the token's word alone, without a hash of its CA.",
    field: "discovery.bootstrapToken.unsafeSkipCAVerification",
    group: "discovery",
  },
  dryRun,
  ignorePreflightErrors,
  nodeName: { ...nodeName, field: "nodeRegistration.name" },
  patches,
  skipPhases,
  tlsBootstrapToken: {
    type: "secret",
    usage: "Token that this node identifies itself with until it has a certificate of its own.",
    field: "discovery.tlsBootstrapToken",
    offers: "nothing",
    group: "discovery",
  },
  token: {
    type: "secret",
    usage: "Token for both --discovery-token and --tls-bootstrap-token, where those are not given.",
    offers: "nothing",
    group: "discovery",
  },
} as const satisfies FlagTableFor<JoinConfigurationV1beta4>;

/**
 * The command line of `kubeadm join` and of its phases, parsed. A field is there if its flag was given, with whatever
 * value; lists have their commas split. `kubeadm join --help` describes the flags.
 */
export interface JoinFlags extends GivenValues<typeof joinFlags>, CommandLine {
  /** The positional argument. */
  readonly apiServerEndpoint?: string;
  /** What a relative `patches` is relative to. */
  readonly workingDirectory?: string;
}

/** Flags of `kubeadm join`; every phase accepts some of them. */
export const joinFlagNames = commandFlagNames(joinFlags);
