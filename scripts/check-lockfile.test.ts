import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../test/support/temporary/temporary-directory.ts";

const integrity = `sha512-${"A".repeat(86)}==`;
const lockfile = { lockfileVersion: 3, packages: { "": {}, "node_modules/a": { version: "1.2.3", integrity } } };
const settings = "ignore-scripts=true\nomit-lockfile-registry-resolved=true\n";

/** Runs the check on a project with this dependency. */
function check(version: string): string {
  const { path } = temporaryDirectory();
  writeFileSync(join(path, "package-lock.json"), JSON.stringify(lockfile));
  writeFileSync(join(path, "package.json"), JSON.stringify({ devDependencies: { a: version } }));
  writeFileSync(join(path, ".npmrc"), settings);
  return spawnSync(process.execPath, [join(import.meta.dirname, "check-lockfile.ts"), path], { encoding: "utf8" })
    .stderr;
}

describe("the check of the lockfile", () => {
  test.each(["1.2.3", "1.2.3-beta.1", "npm:typescript@5.9.3", "npm:@scope/name@1.2.3"])(
    "allows a dependency on %s",
    (version) => {
      expect(check(version)).toBe("");
    },
  );

  test.each([
    ...["^1.2.3", "latest", "npm:typescript@^5.9.3", "npm:typescript@latest", "npm:typescript", "file:../a"],
    ...["github:owner/a", "npm:a@npm:b@1.2.3"],
  ])("refuses a dependency on %s", (version) => {
    expect(check(version)).toBe(`package.json: a is ${version}, not one version of the registry\n`);
  });
});
