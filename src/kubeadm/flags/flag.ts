import type { Secret } from "../../errors/secret.ts";
import type { Arg } from "../config/fields/node-registration.ts";

/** One `pattern=N` of --vmodule. */
export interface ModulePattern {
  readonly pattern: string;
  readonly level: number;
}

/** The value of a flag of each type. Durations are in milliseconds. */
export interface FlagValues {
  readonly string: string;
  /** Like "string" on the command line, but never printed. */
  readonly secret: Secret;
  readonly bool: boolean;
  readonly int: number;
  readonly int32: number;
  /** Repeatable, and a comma-separated list with CSV quoting. */
  readonly strings: readonly string[];
  /** Repeatable; a comma is part of the value. */
  readonly stringArray: readonly string[];
  readonly duration: number;
  /** Repeatable, and a comma-separated list of name=value. */
  readonly arguments: readonly Arg[];
  /** klog's verbosity. */
  readonly level: number;
  readonly moduleSpec: readonly ModulePattern[];
}

export type FlagType = keyof FlagValues;

/** What shell completion offers for a flag's value: file names, the command's phases, the given words, or nothing. */
export type ValueSource = "files" | "directories" | "phases" | "nothing" | readonly string[];

export interface FlagOf<T extends FlagType> {
  readonly type: T;
  /** One sentence for help. A word in backquotes becomes the name of the value, as in pflag. */
  readonly usage: string;
  /** One letter. */
  readonly shorthand?: string;
  /** Default: the type's zero value. */
  readonly default?: FlagValues[T];
  /** The value of `--flag` without a value; "true" for bools. */
  readonly noOptDefault?: string;
  /** No space follows a word that ends in "=" or ":". Bools offer true and false by default. */
  readonly offers?: ValueSource;
  /** Can be combined with --config. Other flags are refused then: their values belong in the file. */
  readonly besideConfig?: boolean;
  /** A phase that names the group takes all flags of it. */
  readonly group?: string;
  /** Upstream does not have the flag. */
  readonly isOurs?: boolean;
  readonly hidden?: boolean;
  readonly required?: boolean;
  /** What to use instead; a warning shows it whenever the flag is used. */
  readonly deprecated?: string;
}

export type FlagSpec = { readonly [T in FlagType]: FlagOf<T> }[FlagType];

/** Flags by their long name. */
export type Flags = Readonly<Record<string, FlagSpec>>;

export type ValuesOf<F extends Flags> = { readonly [K in keyof F]: FlagValues[F[K]["type"]] };
