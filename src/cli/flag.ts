import type { Secret } from "../errors/secret.ts";
import type { Arg } from "../kubeadm/apis/node-registration.ts";

/** One `pattern=N` of --vmodule. */
export interface ModulePattern {
  readonly pattern: string;
  readonly level: number;
}

/** What a flag of each type gives to the program. Durations are milliseconds. */
export interface FlagValues {
  readonly string: string;
  /** As "string" to whoever types it, but never printed. */
  readonly secret: Secret;
  readonly bool: boolean;
  readonly int: number;
  readonly int32: number;
  /** Repeatable, and a comma list with CSV quoting. */
  readonly strings: readonly string[];
  /** Repeatable; a comma is part of the value. */
  readonly stringArray: readonly string[];
  readonly duration: number;
  /** Repeatable, and a comma list, of name=value. */
  readonly arguments: readonly Arg[];
  /** klog's verbosity. */
  readonly level: number;
  readonly moduleSpec: readonly ModulePattern[];
}

export type FlagType = keyof FlagValues;

interface FlagOf<T extends FlagType> {
  readonly type: T;
  /** One sentence for help; a word in backquotes names the value, as in pflag. */
  readonly usage: string;
  /** One letter. */
  readonly shorthand?: string;
  /** The type's zero value unless given. */
  readonly default?: FlagValues[T];
  /** What `--flag` without a value means; bools have "true". */
  readonly noOptDefault?: string;
  /** What shells offer for the value, where that can be told; one that ends in "=" goes on behind it. */
  readonly values?: readonly string[];
  readonly hidden?: boolean;
  readonly required?: boolean;
  /** What to use instead; told whenever the flag is used. */
  readonly deprecated?: string;
}

export type FlagSpec = { readonly [T in FlagType]: FlagOf<T> }[FlagType];

/** Flags by their long name. */
export type Flags = Readonly<Record<string, FlagSpec>>;

export type ValuesOf<F extends Flags> = { readonly [K in keyof F]: FlagValues[F[K]["type"]] };
