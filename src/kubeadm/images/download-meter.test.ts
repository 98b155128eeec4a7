import { describe, expect, it } from "vitest";
import type { Download } from "../../cri/container-runtime.ts";
import { downloadMeter } from "./download-meter.ts";

const layer = (id: string, bytes: number, totalBytes: number): Download => ({ id, bytes, totalBytes });

/** What a meter says after each list, which it gets once a second. */
function measured(...lists: readonly (readonly Download[])[]) {
  const meter = downloadMeter();
  return lists.map((list, second) => meter.take(list, second * 1_000));
}

describe("a meter of downloads", () => {
  it("says nothing before the first one, or of those whose size is unknown", () => {
    expect(measured([], [layer("a", 10, 0)])).toEqual([undefined, undefined]);
  });

  it("adds them up, and counts those that have ended as whole", () => {
    expect(measured([layer("a", 10, 100), layer("b", 5, 5)], [layer("a", 10, 100), layer("c", 0, 50)])).toEqual([
      { bytes: 15, totalBytes: 105 },
      { bytes: 15, totalBytes: 155 },
    ]);
  });

  it("tells the time that is left as soon as it knows the pace for two seconds, by the pace of the last ten", () => {
    const steady = measured(...Array.from({ length: 4 }, (_, second) => [layer("a", 100 * second, 1_000)]));
    expect(steady.map((progress) => progress?.leftMs)).toEqual([undefined, undefined, 8_000, 7_000]);
    const slower = Array.from({ length: 30 }, (_, second) => [
      layer("a", second < 10 ? 1_000 * second : 10_000 + second, 20_000),
    ]);
    expect(measured(...slower).at(-1)?.leftMs).toBeCloseTo(((20_000 - 10_029) / 1) * 1_000);
  });

  it.each([
    ["while nothing arrives", [layer("a", 5, 10)]],
    ["once all has arrived", []],
  ])("tells no time %s", (_when, list) => {
    expect(measured([layer("a", 5, 10)], list, list, list).at(-1)?.leftMs).toBeUndefined();
  });
});
