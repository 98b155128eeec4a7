import { describe, expect, it } from "vitest";
import { shiftedByRuntime } from "../../async/clock.ts";
import { localTime, shiftedTo, zoneOfPath } from "./local-time.ts";

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};
const itself = (path: string) => path;
const zones = "/usr/share/zoneinfo";

describe("the zone that TZ names by a path is", () => {
  it.each<[string, string | undefined, (path: string) => string, string | undefined]>([
    ["that of the file", `${zones}/Asia/Tokyo`, itself, "Asia/Tokyo"],
    ["that of the file after a colon", `:${zones}/Asia/Tokyo`, itself, "Asia/Tokyo"],
    ["that of the file without leap seconds", `${zones}/posix/Asia/Tokyo`, itself, "Asia/Tokyo"],
    ["that of the file that a link points to", ":/etc/localtime", () => `${zones}/Europe/Berlin`, "Europe/Berlin"],
    ["left to the engine where the file is not there", `${zones}/Asia/Tokyo`, failing("ENOENT"), undefined],
    ["left to the engine where the file's zone has no name", "/etc/zone", itself, undefined],
    ["left to the engine where TZ is a name", "Asia/Tokyo", () => `${zones}/UTC`, undefined],
    ["left to the engine where TZ is a name after a colon", ":UTC", itself, undefined],
    ["left to the engine where TZ is empty", "", failing("EACCES"), undefined],
    ["left to the engine without TZ", undefined, () => `${zones}/Europe/Berlin`, undefined],
  ])("%s", (_, variable, realPath, expected) => {
    expect(zoneOfPath(variable, realPath)).toBe(expected);
  });
});

describe("the time of day", () => {
  it("is the engine's without TZ", () => {
    const time = new Date("2026-07-01T12:00:00Z");
    expect(localTime(time)).toEqual(shiftedByRuntime(time));
  });

  it.each([
    ["Asia/Tokyo", "2026-07-01T12:00:00.123Z", "2026-07-01T21:00:00.123Z"],
    ["Europe/Berlin in winter", "2026-12-31T23:30:00.000Z", "2027-01-01T00:30:00.000Z"],
    ["Europe/Berlin in summer", "2026-07-01T22:00:00.000Z", "2026-07-02T00:00:00.000Z"],
    ["America/St_Johns", "2026-01-01T00:00:00.999Z", "2025-12-31T20:30:00.999Z"],
  ])("in %s has its clocks and calendar", (zone, time, expected) => {
    expect(shiftedTo(zone.replace(/ .*/, ""), new Date(time))).toEqual(new Date(expected));
  });

  it("is the engine's where it does not know the zone", () => {
    const time = new Date("2026-07-01T12:00:00Z");
    expect(shiftedTo("Mars/Olympus", time)).toEqual(shiftedByRuntime(time));
  });
});
