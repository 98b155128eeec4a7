import { Secret } from "../errors/secret.ts";
import { digestOf } from "../journal/journal.ts";

/** Returns the digest of each field for the identity of a run, with the dotted paths of fields of objects; lists count as one value. */
export function fieldDigests(value: object, prefix = ""): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]): readonly (readonly [string, string])[] => {
      if (field === undefined || field instanceof Secret) return [];
      const path = `${prefix}${name}`;
      if (typeof field === "object" && field !== null && !Array.isArray(field)) {
        return Object.entries(fieldDigests(field as object, `${path}.`));
      }
      return [[path, digestOf(JSON.stringify(field))]];
    }),
  );
}
