import type { Secret } from "../../errors/secret.ts";
import type { Arg } from "../config/fields/node-registration.ts";

/** One `pattern=N` of --vmodule. */
export interface ModulePattern {
  readonly pattern: string;
  readonly level: number;
}

/** What a flag of each type gives to the program. Durations are milliseconds. */
export interface FlagValues {
  readonly string: string;
  /** Like "string" on the command line, but never printed. */
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

/** What a shell offers for a flag's value: names on disk, the phases of the command, words, or nothing. */
export type ValueSource = "files" | "directories" | "phases" | "nothing" | readonly string[];

export interface FlagOf<T extends FlagType> {
  readonly type: T;
  /** One sentence for help; a word in backquotes names the value, as in pflag. */
  readonly usage: string;
  /** One letter. */
  readonly shorthand?: string;
  /** The type's zero value unless given. */
  readonly default?: FlagValues[T];
  /** What `--flag` without a value means; bools have "true". */
  readonly noOptDefault?: string;
  /** A word that ends in "=" or ":" is continued by the user. Bools offer true and false without it. */
  readonly offers?: ValueSource;
  /** May be given beside --config. Other flags are refused there: their values belong in the file. */
  readonly besideConfig?: boolean;
  /** A phase that names the group takes all flags of it. */
  readonly group?: string;
  readonly hidden?: boolean;
  readonly required?: boolean;
  /** What to use instead; told whenever the flag is used. */
  readonly deprecated?: string;
}

export type FlagSpec = { readonly [T in FlagType]: FlagOf<T> }[FlagType];

/** Flags by their long name. */
export type Flags = Readonly<Record<string, FlagSpec>>;

export type ValuesOf<F extends Flags> = { readonly [K in keyof F]: FlagValues[F[K]["type"]] };
