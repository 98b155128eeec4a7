import { describe, expect, it } from "vitest";
import { shiftedByRuntime } from "../../async/clock.ts";
import { localTime, shiftedTo, zoneName } from "./local-time.ts";

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};
const itself = (path: string) => path;
const zones = "/usr/share/zoneinfo";

describe("the zone of a machine is", () => {
  it.each<[string, string | undefined, (path: string) => string, string | undefined]>([
    ["UTC without TZ and without /etc/localtime", undefined, failing("ENOENT"), "UTC"],
    ["UTC where /etc/localtime leads to Etc/UTC", undefined, () => `${zones}/Etc/UTC`, "UTC"],
    ["UTC where it leads to UTC", undefined, () => `${zones}/UTC`, "UTC"],
    ["UTC by an empty TZ", "", failing("EACCES"), "UTC"],
    ["UTC by TZ=UTC, whatever /etc/localtime is", "UTC", () => `${zones}/Asia/Tokyo`, "UTC"],
    ["UTC by TZ=:UTC", ":UTC", itself, "UTC"],
    ["UTC by TZ=UTC0", "UTC0", itself, "UTC"],
    ["the engine's by TZ=Asia/Tokyo, whatever /etc/localtime is", "Asia/Tokyo", () => `${zones}/UTC`, undefined],
    ["the engine's where /etc/localtime leads elsewhere", undefined, () => `${zones}/Europe/Berlin`, undefined],
    ["the engine's where only the end of the name is UTC", undefined, () => `${zones}/Mars/NotUTC`, undefined],
    ["the engine's where /etc/localtime is a file and no link", undefined, itself, undefined],
    ["the engine's where /etc/localtime cannot be read", undefined, failing("EACCES"), undefined],
    ["that of the file that TZ names", `${zones}/Asia/Tokyo`, itself, "Asia/Tokyo"],
    ["that of the file that TZ names after a colon", `:${zones}/Asia/Tokyo`, itself, "Asia/Tokyo"],
    ["that of the file without leap seconds", `${zones}/posix/Asia/Tokyo`, itself, "Asia/Tokyo"],
    ["that of the link that TZ names", ":/etc/localtime", () => `${zones}/Europe/Berlin`, "Europe/Berlin"],
    ["UTC where TZ names the file of UTC", `${zones}/Etc/UTC`, itself, "UTC"],
    ["UTC where TZ names a file that is not there", `${zones}/Asia/Tokyo`, failing("ENOENT"), "UTC"],
    ["the engine's where TZ names a file whose zone has no name", "/etc/zone", itself, undefined],
  ])("%s", (_, variable, realPath, expected) => {
    expect(zoneName(variable, realPath)).toBe(expected);
  });
});

describe("the time of day", () => {
  it.each<[string, string | undefined]>([
    ["without an offset", undefined],
    ["where the offset is empty", ""],
    ["where the offset is no number of minutes", "1e9"],
    ["where the offset is more than a zone can have", "99999"],
  ])("is the engine's %s", (_, offset) => {
    const time = new Date("2026-07-01T12:00:00Z");
    expect(localTime(time, offset)).toEqual(shiftedByRuntime(time));
  });

  it.each<[string, string, string]>([
    ["east of UTC", "-330", "2026-07-01T17:30:00Z"],
    ["west of UTC", "210", "2026-07-01T08:30:00Z"],
    ["in UTC", "0", "2026-07-01T12:00:00Z"],
  ])("follows the offset that the program was started with, %s", (_, offset, expected) => {
    expect(localTime(new Date("2026-07-01T12:00:00Z"), offset)).toEqual(new Date(expected));
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
