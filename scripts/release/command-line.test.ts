import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const script = join(import.meta.dirname, "../release.ts");

describe("npm run release", () => {
  it.each([
    [
      "what is missing, and how to install it",
      [],
      { PATH: "/nowhere" },
      "release: missing: npm, tar, xz, dpkg-deb, lintian, rpmbuild, createrepo_c, rpmlint. On Debian and Ubuntu: " +
        "apt-get install --no-install-recommends npm tar xz-utils dpkg lintian rpm createrepo-c rpmlint\n",
    ],
    [
      "only what is needed for what was asked",
      ["--only", "deb", "--quick"],
      { PATH: "/nowhere" },
      "release: missing: npm, tar, xz, dpkg-deb. On Debian and Ubuntu: apt-get install --no-install-recommends npm tar xz-utils dpkg\n",
    ],
    [
      "the kinds that there are",
      ["--only", "snap"],
      {},
      "release: --only snap: it takes one of deb, rpm, tarball, oci, npm\n",
    ],
    [
      "the architectures that there are",
      ["--architecture", "s390x"],
      {},
      "release: --architecture s390x: it takes one of amd64, arm64\n",
    ],
  ])("says %s", (_what, args, environment, said) => {
    const { status, stderr } = spawnSync(process.execPath, [script, ...args], {
      env: { ...process.env, ...environment },
      encoding: "utf8",
    });
    expect(stderr).toBe(said);
    expect(status).toBe(1);
  });

  it("says which option it does not know, without a stack", () => {
    const { status, stderr } = spawnSync(process.execPath, [script, "--fast"], { encoding: "utf8" });
    expect(stderr).toMatch(/^release: Unknown option '--fast'[^\n]*\n$/);
    expect(status).toBe(1);
  });
});
