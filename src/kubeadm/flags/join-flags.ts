import type { PathBase } from "../../host/path-from.ts";
import type { JoinConfigurationV1beta4 } from "../config/versions/convert-join.ts";
import { type CommandLine, commandFlagNames, type FlagTableFor, type GivenValues } from "./flag-table.ts";
import { criSocket, dryRun, ignoreChecksOfNewNode, nodeName, patches, skipPhases, wait } from "./shared-flags.ts";

/** The flags of `kubeadm join` and of its phases; names, types and defaults are upstream's. */
export const joinFlags = {
  apiserverAdvertiseAddress: {
    type: "string",
    usage:
      "For a control plane: the IP address that this node's API server advertises. Default: the address of the default route's interface.",
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
    usage: "For a control plane: the key to decrypt the shared certificates from the cluster with.",
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
  controlPlane: { type: "bool", usage: "Add a control plane instance on this node." },
  criSocket: { ...criSocket, field: "nodeRegistration.criSocket" },
  discoveryFile: {
    type: "string",
    usage: "Kubeconfig file that describes the cluster: a path or an https URL.",
    isPath: true,
    field: "discovery.file.kubeConfigPath",
    offers: "files",
    group: "discovery",
  },
  discoveryFileUnsafeLocalAccess: {
    isOurs: true,
    type: "bool",
    usage: "Allow a discovery file from a URL to refer to files and exec plugins on this machine.",
    // The configuration has no field for it.
    besideConfig: true,
    group: "discovery",
  },
  discoveryToken: {
    type: "secret",
    usage: "Token to verify the cluster information from the API server with.",
    field: "discovery.bootstrapToken.token",
    offers: "nothing",
    group: "discovery",
  },
  discoveryTokenCaCertHash: {
    type: "strings",
    usage: 'Accept only a cluster CA whose public key has this hash ("sha256:<hex>"). Can be repeated.',
    field: "discovery.bootstrapToken.caCertHashes",
    offers: ["sha256:"],
    group: "discovery",
  },
  discoveryTokenUnsafeSkipCaVerification: {
    type: "bool",
    usage: "Trust the cluster information based on the token alone, without a hash of the CA.",
    field: "discovery.bootstrapToken.unsafeSkipCAVerification",
    group: "discovery",
  },
  dryRun,
  ignorePreflightErrors: ignoreChecksOfNewNode,
  nodeName: { ...nodeName, field: "nodeRegistration.name" },
  patches,
  skipPhases,
  tlsBootstrapToken: {
    type: "secret",
    usage: "Token to authenticate with until this node has a client certificate.",
    field: "discovery.tlsBootstrapToken",
    offers: "nothing",
    group: "discovery",
  },
  token: {
    type: "secret",
    usage: "Token to use for --discovery-token and --tls-bootstrap-token if those are not given.",
    offers: "nothing",
    group: "discovery",
  },
  wait,
} as const satisfies FlagTableFor<JoinConfigurationV1beta4>;

/**
 * The parsed command line of `kubeadm join` and of its phases, with a field in camelCase for each flag. A field is set if
 * its flag was given, even with an empty value; lists are split at commas.
 */
export interface JoinFlags extends GivenValues<typeof joinFlags>, CommandLine {
  /** The positional argument: the API server to discover the cluster at, as host:port. */
  readonly apiServerEndpoint?: string;
  /** The directory that a relative `patches` is resolved against. */
  readonly workingDirectory?: PathBase;
}

/** Names of the flags of `kubeadm join`, without dashes in front. Every phase accepts some of them. */
export const joinFlagNames = commandFlagNames(joinFlags);
