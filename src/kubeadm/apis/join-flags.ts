import type { Secret } from "../../errors/secret.ts";

/**
 * The command line of `kubeadm join` and of its phases, parsed. A field is there if its flag was given, with whatever
 * value; lists have their commas split.
 */
export interface JoinFlags {
  /** The positional argument. */
  readonly apiServerEndpoint?: string;
  readonly apiserverAdvertiseAddress?: string;
  readonly apiserverBindPort?: number;
  readonly certificateKey?: Secret;
  readonly config?: string;
  readonly controlPlane?: boolean;
  readonly criSocket?: string;
  readonly discoveryFile?: string;
  readonly discoveryFileUnsafeLocalAccess?: boolean;
  readonly discoveryToken?: Secret;
  readonly discoveryTokenCaCertHash?: readonly string[];
  readonly discoveryTokenUnsafeSkipCaVerification?: boolean;
  readonly dryRun?: boolean;
  readonly ignorePreflightErrors?: readonly string[];
  readonly nodeName?: string;
  readonly patches?: string;
  readonly workingDirectory?: string;
  readonly skipPhases?: readonly string[];
  readonly tlsBootstrapToken?: Secret;
  readonly token?: Secret;
  /** Names of all flags that were given, global ones included, without dashes. */
  readonly given: readonly string[];
  /** Names of all flags that the command has: phases have fewer than `join`. */
  readonly accepted: readonly string[];
}

/** Flags of `kubeadm join`; every phase accepts some of them. */
export const joinFlagNames = [
  "apiserver-advertise-address",
  "apiserver-bind-port",
  "certificate-key",
  "config",
  "control-plane",
  "cri-socket",
  "discovery-file",
  "discovery-file-unsafe-local-access",
  "discovery-token",
  "discovery-token-ca-cert-hash",
  "discovery-token-unsafe-skip-ca-verification",
  "dry-run",
  "ignore-preflight-errors",
  "node-name",
  "patches",
  "skip-phases",
  "tls-bootstrap-token",
  "token",
] as const;

/** What phases call by one name: all flags that say how to find and trust the cluster. */
export const joinFlagGroups = {
  discovery: [
    "discovery-file",
    "discovery-file-unsafe-local-access",
    "discovery-token",
    "discovery-token-ca-cert-hash",
    "discovery-token-unsafe-skip-ca-verification",
    "tls-bootstrap-token",
    "token",
  ],
} as const;

/** What may stand beside --config, in every command that has it (upstream: app/util/arguments.go). */
const allowedBesideConfig = new Set([
  "config",
  "ignore-preflight-errors",
  "dry-run",
  // Ours: there is no field for it.
  "discovery-file-unsafe-local-access",
  "kubeconfig",
  "node-name",
  "kubeconfig-dir",
  "upload-certs",
  "print-manifest",
  "allow-missing-template-keys",
  "output",
  "show-managed-fields",
  "print-join-command",
  "rootfs",
  "v",
  "log-file",
  "yes",
]);

/** Flags that were given beside --config though the file has their say; sorted. */
export function flagsMixedWithConfig(given: readonly string[]): readonly string[] {
  if (!given.includes("config")) return [];
  return given.filter((name) => !allowedBesideConfig.has(name) && !name.startsWith("skip-")).toSorted();
}
