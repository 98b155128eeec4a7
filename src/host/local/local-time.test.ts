import { expect, it } from "vitest";
import { shiftedByRuntime } from "../../async/clock.ts";
import { isZoneUtc, localTime } from "./local-time.ts";

const failing = (code: string) => () => {
  throw Object.assign(new Error(code), { code });
};

it.each<[string, string | undefined, () => string, boolean]>([
  ["without TZ and without /etc/localtime", undefined, failing("ENOENT"), true],
  ["where /etc/localtime leads to Etc/UTC", undefined, () => "/usr/share/zoneinfo/Etc/UTC", true],
  ["where it leads to UTC by a relative path", undefined, () => "../usr/share/zoneinfo/UTC", true],
  ["by an empty TZ", "", failing("EACCES"), true],
  ["by TZ=UTC, whatever /etc/localtime is", "UTC", () => "/usr/share/zoneinfo/Asia/Tokyo", true],
  ["not by TZ=Asia/Tokyo, whatever /etc/localtime is", "Asia/Tokyo", () => "/usr/share/zoneinfo/UTC", false],
  ["not where /etc/localtime leads elsewhere", undefined, () => "/usr/share/zoneinfo/Europe/Berlin", false],
  ["not where only the end of the name is UTC", undefined, () => "/usr/share/zoneinfo/Mars/NotUTC", false],
  ["not where /etc/localtime is a file and no link", undefined, failing("EINVAL"), false],
])("a machine is known to be in UTC %s", (_, variable, readLink, expected) => {
  expect(isZoneUtc(variable, readLink)).toBe(expected);
});

it("the time of day is the engine's", () => {
  const time = new Date("2026-07-01T12:00:00Z");
  expect(localTime(time)).toEqual(shiftedByRuntime(time));
});
