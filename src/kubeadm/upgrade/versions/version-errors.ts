import { ownMinor } from "../../../kubernetes/minors/minors.ts";

/** What begins an error of a version, in the words of this program's release. */
export function couldNot(what: string): string {
  return `${ownMinor.rules.capitalizesVersionErrors ? "Couldn't" : "couldn't"} ${what}`;
}
