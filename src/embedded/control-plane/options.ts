import type { Clock } from "../../async/clock.ts";
import { ownRelease } from "../../kubernetes/minors/releases.ts";
import type { KeyAlgorithm } from "../../pki/keys.ts";
import type { JsonObject } from "../../values/json.ts";
import type { StaticToken } from "./apiserver/authentication.ts";
import type { ControllerName } from "./controllers/controllers.ts";

/** The options of `startControlPlane`. */
export interface ControlPlaneOptions {
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** 0, the default, selects a free port. */
  readonly port?: number;
  /** The release that the server reports, 1.34 to 1.37; `v1.37.2` by default. */
  readonly version?: string;
  /** "kubernetes" by default. */
  readonly clusterName?: string;
  /** Key of the cluster CA: RSA-2048 by default, as in kubeadm; ECDSA-P256 starts faster. With ML-DSA, the certificates have such keys too. */
  readonly encryptionAlgorithm?: KeyAlgorithm;
  /** `10.96.0.0/12` by default. */
  readonly serviceSubnet?: string;
  /** Each Node gets a subnet of it; none by default. */
  readonly podSubnet?: string;
  /** `cluster.local` by default. */
  readonly dnsDomain?: string;
  /** The `host:port` that clients use, if it is not the server's address. */
  readonly controlPlaneEndpoint?: string;
  /** Additional DNS names and IP addresses of the serving certificate. */
  readonly serverNames?: readonly string[];
  /** If false, requests without credentials get 401; true by default. */
  readonly anonymousAuth?: boolean;
  /** Users with bearer tokens; none by default. */
  readonly staticTokens?: readonly StaticToken[];
  /** Controllers that do not run until `controllers.start`. */
  readonly stoppedControllers?: readonly ControllerName[];
  /** Lifetime of signed certificates, in seconds (--cluster-signing-duration); a year by default. */
  readonly signingDurationSeconds?: number;
  /**
   * Maximum lifetime of service account tokens, in seconds (--service-account-max-token-expiration); a day by default.
   */
  readonly maxTokenSeconds?: number;
  /** Fields of the cluster's KubeletConfiguration that differ from kubeadm's defaults, such as `cgroupDriver`. */
  readonly kubeletConfiguration?: JsonObject;
  /** The clock of the server and its controllers; the machine's by default. */
  readonly clock?: Clock;
  /** Closes the control plane when aborted. */
  readonly signal?: AbortSignal;
}

const defaults = {
  host: "127.0.0.1",
  port: 0,
  version: ownRelease,
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
