/** Hosts of the lab: control planes created by init and join, a worker, and a host that has never joined. */
export type FaultHost = "cp1" | "cp2" | "cp3" | "w1" | "bare";

/** One finding that doctor must show. */
export interface ExpectedFinding {
  /** Names of the checks that may say it, usually one. */
  readonly check: string | readonly string[];
  /** Words of its findings and their evidence. */
  readonly words: RegExp;
}

/** Shell commands with the words of fault-commands.sh. */
interface Change {
  readonly inject: string;
  /** Run after `restore`, which restores what was kept. */
  readonly undo?: string;
}

/** Something that is broken on a host, and what doctor has to say about it there. */
export interface Fault extends Change {
  /** A sentence of what is wrong. */
  readonly name: string;
  readonly on: FaultHost;
  /** Parts of the fault on other hosts, made first and undone last. */
  readonly elsewhere?: readonly (Change & { readonly on: FaultHost })[];
  /** The first finding. Of two, either may be first, and both must be there. */
  readonly finds: ExpectedFinding | readonly [ExpectedFinding, ExpectedFinding];
  /**
   * Where no command can mend it: words of the remedy that say what a person has to decide or to correct. Without them,
   * the commands that doctor prints make the machine whole.
   */
  readonly decides?: RegExp;
  /** Whatever else is found then, is found to be a consequence of it. */
  readonly isOnlyCause?: boolean;
  /** What it finds is a restart, as other faults leave one behind. */
  readonly isRestart?: boolean;
  /** It cannot be made with a single control plane: nothing would be left of the cluster. */
  readonly needsSeveralControlPlanes?: boolean;
  /** Part of the sample that CI runs. */
  readonly inSample?: boolean;
  /** One of the few whose commands CI carries out, which takes two to three minutes with the cluster. */
  readonly inObeySample?: boolean;
}

/** Something that is done to a host, after which doctor must find nothing. */
export interface HealthyState extends Change {
  /** What the host is, in a few words. */
  readonly name: string;
  readonly on: FaultHost;
}

export function finding(check: string | readonly string[], words: RegExp): ExpectedFinding {
  return { check, words };
}

export const restartKubelet = "restart kubelet";
