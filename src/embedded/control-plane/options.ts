import type { Clock } from "../../async/clock.ts";
import type { KeyAlgorithm } from "../../pki/keys.ts";
import type { StaticToken } from "./apiserver/authentication.ts";
import type { Fields } from "./apiserver/objects.ts";
import type { ControllerName } from "./controllers/controllers.ts";

export interface ControlPlaneOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, selects a free port. */
  readonly port?: number;
  /** The release that the server reports, 1.34 to 1.37; `v1.37.2` by default. */
  readonly version?: string;
  readonly clusterName?: string;
  /** Key of the cluster CA: RSA-2048 by default, as in kubeadm; ECDSA-P256 starts faster. */
  readonly encryptionAlgorithm?: KeyAlgorithm;
  readonly serviceSubnet?: string;
  /** If set, each Node gets a part of it. */
  readonly podSubnet?: string;
  readonly dnsDomain?: string;
  /** The `host:port` that clients use, if it is not the server's address. */
  readonly controlPlaneEndpoint?: string;
  /** More names and addresses for the serving certificate. */
  readonly serverNames?: readonly string[];
  /** false answers requests without credentials with 401. */
  readonly anonymousAuth?: boolean;
  readonly staticTokens?: readonly StaticToken[];
  /** Controllers that stay off until `controllers.start`. */
  readonly stoppedControllers?: readonly ControllerName[];
  /** Lifetime of signed certificates (--cluster-signing-duration), a year by default. */
  readonly signingDurationSeconds?: number;
  /** Maximum lifetime of service accounts' tokens (--service-account-max-token-expiration), a day by default. */
  readonly maxTokenSeconds?: number;
  /** Members of the cluster's KubeletConfiguration that differ from kubeadm's, such as `cgroupDriver`. */
  readonly kubeletConfiguration?: Fields;
  /** The clock of the server and its controllers; the machine's by default. */
  readonly clock?: Clock;
  /** Closes the control plane when aborted. */
  readonly signal?: AbortSignal;
}

const defaults = {
  host: "127.0.0.1",
  port: 0,
  version: "v1.37.2",
  clusterName: "kubernetes",
  encryptionAlgorithm: "RSA-2048",
  serviceSubnet: "10.96.0.0/12",
  dnsDomain: "cluster.local",
  anonymousAuth: true,
  signingDurationSeconds: 365 * 24 * 3600,
} as const satisfies ControlPlaneOptions;

export type SettledOptions = ControlPlaneOptions & Required<Pick<ControlPlaneOptions, keyof typeof defaults>>;

/** The options with their defaults. */
export function settle(options: ControlPlaneOptions): SettledOptions {
  return { ...defaults, ...options };
}
