import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { packageVersion } from "./package-version.ts";
import { findTool } from "./tools.ts";

const version = (kubernetes: string, own: string): string => packageVersion(kubernetes, own).debian;

describe("the version of the package [its order needs dpkg]", () => {
  it("begins with Kubernetes' version, so that kubeadm=1.37.* finds it", () => {
    expect(packageVersion("v1.37.2", "1.0.0")).toEqual({
      kubernetes: "1.37.2",
      own: "1.0.0",
      debian: "1.37.2-ts1.0.0",
      rpm: { version: "1.37.2", release: "1000000.ts1.0.0" },
    });
  });

  it.skipIf(findTool("dpkg-deb") === undefined).each([
    ["upstream's package of the same version", "1.37.2-1.1", version("v1.37.2", "1.0.0")],
    ["upstream's package of the same version, rebuilt", "1.37.2-2.1", version("v1.37.2", "1.0.0")],
    ["upstream's package of an older patch", "1.37.1-1.1", version("v1.37.2", "1.0.0")],
    ["our release before", version("v1.37.2", "1.0.0"), version("v1.37.2", "1.0.1")],
    ["our release with one digit less", version("v1.37.2", "1.9.0"), version("v1.37.2", "1.10.0")],
    ["a pre-release of the same version", version("v1.37.2", "1.1.0-rc.1"), version("v1.37.2", "1.1.0")],
    ["our release of an older Kubernetes", version("v1.37.2", "1.9.0"), version("v1.37.3", "1.0.0")],
  ])("ranks above %s", (_what, lower, higher) => {
    expect(isLower(lower, higher)).toBe(true);
  });

  it.skipIf(findTool("dpkg-deb") === undefined)("ranks below upstream's package of a newer patch", () => {
    expect(isLower(version("v1.37.2", "9.0.0"), "1.37.3-1.1")).toBe(true);
  });
});

/** As dpkg sees it, which every Debian and Ubuntu has. */
function isLower(lower: string, higher: string): boolean {
  return spawnSync("dpkg", ["--compare-versions", lower, "lt", higher]).status === 0;
}
