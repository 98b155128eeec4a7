import { expect, test } from "vitest";
import { CLUSTER_VERSIONS, clusterVersion, DEFAULT_VERSION, stagingVersion } from "./versions.ts";

test("a version is found with and without its v, and the default is in the table", () => {
  expect(clusterVersion("v1.36.3")).toBe(clusterVersion("1.36.3"));
  expect(clusterVersion().kubernetes).toBe(DEFAULT_VERSION);
});

test("an unknown version says which ones are known", () => {
  const known = CLUSTER_VERSIONS.map((version) => version.kubernetes).join(", ");
  expect(() => clusterVersion("1.20.0")).toThrow(`it knows ${known}`);
});

test("staging modules have major 0", () => {
  expect(stagingVersion("1.37.2")).toBe("0.37.2");
});
