import type { Secret } from "../../../errors/secret.ts";
import type { Discovery } from "../fields/discovery.ts";
import type { NodeRegistration } from "../fields/node-registration.ts";
import type { Timeouts } from "../fields/timeouts.ts";

/** A resolved JoinConfiguration of any API version, defaulted and valid. */
export interface JoinConfiguration {
  readonly dryRun: boolean;
  readonly nodeRegistration: NodeRegistration;
  /** Path of the cluster's CA certificate. */
  readonly caCertPath: string;
  readonly discovery: Discovery;
  /** If set, the machine becomes a control plane. */
  readonly controlPlane?: JoinControlPlane;
  readonly skipPhases: readonly string[];
  readonly patches?: Patches;
  readonly timeouts: Timeouts;
}

export interface JoinControlPlane {
  readonly localAPIEndpoint: ApiEndpoint;
  /** Decrypts the Secret kubeadm-certs; undefined if the certificates are on the machine already. */
  readonly certificateKey?: Secret;
}

export interface ApiEndpoint {
  readonly advertiseAddress: string;
  readonly bindPort: number;
}

export interface Patches {
  readonly directory: string;
}

export const defaultBindPort = 6443;
