import type { Secret } from "../../../errors/secret.ts";
import type { BootstrapToken } from "../fields/bootstrap-token.ts";
import type { NodeRegistration } from "../fields/node-registration.ts";
import type { Timeouts } from "../fields/timeouts.ts";
import type { ApiEndpoint, Patches } from "../join/join-configuration.ts";

/** A bootstrap token that is to be made. */
export interface BootstrapTokenSpec {
  /** Undefined for a random one. */
  readonly token?: BootstrapToken;
  readonly description: string;
  /** Milliseconds; 0 or less: it never expires. */
  readonly ttlMs: number;
  readonly usages: readonly string[];
  readonly groups: readonly string[];
}

/** A bootstrap token that is to be made and is known already. */
export interface KnownBootstrapToken extends BootstrapTokenSpec {
  readonly token: BootstrapToken;
}

/** A resolved InitConfiguration: what `init` is told of this node; the cluster's own part is ClusterConfiguration. */
export interface InitConfiguration {
  readonly dryRun: boolean;
  readonly bootstrapTokens: readonly KnownBootstrapToken[];
  readonly nodeRegistration: NodeRegistration;
  readonly localAPIEndpoint: ApiEndpoint;
  /** Seals the Secret kubeadm-certs; undefined: a random one is made when it is needed. */
  readonly certificateKey?: Secret;
  readonly skipPhases: readonly string[];
  readonly patches?: Patches;
  readonly timeouts: Timeouts;
}

/** An InitConfiguration with the defaults that do not depend on the machine, neither completed nor validated. */
export interface WrittenInitConfiguration extends Omit<InitConfiguration, "bootstrapTokens"> {
  readonly bootstrapTokens: readonly WrittenBootstrapToken[];
}

/** One token of a file: `expires` only makes the file invalid, since the time to live is defaulted before. */
export interface WrittenBootstrapToken extends Omit<BootstrapTokenSpec, "token"> {
  readonly text: Secret | undefined;
  readonly hasExpiration: boolean;
}
