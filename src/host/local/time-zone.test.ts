import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readTimeZone } from "./time-zone.ts";

/** A file of version 2 with these transitions, each to a type of its own after the first one's. */
function zoneFile(offsets: readonly number[], transitions: readonly number[], footer: string): Uint8Array {
  const header = (count: number, types: number) => {
    const bytes = new DataView(new ArrayBuffer(44));
    [..."TZif2"].forEach((character, index) => {
      bytes.setUint8(index, character.charCodeAt(0));
    });
    bytes.setUint32(32, count);
    bytes.setUint32(36, types);
    bytes.setUint32(40, 4);
    return new Uint8Array(bytes.buffer);
  };
  const times = new DataView(new ArrayBuffer(transitions.length * 8));
  transitions.forEach((time, index) => {
    times.setBigInt64(index * 8, BigInt(time));
  });
  const types = new DataView(new ArrayBuffer(offsets.length * 6));
  offsets.forEach((offset, index) => {
    types.setInt32(index * 6, offset);
  });
  return Uint8Array.from([
    ...header(0, 1),
    ...new Uint8Array(6 + 4),
    ...header(transitions.length, offsets.length),
    ...new Uint8Array(times.buffer),
    ...transitions.map((_, index) => index + 1),
    ...new Uint8Array(types.buffer),
    ...[0x41, 0x42, 0x43, 0],
    ...new TextEncoder().encode(`\n${footer}\n`),
  ]);
}

const at = (seconds: number) => new Date(seconds * 1000);

describe("a time zone file", () => {
  it("tells the offset before, at and after each transition", () => {
    const offsetAt = readTimeZone(zoneFile([-100, 3600, 7200], [1_000, 2_000], "ABC-2"));
    expect([999, 1_000, 1_999, 2_000, 4_000_000_000].map((time) => offsetAt?.(at(time)))).toEqual([
      -100, 3600, 3600, 7200, 7200,
    ]);
  });

  it("of a zone without transitions has one offset", () => {
    expect(readTimeZone(zoneFile([19_800], [], "IST-5:30"))?.(at(0))).toBe(19_800);
  });

  it("that goes on by a rule does not tell what comes after its last transition", () => {
    const offsetAt = readTimeZone(zoneFile([0, 3600], [1_000], "CET-1CEST,M3.5.0,M10.5.0/3"));
    expect([999, 1_000].map((time) => offsetAt?.(at(time)))).toEqual([0, undefined]);
  });

  it.each([
    ["nothing", new Uint8Array(0)],
    ["another format", new Uint8Array(200)],
    ["a file that is cut off", zoneFile([0, 3600], [1_000], "").subarray(0, 120)],
  ])("is not read from %s", (_title, bytes) => {
    expect(readTimeZone(bytes)).toBeUndefined();
  });
});

const zones = ["Etc/UTC", "Asia/Kolkata", "Asia/Tokyo", "America/Bogota", "Europe/Berlin", "Africa/Cairo"];
it.each(zones.filter((zone) => existsSync(`/usr/share/zoneinfo/${zone}`)))("%s is as the engine knows it", (zone) => {
  const offsetAt = readTimeZone(readFileSync(`/usr/share/zoneinfo/${zone}`));
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" });
  expect(offsetAt).toBeDefined();
  for (let year = 1975; year < 2037; year++) {
    const time = new Date(Date.UTC(year, 6, 1));
    const name = format.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign = "+", hours = "0", minutes = "0"] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
    const expected = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
    expect([expected, undefined]).toContain(offsetAt?.(time));
  }
});
