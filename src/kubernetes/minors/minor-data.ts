/**
 * What belongs to one minor version of Kubernetes, in the form in which `npm run generate:minors` writes it. Everything in
 * it is from the sources and programs of `release`; what none of them states in a form that can be read is in by-hand.ts.
 */
export interface MinorData {
  /** The release whose sources were read: "v1.37.2". */
  readonly release: string;
  /** The release of Go that it is built with: "go1.26.10". */
  readonly go: string;
  /** Tags of the images that its kubeadm deploys. */
  readonly images: { readonly coreDns: string; readonly pause: string; readonly etcd: string };
  /** The tag of etcd's image by the minor version of the control plane, as far as its kubeadm lists them. */
  readonly etcdOfMinors: Readonly<Record<number, string>>;
  /** The oldest external etcd that its kubeadm accepts. */
  readonly oldestExternalEtcd: string;
  /** The feature gates of its kubeadm. */
  readonly kubeadmGates: readonly string[];
  /** Versions of the configuration that its kubeadm does not read, with the last release that converts them: "v1.22". */
  readonly lastReaders: Readonly<Record<string, string>>;
  /** ServiceAccounts of the controllers that run with kubeadm's flags, if no feature gate is set. */
  readonly controllerAccounts: readonly string[];
  /** Feature gates of the components by what they have in common, without AllAlpha and AllBeta. */
  readonly gates: readonly (FeatureGate & { readonly names: readonly string[] })[];
  /** The gates that a component does not have. */
  readonly absentGates: Readonly<Partial<Record<string, readonly string[]>>>;
  /** The gates that each one needs: a component refuses to start if one is enabled and what it needs is not. */
  readonly neededGates: Readonly<Record<string, readonly string[]>>;
  /** Flags that each component, or the minor's etcd, has lost since the minor version before; none in the oldest. */
  readonly removedFlags: Readonly<Partial<Record<string, readonly string[]>>>;
  /**
   * Flags that a component warns of, by the file of the sources that says so. The kubelet's flags whose place is its
   * configuration file are left out: they have been deprecated for years, and kubeadm itself writes some.
   */
  readonly deprecatedFlags: Readonly<Partial<Record<string, Readonly<Record<string, readonly string[]>>>>>;
  /**
   * The structs of the kubelet's and kube-proxy's configuration. Fields read `<name><writes><type>`: Go writes a field
   * always (`!`), unless it is zero (`?`), when it is given (`*`), or always, as null where it is not given (`~`).
   */
  readonly structs: Readonly<Record<string, readonly string[]>>;
  /** What the check SystemVerification of its kubeadm requires of Linux (k8s.io/system-validators). */
  readonly system: SystemRequirements;
}

export interface SystemRequirements {
  /** Regular expressions for the kernel's release. */
  readonly kernels: readonly string[];
  readonly kernelsNote: string;
  readonly required: readonly KernelOption[];
  readonly optional: readonly KernelOption[];
  readonly requiredByCgroups: Readonly<Record<CgroupVersion, readonly KernelOption[]>>;
  readonly controllers: Readonly<Record<CgroupVersion, CgroupControllers>>;
}

export type CgroupVersion = "v1" | "v2";

export interface KernelOption {
  /** Name without CONFIG_. */
  readonly name: string;
  /** Its names in other kernels. */
  readonly aliases?: readonly string[];
  readonly description?: string;
}

export interface CgroupControllers {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** What a component of Kubernetes knows of a feature gate. */
export interface FeatureGate {
  readonly stage: "alpha" | "beta" | "stable" | "deprecated";
  /** Its value unless it is set. */
  readonly isOn: boolean;
  /** A component refuses to start if a locked gate is set to another value. */
  readonly isLocked: boolean;
}
