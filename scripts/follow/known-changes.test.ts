import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Area } from "./areas.ts";
import { concernOf } from "./concerns.ts";
import { type FoundChange, knownChanges, missingChanges } from "./known-changes.ts";

const golden = join(import.meta.dirname, "../../test/golden/follow");

/** What `npm run follow -- TO --from FROM --record` found. */
function recorded(versions: string): readonly FoundChange[] {
  const text = readFileSync(join(golden, `${versions.replace(" → ", "-")}.jsonl`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [area, sign, name] = JSON.parse(line) as [Area, FoundChange["sign"], string];
      return { area, sign, name };
    });
}

describe.each(Object.entries(knownChanges))("what is known to have changed, %s,", (versions, known) => {
  const found = recorded(versions);

  it.each(known)("was found: $what", (change) => {
    expect(missingChanges([change], found)).toEqual([]);
  });

  it.each([...new Set(known.map(({ shown: [area] }) => area))])(
    "is missing if nothing is found in an area: %s",
    (area) => {
      const rest = found.filter((change) => change.area !== area);
      expect(missingChanges(known, rest)).toEqual(known.filter(({ shown }) => shown[0] === area));
    },
  );

  it("is no two times the same", () => {
    expect(new Set(known.map(({ what }) => what)).size).toBe(known.length);
    expect(new Set(known.map(({ shown }) => shown.join(" "))).size).toBe(known.length);
  });

  it("concerns files of ours, as does all else that was found", () => {
    const unknown = found.filter(({ area, sign, name }) => {
      const values = { before: sign === "+" ? undefined : "1", after: sign === "-" ? undefined : "2" };
      return concernOf({ area, name, ...values }).files.length === 0;
    });
    expect(unknown).toEqual([]);
  });
});
