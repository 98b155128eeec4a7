import type { KeyAlgorithm } from "../../src/pki/keys.ts";

/** What stands at a path before the program runs. */
export type GivenEntry =
  | string
  | { readonly content: string; readonly mode?: number }
  | { readonly directory: true; readonly mode?: number }
  | { readonly link: string };

/** What runs in addition to the program, recreated for each of the two. */
export interface WorldSettings {
  /** An API server at `<endpoint>` with the objects of a cluster, `<token>`, `<pin>` and `<admin.conf>`. */
  readonly apiServer?: ApiServerSettings;
  /** A container runtime at containerd's socket. */
  readonly containerRuntime?: {
    readonly images?: readonly string[];
    readonly podSandboxes?: readonly string[];
    readonly cgroupDriver?: "systemd" | "cgroupfs" | "unimplemented";
    readonly systemdCgroup?: boolean;
  };
}

export interface ApiServerSettings {
  /** v1.37.2 unless given. */
  readonly version?: string;
  /** Of the cluster's keys; ECDSA-P256 unless given. */
  readonly encryptionAlgorithm?: KeyAlgorithm;
  /** Tokens besides `<token>`. */
  readonly tokens?: readonly BootstrapToken[];
  /** Further objects, or others in the place of those that the cluster has. */
  readonly objects?: readonly object[];
  /** `resource namespace/name` or `resource name` of objects that are to be missing. */
  readonly missing?: readonly string[];
  readonly uploadedCertificates?: boolean;
  /** What requests are answered with instead. */
  readonly faults?: readonly {
    readonly match: { readonly verb?: string; readonly resource?: string; readonly path?: string };
    readonly code: number;
  }[];
}

export interface BootstrapToken {
  readonly token: string;
  readonly ttlSeconds?: number;
  readonly description?: string;
  readonly usages?: readonly string[];
  readonly groups?: readonly string[];
}

/**
 * One input that both programs get. Placeholders of the world, such as `<endpoint>`, may occur in arguments and files.
 */
export interface DifferCase {
  /** `area/what`, the same in each run with the same seed. */
  readonly name: string;
  readonly args: readonly string[];
  /** Path → its content; relative ones are below the working directory, /work. */
  readonly files?: Readonly<Record<string, GivenEntry>>;
  /** Name of a tree of files that upstream's program has made before: see node-trees.ts. */
  readonly tree?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /**
   * A line of sh that runs the program with `"$@"`: how a shell or a script calls it, and what it makes of the output.
   * `kubeadm` alone is the program, too.
   */
  readonly shell?: string;
  /** The number of the user who runs it; root if not given. */
  readonly user?: number;
  readonly world?: WorldSettings;
  readonly timeoutMs?: number;
  /** The first minor version whose programs are compared: 38 for 1.38. Both programs of earlier ones are not. */
  readonly since?: number;
}
