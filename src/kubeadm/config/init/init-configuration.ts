import type { Secret } from "../../../errors/secret.ts";
import type { BootstrapToken } from "../fields/bootstrap-token.ts";
import type { NodeRegistration } from "../fields/node-registration.ts";
import type { Timeouts } from "../fields/timeouts.ts";
import type { ApiEndpoint, Patches } from "../join/join-configuration.ts";

/** A bootstrap token to create. */
export interface BootstrapTokenSpec {
  /** Undefined for a random token. */
  readonly token?: BootstrapToken;
  readonly description: string;
  /** Milliseconds; 0 or less means that it never expires. */
  readonly ttlMs: number;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/** A bootstrap token to create whose value is known. */
export interface KnownBootstrapToken extends BootstrapTokenSpec {
  readonly token: BootstrapToken;
}

/** A resolved InitConfiguration: the settings of this node; those of the cluster are in the ClusterConfiguration. */
export interface InitConfiguration {
  readonly dryRun: boolean;
  readonly bootstrapTokens: readonly KnownBootstrapToken[];
  readonly nodeRegistration: NodeRegistration;
  readonly localAPIEndpoint: ApiEndpoint;
  /** Encrypts the Secret kubeadm-certs; if undefined, a random key is generated when needed. */
  readonly certificateKey?: Secret;
  readonly skipPhases: readonly string[];
  readonly patches?: Patches;
  readonly timeouts: Timeouts;
}

/** An InitConfiguration with the defaults that do not depend on the machine, neither completed nor validated. */
export interface WrittenInitConfiguration extends Omit<InitConfiguration, "bootstrapTokens"> {
  readonly bootstrapTokens: readonly WrittenBootstrapToken[];
}

/** One token of a file. `expires` always makes the file invalid, because the TTL is defaulted first. */
export interface WrittenBootstrapToken extends Omit<BootstrapTokenSpec, "token"> {
  readonly text: Secret | undefined;
  readonly hasExpiration: boolean;
}
