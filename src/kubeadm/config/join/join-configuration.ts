import type { Secret } from "../../../errors/secret.ts";
import type { Discovery } from "../fields/discovery.ts";
import type { NodeRegistration } from "../fields/node-registration.ts";
import type { Timeouts } from "../fields/timeouts.ts";

/** A resolved JoinConfiguration: whatever version it was written in, defaulted and valid. */
export interface JoinConfiguration {
  readonly dryRun: boolean;
  readonly nodeRegistration: NodeRegistration;
  /** Where the cluster's CA certificate is kept. */
  readonly caCertPath: string;
  readonly discovery: Discovery;
  /** Given: the machine becomes a control plane. */
  readonly controlPlane?: JoinControlPlane;
  readonly skipPhases: readonly string[];
  readonly patches?: Patches;
  readonly timeouts: Timeouts;
}

export interface JoinControlPlane {
  readonly localAPIEndpoint: ApiEndpoint;
  /** Opens the Secret kubeadm-certs; undefined: the certificates are there already. */
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
