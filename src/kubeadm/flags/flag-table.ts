import type { Secret } from "../../errors/secret.ts";
import type { FlagOf, FlagSpec, Flags, FlagType, FlagValues } from "./flag.ts";

/** What the flags of init, join and reset say besides. */
interface TableEntry {
  /** A relative path is resolved against the working directory. */
  readonly isPath?: boolean;
  /** Single phases take it, the command itself does not. */
  readonly phasesOnly?: boolean;
  /** Path of the configuration's field that the flag sets when there is no file. */
  readonly field?: string;
}

/**
 * The flags of a command and of its phases, by their fields in the library. A record is all there is to say about a flag:
 * its name on the command line is the field's, with dashes.
 */
export type FlagTable = Readonly<Record<string, FlagSpec & TableEntry>>;

/** A table whose `field`s exist in the configuration and hold values of the flags' types. */
export type FlagTableFor<Configuration> = Readonly<
  Record<string, { readonly [T in FlagType]: TableFlag<T, Configuration> }[FlagType]>
>;

interface TableFlag<T extends FlagType, Configuration> extends FlagOf<T>, TableEntry {
  readonly field?: PathTo<Configuration, FlagValues[T]>;
}

/** Dotted paths to the fields of an object that hold a value of the type. */
type PathTo<T, Value> = { readonly [K in keyof T & string]: PathInto<NonNullable<T[K]>, K, Value> }[keyof T & string];
type PathInto<Field, Key extends string, Value> = [Field] extends [Scalar]
  ? [Value] extends [Field]
    ? Key
    : never
  : `${Key}.${PathTo<Field, Value>}`;
type Scalar = string | number | boolean | Secret | readonly unknown[];

/** A field for each flag; it is present if the flag was given, with whatever value. */
export type GivenValues<Table extends FlagTable> = {
  readonly [Field in keyof Table]?: FlagValues[Table[Field]["type"]];
};

/** What a command line says beside the values of its flags. */
export interface CommandLine {
  /** Names of all flags that were given, global ones included, without dashes. */
  readonly given: readonly string[];
  /** Names of all flags that the command has: a single phase has fewer than the whole command. */
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

/** All flags of a table by their names. */
export function flagsByName(table: FlagTable): Flags {
  return Object.fromEntries(Object.entries(table).map(([field, flag]) => [flagName(field), flag]));
}

/** Those that the command itself takes. */
export function commandFlags(table: FlagTable): Flags {
  return flagsByName(Object.fromEntries(Object.entries(table).filter(([, flag]) => flag.phasesOnly !== true)));
}

/** The names of the flags that the command itself takes. */
export function commandFlagNames<Table extends FlagTable>(table: Table): readonly FlagName<Table>[] {
  // `flagName` does what FlagName says.
  return Object.keys(commandFlags(table)) as FlagName<Table>[];
}

/** The flags of a phase, which names flags and groups. */
export function flagsOfNames(names: readonly string[], flags: Flags): Flags {
  return Object.fromEntries(
    names.flatMap((name) => {
      const found = Object.entries(flags).filter(([flag, { group }]) => flag === name || group === name);
      if (found.length === 0) throw new Error(`a phase names the flag ${name}, which is not defined`);
      return found;
    }),
  );
}

/** What the flags set in the configuration, where no file does. */
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
