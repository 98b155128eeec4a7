import type { Secret } from "../../errors/secret.ts";
import type { FlagOf, FlagSpec, Flags, FlagType, FlagValues } from "./flag.ts";

/** What the flags of commands with phases have in addition to FlagSpec. */
interface TableEntry {
  /** A relative path is resolved against the working directory. */
  readonly isPath?: boolean;
  /** Single phases accept the flag, the command itself does not. */
  readonly phasesOnly?: boolean;
  /** Path of the configuration's field that the flag sets if there is no --config. */
  readonly field?: string;
}

/**
 * The flags of a command and of its phases, by their field names in the library. A record defines everything about a flag;
 * its name on the command line is the field name in kebab-case.
 */
export type FlagTable = Readonly<Record<string, FlagSpec & TableEntry>>;

/** A table in which every `field` exists in the configuration and has the flag's type. */
export type FlagTableFor<Configuration> = Readonly<
  Record<string, { readonly [T in FlagType]: TableFlag<T, Configuration> }[FlagType]>
>;

interface TableFlag<T extends FlagType, Configuration> extends FlagOf<T>, TableEntry {
  readonly field?: PathTo<Configuration, FlagValues[T]>;
}

/** Dotted paths of the fields of an object that have the type. */
type PathTo<T, Value> = { readonly [K in keyof T & string]: PathInto<NonNullable<T[K]>, K, Value> }[keyof T & string];
type PathInto<Field, Key extends string, Value> = [Field] extends [Scalar]
  ? [Value] extends [Field]
    ? Key
    : never
  : `${Key}.${PathTo<Field, Value>}`;
type Scalar = string | number | boolean | Secret | readonly unknown[];

/** A field for each flag, set if the flag was given, even with an empty value. */
export type GivenValues<Table extends FlagTable> = {
  readonly [Field in keyof Table]?: FlagValues[Table[Field]["type"]];
};

/** What a command line contains in addition to the values of its flags. */
export interface CommandLine {
  /** Names of all flags that were given, global flags included, without dashes in front. */
  readonly given: readonly string[];
  /** Names of all flags that the command accepts: a single phase accepts fewer than the whole command. */
  readonly accepted: readonly string[];
}

/** "nodeName": "node-name" */
type Dashed<Field extends string, Done extends string = ""> = Field extends `${infer Letter}${infer Rest}`
  ? Dashed<Rest, `${Done}${Letter extends Lowercase<Letter> ? Letter : `-${Lowercase<Letter>}`}`>
  : Done;

export type FlagName<Table extends FlagTable> = Dashed<keyof Table & string>;

export function flagName(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Returns all flags of a table by their names on the command line. */
export function flagsByName(table: FlagTable): Flags {
  return Object.fromEntries(Object.entries(table).map(([field, flag]) => [flagName(field), flag]));
}

/** Returns the flags that the command itself accepts. */
export function commandFlags(table: FlagTable): Flags {
  return flagsByName(Object.fromEntries(Object.entries(table).filter(([, flag]) => flag.phasesOnly !== true)));
}

/** Returns the names of the flags that the command itself accepts. */
export function commandFlagNames<Table extends FlagTable>(table: Table): readonly FlagName<Table>[] {
  // `flagName` does what FlagName says.
  return Object.keys(commandFlags(table)) as FlagName<Table>[];
}

/** Returns the flags of a phase, which names flags and groups. */
export function flagsOfNames(names: readonly string[], flags: Flags): Flags {
  return Object.fromEntries(
    names.flatMap((name) => {
      const found = Object.entries(flags).filter(([flag, { group }]) => flag === name || group === name);
      if (found.length === 0) throw new Error(`a phase names the flag ${name}, which is not defined`);
      return found;
    }),
  );
}

/** Returns the configuration that the flags set; used if there is no --config. */
export function configuredByFlags<Configuration>(
  table: FlagTableFor<Configuration>,
  values: object,
): Partial<Configuration> {
  const configuration = {};
  for (const [field, value] of Object.entries(values)) {
    const path = Object.hasOwn(table, field) ? table[field]?.field : undefined;
    if (path !== undefined && value !== undefined) setField(configuration, path.split("."), value);
  }
  // FlagTableFor has checked each path, and the type of its value.
  return configuration;
}

function setField(target: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key] ?? {};
  target[key] = inner;
  setField(inner as Record<string, unknown>, rest, value);
}
