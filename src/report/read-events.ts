import type { Event } from "../events/event.ts";
import { isRecord } from "../values/json.ts";
import { parseJson } from "../values/parse-json.ts";

/** What lines of JSON have told, and what of them could not be read. */
export interface ReadEvents {
  readonly events: readonly Event[];
  /** For the page: "3 lines are no events; the first is line 7." */
  readonly problems: readonly string[];
}

/** Reads the lines that `-o json` prints. Lines that are no events are counted and left out. */
export function readEvents(lines: string): ReadEvents {
  const events: Event[] = [];
  const broken: number[] = [];
  const unknownVersions = new Set<string>();
  for (const [index, line] of lines.split("\n").entries()) {
    if (line.trim() === "") continue;
    const event = eventIn(line);
    if (event === undefined) broken.push(index + 1);
    else {
      events.push(event);
      if (event.v !== 1) unknownVersions.add(JSON.stringify(event.v));
    }
  }
  const [first] = broken;
  const problems = [
    ...(first === undefined
      ? []
      : [
          broken.length === 1
            ? `Line ${first} is not an event and was skipped.`
            : `${broken.length} lines are not events and were skipped; the first is line ${first}.`,
        ]),
    ...(unknownVersions.size === 0
      ? []
      : ["Some events have a newer format than this program supports. Parts of them may be missing here."]),
  ];
  return { events, problems };
}

function eventIn(line: string): Event | undefined {
  const value: unknown = parseJson(line);
  // The page takes no field for granted, so that the type is all that is needed.
  return isRecord(value) && Object.hasOwn(value, "type") && typeof value["type"] === "string"
    ? (value as unknown as Event)
    : undefined;
}
