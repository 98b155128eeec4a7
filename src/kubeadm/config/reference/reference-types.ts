/** What a reader has to know of a field beyond its type, which the decoder's table says. */
export interface FieldReference {
  /** Whole sentences. */
  readonly text: string;
  /** As in a file, or in words where the value depends on the machine. */
  readonly default?: string;
  /** How to change the field of a running cluster or node. */
  readonly later?: string;
  /** What to use instead. */
  readonly deprecated?: string;
}

/** The fields of one struct by name. A field with nothing but a text is that text. */
export type StructReference = Readonly<Record<string, FieldReference | string>>;

/** The structs of a group of kinds, by their Go name without a version: `NodeRegistrationOptions`. */
export type Reference = Readonly<Record<string, StructReference>>;
